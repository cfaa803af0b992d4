import { ObjectList } from './object-list.ts';
import type { Simulator } from './simulator.ts';

/** FIFO with one second chance (Clock): an object that was used since it was queued goes to the back once more. */
export class ClockSimulator implements Simulator {
  readonly name = 'Clock';
  private readonly capacity: number;
  private readonly list: ObjectList;
  private readonly visited: Uint8Array;

  constructor(capacityBytes: number, objects: number) {
    this.capacity = capacityBytes;
    this.list = new ObjectList(objects);
    this.visited = new Uint8Array(objects);
  }

  access(object: number, bytes: number): boolean {
    const { list, visited } = this;
    if (list.has(object)) {
      visited[object] = 1;
      return true;
    }
    if (bytes > this.capacity) return false;
    while (list.bytes + bytes > this.capacity) {
      const oldest = list.oldest;
      const size = list.sizeOf(oldest);
      list.remove(oldest);
      if (visited[oldest] === 0) continue;
      visited[oldest] = 0;
      list.push(oldest, size);
    }
    list.push(object, bytes);
    visited[object] = 0;
    return false;
  }
}
