/**
 * The keys of a sample, by identity, numbered densely in order of first use. Costs 25 bytes per key that there is room for, and 8 to 16 for the table.
 */
export class HeldKeys {
  readonly capacity: number;
  size = 0;
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly marks: Uint32Array;
  readonly nameBytes: Uint16Array;
  /** Requests held of each. */
  readonly requests: Uint32Array;
  /** Key number + 1 at its place, 0 where there is none. */
  private readonly table: Int32Array;
  private readonly mask: number;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.a = new Int32Array(capacity);
    this.b = new Int32Array(capacity);
    this.marks = new Uint32Array(capacity);
    this.nameBytes = new Uint16Array(capacity);
    this.requests = new Uint32Array(capacity);
    const places = 2 ** Math.ceil(Math.log2(capacity * 2 + 1));
    this.table = new Int32Array(places);
    this.mask = places - 1;
  }

  /** The number of a key, -1 if it is not held. */
  find(a: number, b: number): number {
    const { table, mask } = this;
    for (let at = home(a, b) & mask; ; at = (at + 1) & mask) {
      const key = (table[at] ?? 0) - 1;
      if (key < 0 || (this.a[key] === a && this.b[key] === b)) return key;
    }
  }

  /** The number of a key that is not held yet, as yet without requests. There has to be room. */
  add(a: number, b: number, mark: number, nameBytes: number): number {
    const key = this.size++;
    this.a[key] = a;
    this.b[key] = b;
    this.marks[key] = mark;
    this.nameBytes[key] = Math.min(nameBytes, 0xffff);
    this.requests[key] = 0;
    this.place(key);
    return key;
  }

  /**
   * Lets go of the keys with marks from `threshold` on. Those that stay keep their order; `renumbered[old]` gets a key's new number, or -1.
   */
  keepBelow(threshold: number, renumbered: Int32Array): void {
    let kept = 0;
    for (let key = 0; key < this.size; key++) {
      if ((this.marks[key] ?? 0) >= threshold) {
        renumbered[key] = -1;
        continue;
      }
      this.a[kept] = this.a[key] ?? 0;
      this.b[kept] = this.b[key] ?? 0;
      this.marks[kept] = this.marks[key] ?? 0;
      this.nameBytes[kept] = this.nameBytes[key] ?? 0;
      this.requests[kept] = this.requests[key] ?? 0;
      renumbered[key] = kept++;
    }
    this.size = kept;
    this.table.fill(0);
    for (let key = 0; key < kept; key++) this.place(key);
  }

  clear(): void {
    this.size = 0;
    this.table.fill(0);
  }

  private place(key: number): void {
    const { table, mask } = this;
    let at = home(this.a[key] ?? 0, this.b[key] ?? 0) & mask;
    while (table[at] !== 0) at = (at + 1) & mask;
    table[at] = key + 1;
  }
}

/** Identities that are numbers differ in few bits. */
function home(a: number, b: number): number {
  const mixed = Math.imul(a ^ (b >>> 15) ^ (b << 7), 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}
