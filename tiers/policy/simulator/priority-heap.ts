import { assert } from '../../base/assert.ts';

/** Numbered objects by a priority that may change, the smallest first: a binary heap that knows where each object stands. */
export class PriorityHeap {
  length = 0;
  private readonly heap: Int32Array;
  /** Position in the heap plus one; 0 for objects that are not in it. */
  private readonly places: Int32Array;
  private readonly priorities: Float64Array;

  constructor(objects: number) {
    this.heap = new Int32Array(objects);
    this.places = new Int32Array(objects);
    this.priorities = new Float64Array(objects);
  }

  has(object: number): boolean {
    return this.places[object] !== 0;
  }

  /** -1 when it is empty. */
  get first(): number {
    return this.length === 0 ? -1 : (this.heap[0] ?? -1);
  }

  /** Infinity when it is empty. */
  get firstPriority(): number {
    return this.length === 0 ? Number.POSITIVE_INFINITY : (this.priorities[this.heap[0] ?? 0] ?? 0);
  }

  /** Adds an object, or gives it another priority. */
  set(object: number, priority: number): void {
    const place = this.places[object] ?? 0;
    const before = this.priorities[object] ?? 0;
    this.priorities[object] = priority;
    if (place === 0) this.rise(this.length++, object, priority);
    else if (priority < before) this.rise(place - 1, object, priority);
    else this.sink(place - 1, object, priority);
  }

  remove(object: number): void {
    const place = this.places[object] ?? 0;
    assert(place > 0, 'only members are removed');
    this.places[object] = 0;
    this.length--;
    const last = this.heap[this.length] ?? 0;
    if (last === object) return;
    const priority = this.priorities[last] ?? 0;
    if (priority < (this.priorities[object] ?? 0)) this.rise(place - 1, last, priority);
    else this.sink(place - 1, last, priority);
  }

  private rise(from: number, object: number, priority: number): void {
    const { heap, priorities, places } = this;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] ?? 0;
      if ((priorities[above] ?? 0) <= priority) break;
      heap[at] = above;
      places[above] = at + 1;
      at = parent;
    }
    heap[at] = object;
    places[object] = at + 1;
  }

  private sink(from: number, object: number, priority: number): void {
    const { heap, priorities, places, length } = this;
    let at = from;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= length) break;
      if (child + 1 < length && (priorities[heap[child + 1] ?? 0] ?? 0) < (priorities[heap[child] ?? 0] ?? 0)) child++;
      const below = heap[child] ?? 0;
      if ((priorities[below] ?? 0) >= priority) break;
      heap[at] = below;
      places[below] = at + 1;
      at = child;
    }
    heap[at] = object;
    places[object] = at + 1;
  }
}
