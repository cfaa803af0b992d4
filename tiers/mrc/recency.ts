import { assert } from '../base/assert.ts';

/**
 * Keys in the order of their last use, for LRU stack distances: what has been used since a key's last use, in keys and in bytes. Every use gets
 * the next place in time; two Fenwick trees over the places (Fenwick 1994) hold what stands at each, so a use costs O(log places). When the places
 * are used up the keys move together, in order.
 */
export class Recency {
  /** Bytes of all keys. */
  totalBytes = 0;
  keys = 0;
  private readonly places: number;
  private next = 0;
  /** Of the entry at each place; -1 for none. */
  private readonly owner: Int32Array;
  private readonly placeOf: Int32Array;
  private readonly bytesOf: Float64Array;
  private readonly keyTree: Int32Array;
  private readonly byteTree: Float64Array;

  /** `capacity`: entries are numbered 0 .. capacity - 1. */
  constructor(capacity: number) {
    this.places = capacity * 2 + 2;
    this.owner = new Int32Array(this.places).fill(-1);
    this.placeOf = new Int32Array(capacity).fill(-1);
    this.bytesOf = new Float64Array(capacity);
    this.keyTree = new Int32Array(this.places + 1);
    this.byteTree = new Float64Array(this.places + 1);
  }

  /** Bytes of an entry that is there. */
  bytes(entry: number): number {
    return this.bytesOf[entry] ?? 0;
  }

  /** Keys used since this entry's last use. */
  keysSince(entry: number): number {
    let before = 0;
    for (let at = this.place(entry) + 1; at > 0; at &= at - 1) before += this.keyTree[at] ?? 0;
    return this.keys - before;
  }

  /** Their bytes. */
  bytesSince(entry: number): number {
    let before = 0;
    for (let at = this.place(entry) + 1; at > 0; at &= at - 1) before += this.byteTree[at] ?? 0;
    return Math.max(0, this.totalBytes - before);
  }

  /** Puts an entry, new or not, at the latest place, with so many bytes. */
  use(entry: number, bytes: number): void {
    if ((this.placeOf[entry] ?? -1) >= 0) this.remove(entry);
    if (this.next === this.places) this.moveTogether();
    const place = this.next++;
    this.owner[place] = entry;
    this.placeOf[entry] = place;
    this.bytesOf[entry] = bytes;
    this.keys++;
    this.totalBytes += bytes;
    this.add(place, 1, bytes);
  }

  remove(entry: number): void {
    const place = this.place(entry);
    const bytes = this.bytes(entry);
    this.owner[place] = -1;
    this.placeOf[entry] = -1;
    this.keys--;
    this.totalBytes -= bytes;
    this.add(place, -1, -bytes);
  }

  clear(): void {
    this.totalBytes = 0;
    this.keys = 0;
    this.next = 0;
    this.owner.fill(-1);
    this.placeOf.fill(-1);
    this.keyTree.fill(0);
    this.byteTree.fill(0);
  }

  private place(entry: number): number {
    const place = this.placeOf[entry] ?? -1;
    assert(place >= 0, 'an entry without a place has no distance');
    return place;
  }

  private add(place: number, keys: number, bytes: number): void {
    const { keyTree, byteTree, places } = this;
    for (let at = place + 1; at <= places; at += at & -at) {
      keyTree[at] = (keyTree[at] ?? 0) + keys;
      byteTree[at] = (byteTree[at] ?? 0) + bytes;
    }
  }

  private moveTogether(): void {
    const { owner, placeOf, keyTree, byteTree, places } = this;
    let to = 0;
    for (let from = 0; from < places; from++) {
      const entry = owner[from] ?? -1;
      if (entry < 0) continue;
      owner[to] = entry;
      placeOf[entry] = to++;
    }
    owner.fill(-1, to);
    this.next = to;
    assert(to < places, 'twice as many places as entries');
    // Each node adds itself to its parent: linear. Sums of bytes lose what rounding they had.
    keyTree.fill(0);
    byteTree.fill(0);
    this.totalBytes = 0;
    for (let place = 0; place < places; place++) {
      const at = place + 1;
      if (place < to) {
        const bytes = this.bytesOf[owner[place] ?? 0] ?? 0;
        keyTree[at] = (keyTree[at] ?? 0) + 1;
        byteTree[at] = (byteTree[at] ?? 0) + bytes;
        this.totalBytes += bytes;
      }
      const parent = at + (at & -at);
      if (parent > places) continue;
      keyTree[parent] = (keyTree[parent] ?? 0) + (keyTree[at] ?? 0);
      byteTree[parent] = (byteTree[parent] ?? 0) + (byteTree[at] ?? 0);
    }
  }
}
