import { asHandle } from '../../memory/handle.ts';
import { INNER_CHILDREN, INNER_HEADER_BYTES, SLOT_COUNT, SLOT_KEY } from '../layout.ts';
import { entryEnd, lengthBytes, readBackLength, readLength } from '../pack.ts';
import { TreeWay } from './way.ts';

/** The cursor: which entry it stands at, and where it goes on from there. */
export abstract class TreeCursor extends TreeWay {
  /** Entry number `rank`, from 0. False outside. */
  seek(rank: number): boolean {
    if (rank < 0 || rank >= this.count) return false;
    let left = this.descendRank(rank);
    const { leafView: view } = this;
    let at = this.packStart;
    if (this.byPosition && left * 2 > this.leafEntries) {
      let end = this.packEnd;
      for (left = this.leafEntries - 1 - left; left >= 0; left--) {
        const length = readBackLength(view, end);
        end -= length + 2 * lengthBytes(length);
      }
      this.stand(end);
      return true;
    }
    for (; left > 0; left--) at = entryEnd(view, at, this.valued, this.byPosition);
    this.stand(at);
    return true;
  }

  first(): boolean {
    if (this.count === 0) return false;
    this.descendSide(0);
    this.stand(this.packStart);
    return true;
  }

  last(): boolean {
    if (this.count === 0) return false;
    this.descendSide(1);
    this.standBefore(this.packEnd);
    return true;
  }

  next(): boolean {
    if (this.entryNext < this.packEnd) {
      this.stand(this.entryNext);
      return true;
    }
    if (!this.sibling(1)) return false;
    this.stand(this.packStart);
    return true;
  }

  /** O(1) by position; otherwise a walk over the leaf's entries before it. */
  previous(): boolean {
    if (this.entryAt > this.packStart) {
      this.standBefore(this.entryAt);
      return true;
    }
    if (!this.sibling(-1)) return false;
    this.standBefore(this.packEnd);
    return true;
  }

  /** Number of entries before the one that the cursor stands at (or would be inserted at). */
  rank(): number {
    let rank = this.entriesBefore(this.entryAt);
    for (let level = 0; level < this.height; level++) {
      const node = asHandle(this.nodes[level] ?? 0);
      const view = this.allocator.arena.view(node);
      let at = this.allocator.arena.offset(node) + INNER_HEADER_BYTES + SLOT_COUNT;
      for (let slot = this.slots[level] ?? 0; slot > 0; slot--, at += this.stride) rank += view.getUint32(at, true);
    }
    return rank;
  }

  /** Unsigned 32-bit hash of the key at the cursor, which orders a tree by hash. */
  hashHere(): number {
    return this.hashOf(this.leafView, this.keyAt, this.keyLength);
  }

  /**
   * The first entry of the leaf that holds hashes from `hash` on, for a scan in hash order (ORDER_HASH, not FLAT). Visit the leaf with
   * `nextInLeaf`, then go on with `scanEnd`.
   */
  scanFrom(hash: number): boolean {
    if (this.count === 0) return false;
    this.descendHash(hash);
    this.stand(this.packStart);
    return true;
  }

  /** First hash after those of the leaf that the cursor is in; 2^32 at the end. */
  scanEnd(): number {
    for (let level = this.height - 1; level >= 0; level--) {
      const node = asHandle(this.nodes[level] ?? 0);
      const view = this.allocator.arena.view(node);
      const at = this.allocator.arena.offset(node);
      const slot = (this.slots[level] ?? 0) + 1;
      if (slot < view.getUint16(at + INNER_CHILDREN, true)) {
        return view.getUint32(at + INNER_HEADER_BYTES + slot * this.stride + SLOT_KEY, true);
      }
    }
    return 2 ** 32;
  }

  nextInLeaf(): boolean {
    if (this.entryNext >= this.packEnd) return false;
    this.stand(this.entryNext);
    return true;
  }

  /** To the first entry of the next leaf. */
  nextLeaf(): boolean {
    if (this.flat || !this.sibling(1)) return false;
    this.stand(this.packStart);
    return true;
  }

  /** For loops over a leaf's entries (pack.ts) in place of `next`: where the cursor's entry begins. */
  get entryStart(): number {
    return this.entryAt;
  }

  /** Where the last entry of its leaf ends. */
  get leafEnd(): number {
    return this.packEnd;
  }

  /** Reads the entry at `at`. */
  protected stand(at: number): void {
    const view = this.leafView;
    this.entryAt = at;
    const length = readLength(view, at);
    this.keyAt = at + lengthBytes(length);
    this.keyLength = length;
    let end = this.keyAt + length;
    if (this.valued) {
      const value = readLength(view, end);
      this.valueAt = end + lengthBytes(value);
      this.valueLength = value;
      end = this.valueAt + value;
    } else if (this.byPosition) end += lengthBytes(length);
    this.entryNext = end;
  }

  /** Stands at the entry that ends at `end`. */
  private standBefore(end: number): void {
    if (this.byPosition) {
      const length = readBackLength(this.leafView, end);
      this.stand(end - length - 2 * lengthBytes(length));
      return;
    }
    if (this.entryBytes > 0) {
      this.stand(end - this.entryBytes);
      return;
    }
    let at = this.packStart;
    for (;;) {
      const after = entryEnd(this.leafView, at, this.valued, false);
      if (after >= end) break;
      at = after;
    }
    this.stand(at);
  }

  protected entriesBefore(entry: number): number {
    if (this.entryBytes > 0) return (entry - this.packStart) / this.entryBytes;
    let count = 0;
    for (let at = this.packStart; at < entry; count++) {
      at = entryEnd(this.leafView, at, this.valued, this.byPosition);
    }
    return count;
  }

  protected hashAt(entry: number): number {
    const length = readLength(this.leafView, entry);
    return this.hashOf(this.leafView, entry + lengthBytes(length), length);
  }
}
