import { copyBytes, equalBytes } from '../../base/bytes.ts';
import type { KeyHasher } from '../../index/hash.ts';
import { entryEnd, keyEntryBytes, lengthBytes, readLength, writeLength } from '../pack.ts';
import type { Slice } from '../slice.ts';
import { orderOf } from './radix.ts';
import type { TreeBuilder } from './tree-builder.ts';

const FIRST_BYTES = 4096;
const FIRST_ENTRIES = 256;

/**
 * Entries for a tree by hash, in memory of our own, as they stand in a pack: they come in any order, and leave in that of their hashes.
 */
export class StagedEntries {
  /** How many were added, dropped ones included. */
  added = 0;
  /** The pack's length. */
  used = 0;
  bytes: Uint8Array = new Uint8Array(FIRST_BYTES);
  view: DataView = new DataView(this.bytes.buffer);
  private readonly hasher: KeyHasher;
  private starts = new Uint32Array(FIRST_ENTRIES);
  private hashes = new Uint32Array(FIRST_ENTRIES);
  private order: Uint32Array | undefined;
  private gone: Uint8Array | undefined;
  private dropped = 0;

  constructor(hasher: KeyHasher) {
    this.hasher = hasher;
  }

  /** How many there are. */
  get count(): number {
    return this.added - this.dropped;
  }

  /** Begins anew; what memory was needed for many is given back. */
  clear(): void {
    if (this.bytes.length > 16 * FIRST_BYTES) {
      this.bytes = new Uint8Array(FIRST_BYTES);
      this.view = new DataView(this.bytes.buffer);
      this.starts = new Uint32Array(FIRST_ENTRIES);
      this.hashes = new Uint32Array(FIRST_ENTRIES);
    }
    this.added = 0;
    this.used = 0;
    this.order = undefined;
    this.gone = undefined;
    this.dropped = 0;
  }

  /** Adds an entry, whether its key is there or not. */
  add(key: Slice, value?: Slice): void {
    const size = keyEntryBytes(key.length, value === undefined ? -1 : value.length);
    this.begin(size, key.view, key.at, key.length);
    const { bytes, view } = this;
    let at = writeLength(view, this.used, key.length);
    copyBytes(view, bytes, at, key.view, key.bytes, key.at, key.length);
    if (value !== undefined) {
      at = writeLength(view, at + key.length, value.length);
      copyBytes(view, bytes, at, value.view, value.bytes, value.at, value.length);
    }
    this.used += size;
  }

  /** Adds the entries of a pack. */
  addPack(view: DataView, bytes: Uint8Array, from: number, end: number, valued: boolean): void {
    for (let at = from; at < end; ) {
      const length = readLength(view, at);
      const after = entryEnd(view, at, valued, false);
      this.begin(after - at, view, at + lengthBytes(length), length);
      copyBytes(this.view, this.bytes, this.used, view, bytes, at, after - at);
      this.used += after - at;
      at = after;
    }
  }

  /** Keeps of entries with one key the first; answers how many others there were. Nothing is added afterwards. */
  dropRepeated(): number {
    const { hashes } = this;
    const order = this.sorted();
    for (let from = 0; from < order.length; ) {
      const hash = hashes[order[from] ?? 0];
      let to = from + 1;
      while (to < order.length && hashes[order[to] ?? 0] === hash) to++;
      for (let n = from + 1; n < to; n++) if (this.isRepeated(order, from, n)) this.drop(order[n] ?? 0);
      from = to;
    }
    return this.dropped;
  }

  /** Writes them as a pack, in the order in which they came; answers its length. */
  writePack(view: DataView, bytes: Uint8Array, at: number): number {
    if (this.dropped === 0) {
      copyBytes(view, bytes, at, this.view, this.bytes, 0, this.used);
      return this.used;
    }
    let to = at;
    for (let n = 0; n < this.added; n++) {
      if (this.gone?.[n] === 1) continue;
      const start = this.starts[n] ?? 0;
      const size = this.end(n) - start;
      copyBytes(view, bytes, to, this.view, this.bytes, start, size);
      to += size;
    }
    return to - at;
  }

  /** Bytes of the pack that `writePack` writes. */
  get packBytes(): number {
    if (this.gone === undefined) return this.used;
    let bytes = 0;
    for (let n = 0; n < this.added; n++) if (this.gone[n] !== 1) bytes += this.end(n) - (this.starts[n] ?? 0);
    return bytes;
  }

  /** Hands them to a builder, in the order of their hashes. */
  emit(builder: TreeBuilder): void {
    const { hashes, starts, gone } = this;
    for (const n of this.sorted()) {
      if (gone?.[n] === 1) continue;
      const start = starts[n] ?? 0;
      const size = this.end(n) - start;
      const at = builder.room(size, hashes[n] ?? 0);
      copyBytes(builder.view, builder.bytes, at, this.view, this.bytes, start, size);
    }
  }

  /** Calls `visit` with each key, in the order in which they came, until it answers false. */
  every(key: Slice, visit: (key: Slice) => boolean): boolean {
    for (let n = 0; n < this.added; n++) {
      if (this.gone?.[n] === 1) continue;
      const start = this.starts[n] ?? 0;
      const length = readLength(this.view, start);
      if (!visit(key.set(this.view, this.bytes, start + lengthBytes(length), length))) return false;
    }
    return true;
  }

  /** Room for `size` bytes at `used`, and the hash of the key. */
  private begin(size: number, keyView: DataView, keyAt: number, keyLength: number): void {
    if (this.used + size > this.bytes.length) this.growBytes(size);
    if (this.added === this.starts.length) this.growEntries();
    this.hasher.hash(keyView, keyAt, keyLength);
    this.starts[this.added] = this.used;
    this.hashes[this.added] = this.hasher.position;
    this.added++;
  }

  private sorted(): Uint32Array {
    this.order ??= orderOf(this.hashes, this.added);
    return this.order;
  }

  private end(n: number): number {
    return n + 1 < this.added ? (this.starts[n + 1] ?? 0) : this.used;
  }

  /** Whether the key of number `n` of the order is that of one from `from` on before it. */
  private isRepeated(order: Uint32Array, from: number, n: number): boolean {
    const { view, starts } = this;
    const at = starts[order[n] ?? 0] ?? 0;
    const length = readLength(view, at);
    // Lengths are part of what is compared.
    const bytes = lengthBytes(length) + length;
    for (let m = from; m < n; m++) {
      const other = starts[order[m] ?? 0] ?? 0;
      if (readLength(view, other) === length && equalBytes(view, other, view, at, bytes)) return true;
    }
    return false;
  }

  private drop(n: number): void {
    this.gone ??= new Uint8Array(this.added);
    this.gone[n] = 1;
    this.dropped++;
  }

  private growBytes(more: number): void {
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.used + more));
    larger.set(this.bytes.subarray(0, this.used));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }

  private growEntries(): void {
    const starts = new Uint32Array(this.starts.length * 2);
    starts.set(this.starts);
    this.starts = starts;
    const hashes = new Uint32Array(this.hashes.length * 2);
    hashes.set(this.hashes);
    this.hashes = hashes;
  }
}
