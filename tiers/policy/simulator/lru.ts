import { ObjectList } from './object-list.ts';
import type { Simulator } from './simulator.ts';

/** Least recently used, exact. */
export class LruSimulator implements Simulator {
  readonly name = 'LRU';
  private readonly capacity: number;
  private readonly list: ObjectList;

  constructor(capacityBytes: number, objects: number) {
    this.capacity = capacityBytes;
    this.list = new ObjectList(objects);
  }

  access(object: number, bytes: number): boolean {
    const { list } = this;
    if (list.has(object)) {
      const kept = list.sizeOf(object);
      list.remove(object);
      list.push(object, kept);
      return true;
    }
    if (bytes > this.capacity) return false;
    while (list.bytes + bytes > this.capacity) list.remove(list.oldest);
    list.push(object, bytes);
    return false;
  }
}
