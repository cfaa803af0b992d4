/** Longest time that setTimeout takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Something that ends at a time. */
export interface Timed {
  /** ms on the clock of `performance.now()`. */
  readonly deadline: number;
  /** Where it stands in the heap; -1: nowhere. Written by Deadlines only. */
  heapIndex: number;
}

/** What ends when: a binary heap, and one timer for the first. */
export class Deadlines<Item extends Timed> {
  private readonly heap: Item[] = [];
  private readonly onDue: (item: Item) => void;
  private timer: NodeJS.Timeout | undefined;
  private timerAt = Number.POSITIVE_INFINITY;

  /** `onDue` is called outside of any batch, with an item that is no longer in the heap. */
  constructor(onDue: (item: Item) => void) {
    this.onDue = onDue;
  }

  get size(): number {
    return this.heap.length;
  }

  add(item: Item): void {
    this.heap.push(item);
    this.up(this.heap.length - 1, item);
    this.arm();
  }

  /** Harmless for one that is not there. */
  remove(item: Item): void {
    const at = item.heapIndex;
    if (at < 0) return;
    item.heapIndex = -1;
    const last = this.heap.pop();
    if (last !== undefined && last !== item) {
      this.up(at, last);
      this.down(last.heapIndex, last);
    }
    // A timer that is early finds nothing to do: most clients are served, and setting it anew for each would cost more.
    if (this.heap.length === 0) this.disarm();
  }

  private readonly fire = (): void => {
    this.disarm();
    const now = performance.now();
    for (;;) {
      const first = this.heap[0];
      if (first === undefined || first.deadline > now) break;
      this.remove(first);
      this.onDue(first);
    }
    this.arm();
  };

  private arm(): void {
    const first = this.heap[0];
    if (first === undefined || first.deadline >= this.timerAt) return;
    this.disarm();
    this.timerAt = first.deadline;
    const ms = Math.ceil(first.deadline - performance.now());
    this.timer = setTimeout(this.fire, Math.min(MAX_TIMER_MS, Math.max(1, ms)));
    this.timer.unref();
  }

  private disarm(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.timerAt = Number.POSITIVE_INFINITY;
  }

  private up(from: number, item: Item): void {
    const { heap } = this;
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = heap[above];
      if (other === undefined || other.deadline <= item.deadline) break;
      this.place(other, at);
      at = above;
    }
    this.place(item, at);
  }

  private down(from: number, item: Item): void {
    const { heap } = this;
    let at = from;
    for (;;) {
      let below = at * 2 + 1;
      let other = heap[below];
      const right = heap[below + 1];
      if (other === undefined) break;
      if (right !== undefined && right.deadline < other.deadline) {
        other = right;
        below++;
      }
      if (other.deadline >= item.deadline) break;
      this.place(other, at);
      at = below;
    }
    this.place(item, at);
  }

  private place(item: Item, at: number): void {
    this.heap[at] = item;
    item.heapIndex = at;
  }
}
