import { ObjectList } from './object-list.ts';
import type { Simulator } from './simulator.ts';

/** First in, first out: the base line. */
export class FifoSimulator implements Simulator {
  readonly name = 'FIFO';
  private readonly capacity: number;
  private readonly list: ObjectList;

  constructor(capacityBytes: number, objects: number) {
    this.capacity = capacityBytes;
    this.list = new ObjectList(objects);
  }

  access(object: number, bytes: number): boolean {
    const { list } = this;
    if (list.has(object)) return true;
    if (bytes > this.capacity) return false;
    while (list.bytes + bytes > this.capacity) list.remove(list.oldest);
    list.push(object, bytes);
    return false;
  }
}
