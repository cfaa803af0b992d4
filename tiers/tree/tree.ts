import { assert } from '../base/assert.ts';
import { copyBytes, moveBytes } from '../base/bytes.ts';
import { LeafSplits } from './layers/leaf-splits.ts';
import { beginning } from './layers/search.ts';
import { LEAF_ENTRIES, LEAF_HEADER_BYTES, LEAF_MAX_SLACK, LEAF_USED, ORDER_BYTES, ORDER_HASH } from './layout.ts';
import {
  entryEnd,
  keyEntryBytes,
  lengthBytes,
  positionEntryBytes,
  readLength,
  writeBackLength,
  writeLength,
} from './pack.ts';
import { compareBytes, Slice } from './slice.ts';

/**
 * One collection's entries in shared memory, looked at through a cursor: FLAT, or a B+tree with counts. Needs the slot's lock, and is
 * good until it is released; `openFlat` or `openRoot` again for the next command.
 *
 * The cursor stands at an entry after `find`, `lowerBound`, `seek`, `first`, `last`, `next`, `previous` answered true: `keyAt`, `keyLength`
 * (of `leafView`, `leafBytes`) are its key, or by position its content, `valueAt`, `valueLength` its value. Any change by another cursor of
 * the same tree makes it worthless.
 */
export class Tree extends LeafSplits {
  /**
   * Inserts `key` (which `find` just denied) with room for a value of `valueLength` bytes, content undefined, and stands there.
   */
  insert(key: Slice, valueLength = 0): void {
    const size = keyEntryBytes(key.length, this.valued ? valueLength : -1);
    for (let turn = 0; ; turn++) {
      assert(turn < 40, 'splits make room');
      if (this.fits(size)) {
        this.makeGap(size);
        break;
      }
      if (this.flat) this.host.spread(this);
      else if (this.shape.order === ORDER_HASH) {
        if (this.splitByHash(this.hashOfKey(key), size)) break;
      } else if (this.splitOrdered(size)) break;
      const found = this.find(key);
      assert(!found, 'a key is inserted once');
    }
    const view = this.leafView;
    let at = writeLength(view, this.entryAt, key.length);
    copyBytes(view, this.leafBytes, at, key.view, key.bytes, key.at, key.length);
    at += key.length;
    if (this.valued) writeLength(view, at, valueLength);
    this.stand(this.entryAt);
    if (this.fresh) this.describeFresh();
  }

  /** Inserts content before entry number `rank`, or at the end when there are as many (ORDER_POSITION), and stands there. */
  insertAt(rank: number, content: Slice): void {
    const size = positionEntryBytes(content.length);
    for (let turn = 0; ; turn++) {
      assert(turn < 40, 'splits make room');
      this.place(rank);
      if (this.fits(size)) {
        this.makeGap(size);
        break;
      }
      if (this.flat) this.host.spread(this);
      else if (this.splitOrdered(size)) break;
    }
    const view = this.leafView;
    const at = writeLength(view, this.entryAt, content.length);
    copyBytes(view, this.leafBytes, at, content.view, content.bytes, content.at, content.length);
    writeBackLength(view, at + content.length, content.length);
    this.stand(this.entryAt);
    this.fresh = false;
  }

  /**
   * Gives the entry a value of `length` bytes, of which as many as there were are kept, and stands there. Not by position: remove and
   * insert instead.
   */
  resizeValue(length: number): void {
    assert(this.valued, 'only values can be resized');
    const before = this.valueLength;
    if (length === before) {
      this.touch(0);
      return;
    }
    const from = this.entryAt - this.leafAt;
    const delta = lengthBytes(length) + length - lengthBytes(before) - before;
    if (this.flat && delta > 0 && this.flatBytes + delta > this.flatLimit) {
      const rank = this.rank();
      this.host.spread(this);
      this.seek(rank);
      this.resizeValue(length);
      return;
    }
    if (!this.flat && delta > 0 && this.leafEntries > 1 && this.leafUsed + delta > this.leafLimit) {
      this.reinsert(length);
      return;
    }
    const headAt = this.valueAt - lengthBytes(before) - this.leafAt;
    const kept = Math.min(before, length);
    const oldValue = this.valueAt - this.leafAt;
    const newValue = headAt + lengthBytes(length);
    const tail = this.entryNext - this.leafAt;
    const end = this.packEnd - this.leafAt;
    if (delta > 0) this.makeCapacity(end + delta);
    const { leafBytes: bytes, leafView: view, leafAt: at } = this;
    const hasTail = tail < end;
    if (delta > 0 && hasTail) bytes.copyWithin(at + tail + delta, at + tail, at + end);
    // Values that grow at their end stay where they are, unless their length takes another number of bytes.
    if (newValue !== oldValue) bytes.copyWithin(at + newValue, at + oldValue, at + oldValue + kept);
    if (delta < 0 && hasTail) bytes.copyWithin(at + tail + delta, at + tail, at + end);
    writeLength(view, at + headAt, length);
    view.setUint32(at + LEAF_USED, end + delta - LEAF_HEADER_BYTES, true);
    this.touch(0);
    if (delta < 0) this.trim();
    this.stand(this.leafAt + from);
  }

  /** The entry at the cursor, with a value of `length` bytes, wherever there is room for it. */
  private reinsert(length: number): void {
    const key = Slice.of(this.leafBytes.slice(this.keyAt, this.keyAt + this.keyLength));
    const kept = this.leafBytes.slice(this.valueAt, this.valueAt + Math.min(length, this.valueLength));
    const left = this.leafUsed - (this.entryNext - this.entryAt);
    const isLast = this.entryNext === this.packEnd;
    this.removeHere();
    // What grows at its end (a stream) leaves a leaf behind that grows no more: it gets the block that it needs.
    if (isLast && this.shape.order === ORDER_BYTES && left * 4 >= this.shape.leafBytes) this.tighten();
    this.find(key);
    this.insert(key, length);
    this.leafBytes.set(kept, this.valueAt);
  }

  /**
   * Gives the entry at the cursor another key of the same length (ORDER_BYTES, no value; no entry has that key), and stands there. False, with
   * nothing changed, when its place may be in another leaf.
   */
  replaceKey(key: Slice): boolean {
    const { leafView: view, leafBytes: bytes, entryAt, entryNext, keyAt } = this;
    assert(!this.valued && key.length === this.keyLength, 'only the place changes');
    const start = this.packStart;
    const end = this.packEnd;
    const forward = compareBytes(view, keyAt, key.length, key.view, key.at, key.length) < 0;
    const stop = forward ? end : entryAt;
    let at = forward ? entryNext : start;
    const first = beginning(key);
    while (at < stop) {
      const length = readLength(view, at);
      const otherAt = at + lengthBytes(length);
      const mayBeGreater = length < 4 || first < 0 || view.getUint32(otherAt, false) >= first;
      if (mayBeGreater && compareBytes(view, otherAt, length, key.view, key.at, key.length) > 0) break;
      at = otherAt + length;
    }
    if (!this.flat && (at === end || at === start)) return false;
    let to = at;
    if (forward) {
      to = at - (entryNext - entryAt);
      if (at > entryNext) moveBytes(view, bytes, entryAt, entryNext, at - entryNext);
    } else if (at < entryAt) moveBytes(view, bytes, at + (entryNext - entryAt), at, entryAt - at);
    const keyTo = writeLength(view, to, key.length);
    copyBytes(view, bytes, keyTo, key.view, key.bytes, key.at, key.length);
    this.touch(0);
    this.stand(to);
    return true;
  }

  /** Writes another key (by position: content) of the same length over the entry's. */
  overwriteKey(key: Slice): void {
    assert(this.byPosition && key.length === this.keyLength, 'content of the same length');
    copyBytes(this.leafView, this.leafBytes, this.keyAt, key.view, key.bytes, key.at, key.length);
    this.touch(0);
  }

  /** Marks the leaf changed after bytes of a value were written in place. */
  changed(): void {
    this.touch(0);
  }

  /**
   * Removes the entry at the cursor. Afterwards the cursor is nowhere, unless this answers true: then it stands at the entry that followed.
   */
  remove(): boolean {
    return this.removeHere();
  }

  private removeHere(): boolean {
    const rest = this.packEnd - this.entryNext;
    const from = this.entryAt - this.packStart;
    const removed = this.entryNext - this.entryAt;
    if (from === 0 && this.takesSlack(removed)) this.setSlack(this.slack + removed);
    else moveBytes(this.leafView, this.leafBytes, this.entryAt, this.entryNext, rest);
    const entries = this.leafEntries - 1;
    const used = this.leafUsed - removed;
    this.leafView.setUint16(this.leafAt + LEAF_ENTRIES, entries, true);
    this.leafView.setUint32(this.leafAt + LEAF_USED, used, true);
    this.touch(-1);
    if (this.flat) {
      this.trim();
      if (rest === 0) return false;
      this.stand(this.packStart + from);
      return true;
    }
    if (entries === 0) {
      this.dropLeaf();
      return false;
    }
    if (used * 4 < this.leafLimit && !this.isListEnd && this.merge()) return false;
    this.trim();
    if (rest === 0) return false;
    this.stand(this.packStart + from);
    return true;
  }

  /** Whether what is removed in front of the leaf's pack stays free there. */
  private takesSlack(removed: number): boolean {
    return this.byPosition && !this.flat && this.slack + removed <= LEAF_MAX_SLACK;
  }

  /** Removes `count` entries from number `rank` on; whole leaves at a time. The cursor is nowhere afterwards. */
  removeRange(rank: number, count: number): void {
    let left = Math.min(count, this.count - rank);
    while (left > 0) {
      if (!this.seek(rank)) return;
      const whole = this.entryAt === this.packStart && this.leafEntries <= left;
      if (whole && !this.flat) {
        left -= this.leafEntries;
        this.touch(-this.leafEntries);
        this.dropLeaf();
        continue;
      }
      let end = this.entryAt;
      let gone = 0;
      for (; gone < left && end < this.packEnd; gone++)
        end = entryEnd(this.leafView, end, this.valued, this.byPosition);
      const removed = end - this.entryAt;
      const rest = this.packEnd - end;
      if (this.entryAt === this.packStart && this.takesSlack(removed)) this.setSlack(this.slack + removed);
      else if (rest > 0) this.leafBytes.copyWithin(this.entryAt, end, end + rest);
      this.leafView.setUint16(this.leafAt + LEAF_ENTRIES, this.leafEntries - gone, true);
      this.leafView.setUint32(this.leafAt + LEAF_USED, this.leafUsed - removed, true);
      this.touch(-gone);
      left -= gone;
      if (this.flat || this.leafUsed * 4 >= this.leafLimit || !this.merge()) this.trim();
    }
  }
}
