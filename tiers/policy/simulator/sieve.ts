import { ObjectList } from './object-list.ts';
import type { Simulator } from './simulator.ts';

/**
 * SIEVE (Zhang et al., NSDI 2024): one queue, one bit. A hand goes from old to new and evicts the first object that was not
 * visited since it last passed; unlike Clock's, survivors keep their place, so that new objects are judged soon.
 */
export class SieveSimulator implements Simulator {
  readonly name = 'SIEVE';
  private readonly capacity: number;
  private readonly list: ObjectList;
  private readonly visited: Uint8Array;
  private hand = -1;

  constructor(capacityBytes: number, objects: number) {
    this.capacity = capacityBytes;
    this.list = new ObjectList(objects);
    this.visited = new Uint8Array(objects);
  }

  access(object: number, bytes: number): boolean {
    const { list } = this;
    if (list.has(object)) {
      this.visited[object] = 1;
      return true;
    }
    if (bytes > this.capacity) return false;
    while (list.bytes + bytes > this.capacity) this.evict();
    list.push(object, bytes);
    this.visited[object] = 0;
    return false;
  }

  private evict(): void {
    const { list, visited } = this;
    let object = this.hand === -1 ? list.oldest : this.hand;
    while (visited[object] === 1) {
      visited[object] = 0;
      object = list.newerThan(object);
      if (object === -1) object = list.oldest;
    }
    this.hand = list.newerThan(object);
    list.remove(object);
  }
}
