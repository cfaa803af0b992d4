/** A key that is used much: hash lanes, and what it is estimated to have been used. */
export interface HotKey {
  readonly table: number;
  readonly slot: number;
  readonly position: number;
  readonly check: number;
  /** Uses since long ago, each counting for half of what it did a half-life before; at most `error` too many. */
  readonly uses: number;
  readonly error: number;
  /** Uses per second, lately. */
  readonly perSecond: number;
}

const LN2 = Math.log(2);
/** Weights grow with time; before they leave the range of doubles all are divided. */
const MAX_WEIGHT = 2 ** 500;

/**
 * The keys that are used most, by the Space-Saving algorithm (Metwally et al., Efficient Computation of Frequent and Top-k Elements in Data Streams, ICDT
 * 2005): a fixed number of counters; a key without one takes over the smallest, and its count as error. Uses fade: instead of decaying all
 * counters, new uses weigh more and more (forward decay, Cormode et al., ICDE 2009). Costs O(log counters) per use, and some 80 bytes per counter.
 */
export class HotKeys {
  private readonly capacity: number;
  private readonly halfLifeMs: number;
  private readonly index: Map<number, number> = new Map();
  private readonly ids: Float64Array;
  private readonly counts: Float64Array;
  private readonly errors: Float64Array;
  /** table | slot | position | check of each counter. */
  private readonly lanes: Int32Array;
  /** Counters, the smallest first, and where each stands. */
  private readonly heap: Int32Array;
  private readonly places: Int32Array;
  private size = 0;
  private startMs = -1;
  private originMs = 0;

  constructor(capacity: number, halfLifeMs: number) {
    this.capacity = capacity;
    this.halfLifeMs = halfLifeMs;
    this.ids = new Float64Array(capacity);
    this.counts = new Float64Array(capacity);
    this.errors = new Float64Array(capacity);
    this.lanes = new Int32Array(capacity * 4);
    this.heap = new Int32Array(capacity);
    this.places = new Int32Array(capacity);
  }

  /** The key was used `uses` times, around `nowMs`. */
  note(table: number, slot: number, position: number, check: number, uses: number, nowMs: number): void {
    if (this.startMs < 0) {
      this.startMs = nowMs;
      this.originMs = nowMs;
    }
    const weight = uses * this.weightAt(nowMs);
    // 52 bits of the hash: 512 keys share them with none of a billion others but once in ten thousand times.
    const id = (check >>> 0) * 2 ** 20 + ((position ^ Math.imul(table + 1, 0x9e3779b1)) >>> 12);
    let counter = this.index.get(id);
    if (counter === undefined) {
      if (this.size < this.capacity) {
        counter = this.size++;
        this.counts[counter] = 0;
        this.errors[counter] = 0;
        this.place(counter, counter);
      } else {
        counter = this.heap[0] ?? 0;
        this.index.delete(this.ids[counter] ?? 0);
        this.errors[counter] = this.counts[counter] ?? 0;
      }
      this.ids[counter] = id;
      this.index.set(id, counter);
      const at = counter * 4;
      this.lanes[at] = table;
      this.lanes[at + 1] = slot;
      this.lanes[at + 2] = position;
      this.lanes[at + 3] = check;
    }
    this.counts[counter] = (this.counts[counter] ?? 0) + weight;
    const place = this.places[counter] ?? 0;
    this.rise(place);
    this.sink(this.places[counter] ?? 0);
    if (weight > MAX_WEIGHT) this.rebase(nowMs);
  }

  /** At most `count` keys, those used most first. */
  top(count: number, nowMs: number): HotKey[] {
    const order = Array.from({ length: this.size }, (_, counter) => counter);
    order.sort((a, b) => (this.counts[b] ?? 0) - (this.counts[a] ?? 0));
    const weight = this.weightAt(nowMs);
    // At a constant rate r, uses come to r x half-life / ln 2 in the end; before that to the share that has been seen of it.
    const seen = 1 - 2 ** (-Math.max(1, nowMs - this.startMs) / this.halfLifeMs);
    const perSecond = (LN2 * 1000) / (this.halfLifeMs * seen);
    return order.slice(0, count).map((counter) => {
      const uses = (this.counts[counter] ?? 0) / weight;
      const [table = 0, slot = 0, position = 0, check = 0] = this.lanes.subarray(counter * 4, counter * 4 + 4);
      const error = (this.errors[counter] ?? 0) / weight;
      return { table, slot, position, check, uses, error, perSecond: uses * perSecond };
    });
  }

  clear(): void {
    this.index.clear();
    this.size = 0;
    this.startMs = -1;
  }

  private weightAt(nowMs: number): number {
    return 2 ** (Math.max(0, nowMs - this.originMs) / this.halfLifeMs);
  }

  private rebase(nowMs: number): void {
    const weight = this.weightAt(nowMs);
    for (let counter = 0; counter < this.size; counter++) {
      this.counts[counter] = (this.counts[counter] ?? 0) / weight;
      this.errors[counter] = (this.errors[counter] ?? 0) / weight;
    }
    this.originMs = nowMs;
  }

  private place(counter: number, at: number): void {
    this.heap[at] = counter;
    this.places[counter] = at;
  }

  private countAt(at: number): number {
    return this.counts[this.heap[at] ?? 0] ?? 0;
  }

  private swap(a: number, b: number): void {
    const other = this.heap[a] ?? 0;
    this.place(this.heap[b] ?? 0, a);
    this.place(other, b);
  }

  private rise(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (this.countAt(parent) <= this.countAt(at)) return;
      this.swap(at, parent);
      at = parent;
    }
  }

  private sink(from: number): void {
    for (let at = from; ; ) {
      let child = at * 2 + 1;
      if (child >= this.size) return;
      if (child + 1 < this.size && this.countAt(child + 1) < this.countAt(child)) child++;
      if (this.countAt(at) <= this.countAt(child)) return;
      this.swap(at, child);
      at = child;
    }
  }
}
