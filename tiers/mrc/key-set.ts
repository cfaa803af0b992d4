/**
 * The sampled keys: hash lanes to entry numbers, and which key has the largest mark. Open addressing with linear probing over typed arrays; a binary
 * heap by mark.
 */
export class KeySet {
  size = 0;
  readonly capacity: number;
  private readonly mask: number;
  /** Entry numbers plus one; 0 for an empty place. */
  private readonly table: Int32Array;
  private readonly a: Int32Array;
  private readonly b: Int32Array;
  private readonly marks: Int32Array;
  /** Entries, the largest mark first. */
  private readonly heap: Int32Array;
  /** Entry numbers that nobody has. */
  private readonly free: Int32Array;

  constructor(capacity: number) {
    this.capacity = capacity;
    const places = 2 ** Math.ceil(Math.log2(capacity * 2));
    this.mask = places - 1;
    this.table = new Int32Array(places);
    this.a = new Int32Array(capacity);
    this.b = new Int32Array(capacity);
    this.marks = new Int32Array(capacity);
    this.heap = new Int32Array(capacity);
    this.free = new Int32Array(capacity);
    this.clear();
  }

  /** The entry of a key, -1 if it has none. */
  find(a: number, b: number): number {
    const { table, mask } = this;
    for (let at = this.home(a, b); ; at = (at + 1) & mask) {
      const entry = (table[at] ?? 0) - 1;
      if (entry < 0 || (this.a[entry] === a && this.b[entry] === b)) return entry;
    }
  }

  /** A new entry for a key that has none. There has to be room. */
  add(a: number, b: number, mark: number): number {
    const entry = this.free[this.capacity - 1 - this.size] ?? 0;
    this.a[entry] = a;
    this.b[entry] = b;
    this.marks[entry] = mark;
    const { table, mask } = this;
    let at = this.home(a, b);
    while (table[at] !== 0) at = (at + 1) & mask;
    table[at] = entry + 1;
    this.rise(this.size++, entry, mark);
    return entry;
  }

  /** The largest mark; -1 without a key. */
  get largestMark(): number {
    return this.size === 0 ? -1 : (this.marks[this.heap[0] ?? 0] ?? 0);
  }

  /** Takes out the key with the largest mark; the number that its entry had. */
  removeLargest(): number {
    const { heap, free } = this;
    const entry = heap[0] ?? 0;
    this.size--;
    const last = heap[this.size] ?? 0;
    if (this.size > 0) this.sink(last);
    this.unlink(entry);
    free[this.capacity - 1 - this.size] = entry;
    return entry;
  }

  clear(): void {
    this.size = 0;
    this.table.fill(0);
    for (let i = 0; i < this.capacity; i++) this.free[i] = this.capacity - 1 - i;
  }

  private home(a: number, b: number): number {
    return (Math.imul(a ^ (b >>> 15) ^ (b << 7), 0x9e3779b1) >>> 8) & this.mask;
  }

  private rise(from: number, entry: number, mark: number): void {
    const { heap, marks } = this;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] ?? 0;
      if ((marks[above] ?? 0) >= mark) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  private sink(entry: number): void {
    const { heap, marks, size } = this;
    const mark = marks[entry] ?? 0;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= size) break;
      if (child + 1 < size && (marks[heap[child + 1] ?? 0] ?? 0) > (marks[heap[child] ?? 0] ?? 0)) child++;
      const below = heap[child] ?? 0;
      if ((marks[below] ?? 0) <= mark) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = entry;
  }

  /** Empties the entry's place in the table, and moves up what was pushed on by it. */
  private unlink(entry: number): void {
    const { table, mask } = this;
    let hole = this.home(this.a[entry] ?? 0, this.b[entry] ?? 0);
    while (table[hole] !== entry + 1) hole = (hole + 1) & mask;
    for (let at = (hole + 1) & mask; table[at] !== 0; at = (at + 1) & mask) {
      const other = (table[at] ?? 0) - 1;
      const home = this.home(this.a[other] ?? 0, this.b[other] ?? 0);
      // It may move up unless its home lies between the hole and it.
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      table[hole] = other + 1;
      hole = at;
    }
    table[hole] = 0;
  }
}
