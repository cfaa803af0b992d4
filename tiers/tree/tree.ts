import { assert } from '../base/assert.ts';
import { copyBytes, equalBytes, moveBytes } from '../base/bytes.ts';
import type { KeyHasher } from '../index/hash.ts';
import { Allocator } from '../memory/allocator.ts';
import { asHandle, type Handle, NULL_HANDLE } from '../memory/handle.ts';
import {
  FLAT_MAX_BYTES,
  INNER_CHILDREN,
  INNER_HEADER_BYTES,
  INNER_LEVEL,
  INNER_STRIDE,
  LEAF_ENTRIES,
  LEAF_FLAGS,
  LEAF_HEADER_BYTES,
  LEAF_MAX_BYTES,
  LEAF_MAX_ENTRIES,
  LEAF_RECENT,
  LEAF_USED,
  MAX_HEIGHT,
  maxChildren,
  ORDER_BYTES,
  ORDER_HASH,
  ORDER_POSITION,
  ROOT_BLOCK_BYTES,
  ROOT_ENTRIES,
  ROOT_HEIGHT,
  ROOT_NODE,
  SEPARATOR_BYTES,
  SLOT_CHILD,
  SLOT_COUNT,
  SLOT_KEY,
  SLOT_PIECE,
  slotStride,
  type TreeShape,
} from './layout.ts';
import {
  entryEnd,
  keyEntryBytes,
  lengthBytes,
  positionEntryBytes,
  readBackLength,
  readLength,
  SHORT_LENGTH,
  writeBackLength,
  writeLength,
} from './pack.ts';
import { compareBytes, Slice } from './slice.ts';

/** A node that is on disk only: its number, and the slots that lead to it from the root. */
export interface MissingPiece {
  readonly piece: number;
  readonly path: readonly number[];
}

/** About how far from where it is expected a hash stands in an inner node. */
const FORETOLD_SLOTS = 8;

/** Nodes that a walk along the leaves asks for at a time, and one over everything. */
const READ_AHEAD_PIECES = 64;
const ALL_PIECES = 4096;

/** What a tree needs of whoever owns its object. */
export interface TreeHost {
  /** Makes the FLAT object's value `bytes` long, its content kept, and calls `tree.openFlat` where it is then. Throws without memory. */
  resizeFlat(tree: Tree, bytes: number): void;
  /** Makes the FLAT object a TREE and calls `tree.openRoot` for the root that now holds the entries. Throws without memory. */
  spread(tree: Tree): void;
  /** Brings nodes into RAM later: throws what makes the command run again then. */
  fetchPieces(missing: readonly MissingPiece[]): never;
  /** A piece is out of date: it is to be deleted when the collection is next written. */
  dropPiece(piece: number): void;
  /** Throws the error for a lack of memory. */
  noMemory(): never;
}

/**
 * One collection's entries in shared memory, looked at through a cursor: FLAT, or a B+tree with counts. Needs the slot's lock, and is
 * good until it is released; `openFlat` or `openRoot` again for the next command.
 *
 * The cursor stands at an entry after `find`, `lowerBound`, `seek`, `first`, `last`, `next`, `previous` answered true: `keyAt`, `keyLength`
 * (of `leafView`, `leafBytes`) are its key, or by position its content, `valueAt`, `valueLength` its value. Any change by another cursor of
 * the same tree makes it worthless.
 */
export class Tree {
  leafView: DataView;
  leafBytes: Uint8Array;
  keyAt = 0;
  keyLength = 0;
  valueAt = 0;
  valueLength = 0;
  readonly shape: TreeShape;
  host: TreeHost;

  private readonly allocator: Allocator;
  private readonly hasher: KeyHasher;
  private readonly stride: number;
  private readonly leafLimit: number;
  private readonly valued: boolean;
  private readonly byPosition: boolean;
  private readonly entryBytes: number;
  /** The inner node that slots were last changed in. */
  private innerView: DataView;
  /** The entry being inserted is the first of a new leaf, which has no separator yet. */
  private fresh = false;
  private kind = 0;
  private flat = false;
  private rootView: DataView;
  private rootAt = 0;
  private height = 0;
  /** The way to the leaf: inner nodes from the root down, and the slot taken in each. */
  private readonly nodes = new Uint32Array(MAX_HEIGHT);
  private readonly slots = new Uint32Array(MAX_HEIGHT);
  /** Leaves that the cursor went on to from a neighbour: a long walk asks for much at a time, since it starts over each time. */
  private walked = 0;
  private leaf: Handle = NULL_HANDLE;
  private leafAt = 0;
  /** Offsets of the entry and of what follows it; where `insert` puts a new one. */
  private entryAt = 0;
  private entryNext = 0;

  constructor(allocator: Allocator, hasher: KeyHasher, shape: TreeShape, host: TreeHost) {
    this.allocator = allocator;
    this.hasher = hasher;
    this.shape = shape;
    this.host = host;
    this.stride = slotStride(shape.order);
    this.leafLimit = Math.min(shape.leafBytes, LEAF_MAX_BYTES);
    this.valued = shape.valued;
    this.entryBytes = shape.entryBytes ?? 0;
    this.byPosition = shape.order === ORDER_POSITION;
    this.leafView = new DataView(new ArrayBuffer(0));
    this.leafBytes = new Uint8Array(0);
    this.rootView = this.leafView;
    this.innerView = this.leafView;
  }

  /** Opens the leaf that is the value of a FLAT object, at `at`. */
  openFlat(view: DataView, bytes: Uint8Array, at: number): void {
    this.flat = true;
    this.height = 0;
    this.leaf = NULL_HANDLE;
    this.leafView = view;
    this.leafBytes = bytes;
    this.leafAt = at;
  }

  /** Opens the root at `at`; its blocks are counted as `kind`. */
  openRoot(view: DataView, at: number, kind: number): void {
    this.flat = false;
    this.kind = kind;
    this.rootView = view;
    this.rootAt = at;
    this.height = view.getUint8(at + ROOT_HEIGHT);
    this.walked = 0;
  }

  get isFlat(): boolean {
    return this.flat;
  }

  /** Number of entries. */
  get count(): number {
    return this.flat
      ? this.leafView.getUint16(this.leafAt + LEAF_ENTRIES, true)
      : this.rootView.getUint32(this.rootAt + ROOT_ENTRIES, true);
  }

  /** Bytes of the pack of a FLAT collection. */
  get flatBytes(): number {
    return this.leafView.getUint32(this.leafAt + LEAF_USED, true);
  }

  /** Bytes in RAM of a TREE's nodes. */
  get blockBytes(): number {
    return this.flat ? 0 : this.rootView.getFloat64(this.rootAt + ROOT_BLOCK_BYTES, true);
  }

  /**
   * Finds a key (not by position). False leaves the cursor where `insert` is to put it: good only for that key, and at once.
   */
  find(key: Slice): boolean {
    if (this.shape.order === ORDER_HASH) {
      if (!this.flat) this.descendHash(this.hashOf(key.view, key.at, key.length));
      return this.scanEqual(key);
    }
    return this.findOrdered(key);
  }

  /** FLAT, no values: the entry whose key, but for its first `skip` bytes, is `tail`. Looks at all of them. */
  findTail(tail: Slice, skip: number): boolean {
    assert(this.flat && !this.valued, 'a leaf is small');
    const { leafView: view } = this;
    const { length } = tail;
    const wanted = skip + length;
    const end = this.packEnd;
    const last = length < 4 ? 0 : tail.view.getInt32(tail.at + length - 4, true);
    let at = this.leafAt + LEAF_HEADER_BYTES;
    while (at < end) {
      let keyLength = view.getUint8(at);
      let keyAt = at + 1;
      if (keyLength >= SHORT_LENGTH) {
        keyLength = readLength(view, at);
        keyAt = at + lengthBytes(keyLength);
      }
      const next = keyAt + keyLength;
      if (
        keyLength === wanted &&
        (length < 4 || view.getInt32(next - 4, true) === last) &&
        equalBytes(view, keyAt + skip, tail.view, tail.at, length)
      ) {
        this.stand(at);
        return true;
      }
      at = next;
    }
    return false;
  }

  /** First entry whose key is not less than `key` (ORDER_BYTES). False when there is none. */
  lowerBound(key: Slice): boolean {
    this.findOrdered(key);
    return this.atEntry();
  }

  /** Entry number `rank`, from 0. False outside. */
  seek(rank: number): boolean {
    if (rank < 0 || rank >= this.count) return false;
    let left = this.descendRank(rank);
    const { leafView: view } = this;
    let at = this.leafAt + LEAF_HEADER_BYTES;
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
    this.stand(this.leafAt + LEAF_HEADER_BYTES);
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
    this.stand(this.leafAt + LEAF_HEADER_BYTES);
    return true;
  }

  /** O(1) by position; otherwise a walk over the leaf's entries before it. */
  previous(): boolean {
    if (this.entryAt > this.leafAt + LEAF_HEADER_BYTES) {
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
        if (this.splitByHash(this.hashOf(key.view, key.at, key.length), size)) break;
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
    if (this.flat && delta > 0 && this.flatBytes + delta > FLAT_MAX_BYTES) {
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
    const start = this.leafAt + LEAF_HEADER_BYTES;
    const end = this.packEnd;
    const forward = compareBytes(view, keyAt, key.length, key.view, key.at, key.length) < 0;
    const stop = forward ? end : entryAt;
    let at = forward ? entryNext : start;
    const first = beginning(key);
    while (at < stop) {
      let length = view.getUint8(at);
      let otherAt = at + 1;
      if (length >= SHORT_LENGTH) {
        length = readLength(view, at);
        otherAt = at + lengthBytes(length);
      }
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
    const from = this.entryAt - this.leafAt;
    const removed = this.entryNext - this.entryAt;
    moveBytes(this.leafView, this.leafBytes, this.entryAt, this.entryNext, rest);
    const entries = this.leafEntries - 1;
    const used = this.leafUsed - removed;
    this.leafView.setUint16(this.leafAt + LEAF_ENTRIES, entries, true);
    this.leafView.setUint32(this.leafAt + LEAF_USED, used, true);
    this.touch(-1);
    if (this.flat) {
      this.trim();
      if (rest === 0) return false;
      this.stand(this.leafAt + from);
      return true;
    }
    if (entries === 0) {
      this.dropLeaf();
      return false;
    }
    if (used * 4 < this.leafLimit && !this.isListEnd && this.merge()) return false;
    this.trim();
    if (rest === 0) return false;
    this.stand(this.leafAt + from);
    return true;
  }

  /** Removes `count` entries from number `rank` on; whole leaves at a time. The cursor is nowhere afterwards. */
  removeRange(rank: number, count: number): void {
    let left = Math.min(count, this.count - rank);
    while (left > 0) {
      if (!this.seek(rank)) return;
      const whole = this.entryAt === this.leafAt + LEAF_HEADER_BYTES && this.leafEntries <= left;
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
      this.leafBytes.copyWithin(this.entryAt, end, this.packEnd);
      this.leafView.setUint16(this.leafAt + LEAF_ENTRIES, this.leafEntries - gone, true);
      this.leafView.setUint32(this.leafAt + LEAF_USED, this.leafUsed - (end - this.entryAt), true);
      this.touch(-gone);
      left -= gone;
      if (this.flat || this.leafUsed * 4 >= this.leafLimit || !this.merge()) this.trim();
    }
  }

  /** Descends to every leaf that holds one of `count` entries from number `rank` on, so that no later one of them is found on disk. */
  reach(rank: number, count: number): void {
    if (this.flat) return;
    const end = Math.min(rank + count, this.count);
    for (let at = Math.max(0, rank); at < end; ) {
      const before = this.descendRank(at);
      at += this.leafEntries - before;
    }
  }

  /** Writes another key (by position: content) of the same length over the entry's. */
  overwriteKey(key: Slice): void {
    assert(this.byPosition && key.length === this.keyLength, 'content of the same length');
    copyBytes(this.leafView, this.leafBytes, this.keyAt, key.view, key.bytes, key.at, key.length);
    this.touch(0);
  }

  /**
   * For commands that look at every entry: asks for all nodes that are on disk at once, instead of one after the other as the walk meets them.
   */
  requireAll(): void {
    if (this.flat || this.height === 0) return;
    const found: MissingPiece[] = [];
    this.collect(this.rootNode(), 0, 0, 1, [], ALL_PIECES, found);
    if (found.length > 0) this.host.fetchPieces(found);
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
    this.stand(this.leafAt + LEAF_HEADER_BYTES);
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

  /** To the first entry of the next leaf. */
  nextLeaf(): boolean {
    if (this.flat || !this.sibling(1)) return false;
    this.stand(this.leafAt + LEAF_HEADER_BYTES);
    return true;
  }

  nextInLeaf(): boolean {
    if (this.entryNext >= this.packEnd) return false;
    this.stand(this.entryNext);
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

  private get packEnd(): number {
    return this.leafAt + LEAF_HEADER_BYTES + this.leafView.getUint32(this.leafAt + LEAF_USED, true);
  }

  private get leafEntries(): number {
    return this.leafView.getUint16(this.leafAt + LEAF_ENTRIES, true);
  }

  private get leafUsed(): number {
    return this.leafView.getUint32(this.leafAt + LEAF_USED, true);
  }

  private hashOf(view: DataView, at: number, length: number): number {
    this.hasher.hash(view, at, length);
    return this.hasher.position >>> 0;
  }

  /** Reads the entry at `at`. */
  private stand(at: number): void {
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
    let at = this.leafAt + LEAF_HEADER_BYTES;
    for (;;) {
      const after = entryEnd(this.leafView, at, this.valued, false);
      if (after >= end) break;
      at = after;
    }
    this.stand(at);
  }

  /** After a search that may have ended behind the leaf's last entry. */
  private atEntry(): boolean {
    if (this.count === 0) return false;
    if (this.entryAt < this.packEnd) {
      this.stand(this.entryAt);
      return true;
    }
    if (!this.sibling(1)) return false;
    this.stand(this.leafAt + LEAF_HEADER_BYTES);
    return true;
  }

  private scanEqual(key: Slice): boolean {
    const { leafView: view, valued } = this;
    const { length } = key;
    if (this.leaf === NULL_HANDLE && !this.flat) return false;
    const end = this.packEnd;
    // Keys of a collection are often of one length and begin alike: their ends tell them apart soonest.
    const tail = length < 4 ? 0 : key.view.getInt32(key.at + length - 4, true);
    let at = this.leafAt + LEAF_HEADER_BYTES;
    while (at < end) {
      let keyLength = view.getUint8(at);
      let keyAt = at + 1;
      if (keyLength >= SHORT_LENGTH) {
        keyLength = readLength(view, at);
        keyAt = at + lengthBytes(keyLength);
      }
      if (
        keyLength === length &&
        (length < 4 || view.getInt32(keyAt + length - 4, true) === tail) &&
        equalBytes(view, keyAt, key.view, key.at, length)
      ) {
        this.stand(at);
        return true;
      }
      at = keyAt + keyLength;
      if (valued) {
        const value = readLength(view, at);
        at += lengthBytes(value) + value;
      }
    }
    this.entryAt = at;
    return false;
  }

  private findOrdered(key: Slice): boolean {
    if (!this.flat) this.descendBytes(key);
    if (!this.flat && this.leaf === NULL_HANDLE) return false;
    if (this.entryBytes > 0) return this.findEven(key);
    const { leafView: view, valued } = this;
    const end = this.packEnd;
    const first = beginning(key);
    let at = this.leafAt + LEAF_HEADER_BYTES;
    while (at < end) {
      let keyLength = view.getUint8(at);
      let keyAt = at + 1;
      if (keyLength >= SHORT_LENGTH) {
        keyLength = readLength(view, at);
        keyAt = at + lengthBytes(keyLength);
      }
      // Most keys differ in their first four bytes.
      if (keyLength < 4 || first < 0 || view.getUint32(keyAt, false) >= first) {
        const order = compareBytes(view, keyAt, keyLength, key.view, key.at, key.length);
        if (order >= 0) {
          this.stand(at);
          return order === 0;
        }
      }
      at = keyAt + keyLength;
      if (valued) {
        const value = readLength(view, at);
        at += lengthBytes(value) + value;
      }
    }
    this.entryAt = at;
    return false;
  }

  /** `findOrdered` within a leaf whose entries all take `entryBytes`: by halves. */
  private findEven(key: Slice): boolean {
    const { leafView: view, entryBytes } = this;
    const start = this.leafAt + LEAF_HEADER_BYTES;
    let low = 0;
    let high = (this.packEnd - start) / entryBytes;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = start + middle * entryBytes;
      const order = compareBytes(view, at + 1, view.getUint8(at), key.view, key.at, key.length);
      if (order === 0) {
        this.stand(at);
        return true;
      }
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    this.entryAt = start + low * entryBytes;
    if (this.entryAt < this.packEnd) this.stand(this.entryAt);
    return false;
  }

  /** Goes to where entry `rank` is, or is to be, by position. */
  private place(rank: number): void {
    const { count } = this;
    assert(rank >= 0 && rank <= count, 'a position within the list or at its end');
    if (rank < count) {
      if (rank > 0) this.seek(rank);
      else {
        this.descendSide(0);
        this.entryAt = this.leafAt + LEAF_HEADER_BYTES;
      }
      return;
    }
    if (count === 0) {
      if (this.flat) this.entryAt = this.leafAt + LEAF_HEADER_BYTES;
      else this.leaf = NULL_HANDLE;
      return;
    }
    this.descendSide(1);
    this.entryAt = this.packEnd;
  }

  // --- the way down

  private enterLeaf(handle: Handle): void {
    const { arena } = this.allocator;
    this.leaf = handle;
    this.leafView = arena.view(handle);
    this.leafBytes = arena.bytes(handle);
    this.leafAt = arena.offset(handle);
    if (this.leafView.getUint16(this.leafAt + LEAF_FLAGS, true) === 0) {
      this.leafView.setUint16(this.leafAt + LEAF_FLAGS, LEAF_RECENT, true);
    }
  }

  /** The root's node; NULL_HANDLE in an empty tree. */
  private rootNode(): Handle {
    return asHandle(this.rootView.getUint32(this.rootAt + ROOT_NODE, true));
  }

  /** The child in a slot of the inner node at `level` of the way; asks for it when it is on disk. */
  private childOf(view: DataView, slotAt: number, level: number, slot: number): Handle {
    const child = asHandle(view.getUint32(slotAt + SLOT_CHILD, true));
    if (child === NULL_HANDLE) this.missing(level, slot, 1);
    return child;
  }

  /** Asks for the child in `slot` of the inner node at `level`, and for others that a walk in direction `step` meets next, `most` in all. */
  private missing(level: number, slot: number, most: number, step: 1 | -1 = 1): never {
    const found: MissingPiece[] = [];
    let from = slot;
    for (let up = level; up >= 0 && found.length < most; up--) {
      const path = Array.from(this.slots.subarray(0, up));
      this.collect(asHandle(this.nodes[up] ?? 0), up, from, step, path, most, found);
      from = (this.slots[up - 1] ?? 0) + step;
    }
    this.host.fetchPieces(found);
  }

  /** Notes children on disk of an inner node at `level` and below, from slot `from` on in direction `step`. */
  private collect(
    node: Handle,
    level: number,
    from: number,
    step: 1 | -1,
    path: readonly number[],
    most: number,
    found: MissingPiece[],
  ): void {
    const { arena } = this.allocator;
    const view = arena.view(node);
    const at = arena.offset(node);
    const stride = view.getUint32(at + INNER_STRIDE, true);
    const children = innerChildren(view, at);
    for (let n = from; n >= 0 && n < children && found.length < most; n += step) {
      const slotAt = at + INNER_HEADER_BYTES + n * stride;
      const child = asHandle(view.getUint32(slotAt + SLOT_CHILD, true));
      if (child === NULL_HANDLE) found.push({ piece: view.getUint32(slotAt + SLOT_PIECE, true), path: [...path, n] });
      else if (level + 1 < this.height) {
        const start = step === 1 ? 0 : innerChildren(arena.view(child), arena.offset(child)) - 1;
        this.collect(child, level + 1, start, step, [...path, n], most, found);
      }
    }
  }

  /**
   * Hashes spread evenly, so where one stands can be foretold, give or take a few slots: half the cache misses of a binary search.
   */
  private descendHash(hash: number): void {
    let node = this.rootNode();
    const { arena } = this.allocator;
    // What the node's hashes lie between.
    let from = 0;
    let to = 2 ** 32;
    for (let level = 0; level < this.height; level++) {
      const view = arena.view(node);
      const at = arena.offset(node) + INNER_HEADER_BYTES;
      const children = view.getUint16(at - INNER_HEADER_BYTES + INNER_CHILDREN, true);
      let low =
        to > from ? Math.min(children - 1, Math.max(0, Math.floor(((hash - from) / (to - from)) * children))) : 0;
      let high = low;
      if (low === 0 || view.getUint32(at + low * 16 + SLOT_KEY, true) <= hash) {
        for (let step = FORETOLD_SLOTS; ; step *= 2) {
          high = Math.min(children, high + step);
          if (high === children || view.getUint32(at + high * 16 + SLOT_KEY, true) > hash) break;
          low = high;
        }
      } else {
        for (let step = FORETOLD_SLOTS; ; step *= 2) {
          low = Math.max(0, low - step);
          if (low === 0 || view.getUint32(at + low * 16 + SLOT_KEY, true) <= hash) break;
          high = low;
        }
      }
      while (high - low > 1) {
        const middle = (low + high) >>> 1;
        if (view.getUint32(at + middle * 16 + SLOT_KEY, true) <= hash) low = middle;
        else high = middle;
      }
      this.nodes[level] = node;
      this.slots[level] = low;
      node = this.childOf(view, at + low * 16, level, low);
      if (high < children) to = view.getUint32(at + high * 16 + SLOT_KEY, true);
      if (low > 0) from = view.getUint32(at + low * 16 + SLOT_KEY, true);
    }
    this.arrive(node);
  }

  private descendBytes(key: Slice): void {
    let node = this.rootNode();
    const { arena } = this.allocator;
    const { stride } = this;
    for (let level = 0; level < this.height; level++) {
      const view = arena.view(node);
      const at = arena.offset(node) + INNER_HEADER_BYTES;
      this.nodes[level] = node;
      let low = 0;
      let high = view.getUint16(at - INNER_HEADER_BYTES + INNER_CHILDREN, true);
      while (high - low > 1) {
        const middle = (low + high) >>> 1;
        if (this.separatorOrder(view, at + middle * stride, key, this.height - 1 - level) <= 0) low = middle;
        else high = middle;
      }
      this.nodes[level] = node;
      this.slots[level] = low;
      node = this.childOf(view, at + low * stride, level, low);
    }
    this.arrive(node);
  }

  private descendRank(rank: number): number {
    if (this.flat) return rank;
    let node = this.rootNode();
    let left = rank;
    let entries = this.count;
    const { arena } = this.allocator;
    const { stride } = this;
    for (let level = 0; level < this.height; level++) {
      const view = arena.view(node);
      const at = arena.offset(node) + INNER_HEADER_BYTES;
      const last = view.getUint16(at - INNER_HEADER_BYTES + INNER_CHILDREN, true) - 1;
      let slot = 0;
      let count = 0;
      if (left * 2 < entries) {
        for (; slot < last; slot++) {
          count = view.getUint32(at + slot * stride + SLOT_COUNT, true);
          if (left < count) break;
          left -= count;
        }
        if (slot === last) count = view.getUint32(at + slot * stride + SLOT_COUNT, true);
      } else {
        // From the end: `behind` entries stand from ours on.
        let behind = entries - left;
        for (slot = last; ; slot--) {
          count = view.getUint32(at + slot * stride + SLOT_COUNT, true);
          if (behind <= count || slot === 0) break;
          behind -= count;
        }
        left = count - behind;
      }
      entries = count;
      this.nodes[level] = node;
      this.slots[level] = slot;
      node = this.childOf(view, at + slot * stride, level, slot);
    }
    this.arrive(node);
    return left;
  }

  /** To the first (0) or last (1) leaf. */
  private descendSide(side: 0 | 1): void {
    if (this.flat) return;
    this.descendFrom(this.rootNode(), 0, side);
  }

  private descendFrom(from: Handle, fromLevel: number, side: 0 | 1): void {
    let node = from;
    const { arena } = this.allocator;
    for (let level = fromLevel; level < this.height; level++) {
      const view = arena.view(node);
      const at = arena.offset(node) + INNER_HEADER_BYTES;
      const slot = side === 0 ? 0 : view.getUint16(at - INNER_HEADER_BYTES + INNER_CHILDREN, true) - 1;
      this.nodes[level] = node;
      this.slots[level] = slot;
      node = this.childOf(view, at + slot * this.stride, level, slot);
    }
    this.arrive(node);
  }

  private arrive(node: Handle): void {
    if (node === NULL_HANDLE) {
      this.leaf = NULL_HANDLE;
      this.leafAt = 0;
      this.entryAt = 0;
    } else this.enterLeaf(node);
  }

  /** To the next (1) or previous (-1) leaf. */
  private sibling(step: 1 | -1): boolean {
    const { arena } = this.allocator;
    for (let level = this.height - 1; level >= 0; level--) {
      const node = asHandle(this.nodes[level] ?? 0);
      const view = arena.view(node);
      const at = arena.offset(node);
      const slot = (this.slots[level] ?? 0) + step;
      if (slot < 0 || slot >= view.getUint16(at + INNER_CHILDREN, true)) continue;
      const child = asHandle(view.getUint32(at + INNER_HEADER_BYTES + slot * this.stride + SLOT_CHILD, true));
      if (child === NULL_HANDLE) this.missing(level, slot, Math.min(ALL_PIECES, READ_AHEAD_PIECES + this.walked), step);
      this.walked++;
      this.slots[level] = slot;
      this.descendFrom(child, level + 1, step === 1 ? 0 : 1);
      return true;
    }
    return false;
  }

  /** Order of a slot's separator and a key; `below`: inner levels under the slot's child. */
  private separatorOrder(view: DataView, slotAt: number, key: Slice, below: number): number {
    const { length } = key;
    const at = slotAt + SLOT_KEY;
    for (let i = 0; i < SEPARATOR_BYTES; i += 4) {
      const theirs = view.getUint32(at + i, false);
      const ours = wordOf(key, i);
      if (theirs !== ours) return theirs < ours ? -1 : 1;
    }
    if (this.shape.fixedKeys) return 0;
    // The beginnings are equal: the child's smallest key decides.
    const { arena } = this.allocator;
    const level = this.height - 1 - below;
    const slot = (slotAt - INNER_HEADER_BYTES - arena.offset(asHandle(this.nodes[level] ?? 0))) / this.stride;
    let node = this.childOf(view, slotAt, level, slot);
    for (let deeper = 1; deeper <= below; deeper++) {
      // The way is not known yet below here: it may be overwritten.
      this.nodes[level + deeper] = node;
      this.slots[level + deeper - 1] = deeper === 1 ? slot : 0;
      node = this.childOf(arena.view(node), arena.offset(node) + INNER_HEADER_BYTES, level + deeper, 0);
    }
    const leaf = arena.view(node);
    const keyStart = arena.offset(node) + LEAF_HEADER_BYTES;
    const keyLength = readLength(leaf, keyStart);
    return compareBytes(leaf, keyStart + lengthBytes(keyLength), keyLength, key.view, key.at, length);
  }

  // --- changes

  /** Adds to the counts on the way from the root to the leaf; what is on disk of these nodes is out of date. */
  private touch(delta: number): void {
    if (this.flat) return;
    const { rootView, rootAt, stride } = this;
    if (delta !== 0)
      rootView.setUint32(rootAt + ROOT_ENTRIES, rootView.getUint32(rootAt + ROOT_ENTRIES, true) + delta, true);
    const { arena } = this.allocator;
    for (let level = 0; level < this.height; level++) {
      const node = asHandle(this.nodes[level] ?? 0);
      const view = arena.view(node);
      const at = arena.offset(node) + INNER_HEADER_BYTES + (this.slots[level] ?? 0) * stride;
      if (delta !== 0) view.setUint32(at + SLOT_COUNT, view.getUint32(at + SLOT_COUNT, true) + delta, true);
      const piece = view.getUint32(at + SLOT_PIECE, true);
      if (piece !== 0) {
        this.host.dropPiece(piece);
        view.setUint32(at + SLOT_PIECE, 0, true);
      }
    }
  }

  /** Whether the leaf may take `size` bytes more. */
  private fits(size: number): boolean {
    if (this.flat) return this.flatBytes + size <= FLAT_MAX_BYTES;
    return this.leaf === NULL_HANDLE || this.leafEntries === 0 || this.leafUsed + size <= this.leafLimit;
  }

  /** Makes room for an entry of `size` bytes at the cursor's place. */
  private makeGap(size: number): void {
    if (!this.flat && this.leaf === NULL_HANDLE) this.createRootLeaf(size);
    const from = this.entryAt - this.leafAt;
    const end = this.packEnd - this.leafAt;
    this.makeCapacity(end + size);
    const { leafBytes: bytes, leafView: view, leafAt: at } = this;
    if (from < end) moveBytes(view, bytes, at + from + size, at + from, end - from);
    const entries = view.getUint16(at + LEAF_ENTRIES, true);
    assert(entries < LEAF_MAX_ENTRIES, 'a leaf counts its entries');
    view.setUint16(at + LEAF_ENTRIES, entries + 1, true);
    view.setUint32(at + LEAF_USED, end + size - LEAF_HEADER_BYTES, true);
    this.entryAt = at + from;
    this.touch(1);
  }

  /** Makes the leaf's block, or the FLAT object, hold `bytes`. Offsets relative to `leafAt` stay good. */
  private makeCapacity(bytes: number): void {
    if (this.flat) {
      this.host.resizeFlat(this, bytes);
      return;
    }
    // A block that held what there is has at least the size of its class: the capacity, a cache miss, matters beyond that only.
    if (bytes <= Allocator.blockBytes(LEAF_HEADER_BYTES + this.leafUsed)) return;
    if (bytes <= this.allocator.capacity(this.leaf)) return;
    // Small steps would move it with every other entry.
    this.moveLeaf(Math.max(bytes, Math.min(this.shape.leafBytes, bytes + (bytes >>> 2))));
  }

  /** Whether the leaf is the first or last of a list, which comes and goes there: joining leaves or fitting their blocks would be for nothing. */
  private get isListEnd(): boolean {
    if (!this.byPosition) return false;
    let isFirst = true;
    let isLast = true;
    const { arena } = this.allocator;
    for (let level = 0; level < this.height; level++) {
      const node = asHandle(this.nodes[level] ?? 0);
      const slot = this.slots[level] ?? 0;
      if (slot !== 0) isFirst = false;
      if (slot !== innerChildren(arena.view(node), arena.offset(node)) - 1) isLast = false;
    }
    return isFirst || isLast;
  }

  /** Gives memory back when a leaf has become much smaller than its block. */
  private trim(): void {
    const bytes = LEAF_HEADER_BYTES + this.leafUsed;
    if (this.flat) {
      this.host.resizeFlat(this, bytes);
      return;
    }
    const capacity = this.allocator.capacity(this.leaf);
    // Less than what makeCapacity leaves free, or entries that come and go would move it each time.
    if (bytes * 8 >= capacity * 5 || capacity <= 64) return;
    // A block that held a large entry is given back in any case.
    if (capacity > 2 * this.shape.leafBytes || !this.isListEnd) this.moveLeaf(bytes);
  }

  /** The leaf in the smallest block that holds it. */
  private tighten(): void {
    const bytes = LEAF_HEADER_BYTES + this.leafUsed;
    if (Allocator.blockBytes(bytes) < this.allocator.capacity(this.leaf)) this.moveLeaf(bytes);
  }

  /** The leaf in a block of `bytes` bytes; the cursor's offsets move with it. */
  private moveLeaf(bytes: number): void {
    const used = LEAF_HEADER_BYTES + this.leafUsed;
    const old = this.leaf;
    const { leafView, leafBytes, leafAt } = this;
    const fresh = this.newBlock(bytes);
    this.enterLeaf(fresh);
    copyBytes(this.leafView, this.leafBytes, this.leafAt, leafView, leafBytes, leafAt, used);
    this.link(this.height, fresh);
    this.freeBlock(old);
  }

  private createRootLeaf(size: number): void {
    const handle = this.newLeaf(size);
    const { rootView, rootAt } = this;
    rootView.setUint32(rootAt + ROOT_NODE, handle, true);
    rootView.setUint8(rootAt + ROOT_HEIGHT, 0);
    this.height = 0;
    this.enterLeaf(handle);
    this.entryAt = this.leafAt + LEAF_HEADER_BYTES;
  }

  private newLeaf(packBytes: number): Handle {
    const handle = this.newBlock(LEAF_HEADER_BYTES + packBytes);
    const view = this.allocator.arena.view(handle);
    const at = this.allocator.arena.offset(handle);
    view.setUint16(at + LEAF_ENTRIES, 0, true);
    view.setUint16(at + LEAF_FLAGS, LEAF_RECENT, true);
    view.setUint32(at + LEAF_USED, 0, true);
    return handle;
  }

  private newBlock(bytes: number): Handle {
    const { allocator, rootView, rootAt } = this;
    const handle = allocator.allocateBeyondLimit(bytes, this.kind);
    if (handle === NULL_HANDLE) this.host.noMemory();
    const at = rootAt + ROOT_BLOCK_BYTES;
    rootView.setFloat64(at, rootView.getFloat64(at, true) + allocator.capacity(handle), true);
    return handle;
  }

  private freeBlock(handle: Handle): void {
    const { allocator, rootView, rootAt } = this;
    const at = rootAt + ROOT_BLOCK_BYTES;
    rootView.setFloat64(at, rootView.getFloat64(at, true) - allocator.capacity(handle), true);
    allocator.free(handle, this.kind);
  }

  /** Writes where the node at `level` of the way is (`height`: the leaf) to its parent. */
  private link(level: number, node: Handle): void {
    if (level === 0) {
      this.rootView.setUint32(this.rootAt + ROOT_NODE, node, true);
      return;
    }
    const { arena } = this.allocator;
    const parent = asHandle(this.nodes[level - 1] ?? 0);
    const at = arena.offset(parent) + INNER_HEADER_BYTES + (this.slots[level - 1] ?? 0) * this.stride;
    arena.view(parent).setUint32(at + SLOT_CHILD, node, true);
  }

  /**
   * Makes room for an entry of `size` bytes where the leaf is full, by bytes or by position. True when the entry has a new leaf of its own
   * and the cursor stands where it is to be written; otherwise the leaf was split, and the place has to be looked for again.
   */
  private splitOrdered(size: number): boolean {
    const start = this.leafAt + LEAF_HEADER_BYTES;
    const end = this.packEnd;
    this.touch(0);
    if (this.entryAt === end || this.entryAt === start) {
      this.addLeaf(size, this.entryAt === start);
      return true;
    }
    let cut = start;
    let before = 0;
    // A large entry comes between two leaves, others into the smaller half.
    const goal = size * 2 > this.leafLimit ? this.entryAt : start + (end - start) / 2;
    for (; cut < goal; before++) cut = entryEnd(this.leafView, cut, this.valued, this.byPosition);
    if (cut === end) {
      cut = this.entryAt;
      before = this.entriesBefore(cut);
    }
    this.prepareParent();
    const right = this.newLeaf(end - cut);
    const { arena } = this.allocator;
    const rightAt = arena.offset(right);
    const { leafView: view } = this;
    const to = rightAt + LEAF_HEADER_BYTES;
    copyBytes(arena.view(right), arena.bytes(right), to, view, this.leafBytes, cut, end - cut);
    this.setLeaf(arena.view(right), rightAt, this.leafEntries - before, end - cut);
    this.setLeaf(view, this.leafAt, before, cut - start);
    const slotAt = this.insertSlot(right, arena.view(right).getUint16(rightAt + LEAF_ENTRIES, true), 1);
    this.writeSeparator(slotAt, arena.view(right), rightAt);
    this.trim();
    return false;
  }

  /** The same by hash; true also when all entries have the same hash, and the leaf has to grow. */
  private splitByHash(newHash: number, size: number): boolean {
    const view = this.leafView;
    const start = this.leafAt + LEAF_HEADER_BYTES;
    const end = this.packEnd;
    this.touch(0);
    const hashes: number[] = [];
    for (let at = start; at < end; at = entryEnd(view, at, this.valued, false)) hashes.push(this.hashAt(at));
    const sorted = hashes.slice().sort((a, b) => a - b);
    const least = sorted[0] ?? 0;
    const greatest = sorted[sorted.length - 1] ?? 0;
    if (newHash < least || newHash > greatest) {
      const inFront = newHash < least;
      const slotAt = this.addLeaf(size, inFront);
      this.innerView.setUint32(slotAt + (inFront ? this.stride : 0) + SLOT_KEY, inFront ? least : newHash, true);
      this.fresh = false;
      return true;
    }
    const separator = size * 2 > this.leafLimit ? separatorAfter(sorted, newHash) : separatorOf(sorted);
    if (separator < 0) {
      this.makeGap(size);
      return true;
    }
    let rightBytes = 0;
    let rightEntries = 0;
    for (let at = start, n = 0; at < end; n++) {
      const after = entryEnd(view, at, this.valued, false);
      if ((hashes[n] ?? 0) >= separator) {
        rightBytes += after - at;
        rightEntries++;
      }
      at = after;
    }
    this.prepareParent();
    const right = this.newLeaf(rightBytes);
    const { arena } = this.allocator;
    const rightAt = arena.offset(right);
    let to = rightAt + LEAF_HEADER_BYTES;
    let left = start;
    for (let at = start, n = 0; at < end; n++) {
      const after = entryEnd(view, at, this.valued, false);
      if ((hashes[n] ?? 0) >= separator) {
        copyBytes(arena.view(right), arena.bytes(right), to, view, this.leafBytes, at, after - at);
        to += after - at;
      } else {
        if (left !== at) this.leafBytes.copyWithin(left, at, after);
        left += after - at;
      }
      at = after;
    }
    this.setLeaf(arena.view(right), rightAt, rightEntries, rightBytes);
    this.setLeaf(view, this.leafAt, hashes.length - rightEntries, left - start);
    const slotAt = this.insertSlot(right, rightEntries, 1);
    this.innerView.setUint32(slotAt + SLOT_KEY, separator, true);
    this.trim();
    return false;
  }

  private setLeaf(view: DataView, at: number, entries: number, used: number): void {
    view.setUint16(at + LEAF_ENTRIES, entries, true);
    view.setUint32(at + LEAF_USED, used, true);
  }

  private entriesBefore(entry: number): number {
    if (this.entryBytes > 0) return (entry - this.leafAt - LEAF_HEADER_BYTES) / this.entryBytes;
    let count = 0;
    for (let at = this.leafAt + LEAF_HEADER_BYTES; at < entry; count++) {
      at = entryEnd(this.leafView, at, this.valued, this.byPosition);
    }
    return count;
  }

  private hashAt(entry: number): number {
    const length = readLength(this.leafView, entry);
    return this.hashOf(this.leafView, entry + lengthBytes(length), length);
  }

  /**
   * A new leaf for one entry of `size` bytes, beside the present one; the cursor stands where the entry is to be written. Answers the first of
   * the two leaves' slots (of `innerView`) whose separator has to be written: the new one's, or one stride on when it came in front.
   */
  private addLeaf(size: number, inFront: boolean): number {
    this.prepareParent();
    // Lists grow at their ends: such a leaf will be full soon.
    const leaf = this.newLeaf(this.byPosition ? Math.max(size, this.shape.leafBytes - LEAF_HEADER_BYTES) : size);
    const slotAt = this.insertSlot(leaf, 0, inFront ? 0 : 1);
    if (inFront) this.writeSeparator(slotAt + this.stride, this.leafView, this.leafAt);
    else this.slots[this.height - 1] = (this.slots[this.height - 1] ?? 0) + 1;
    this.enterLeaf(leaf);
    this.setLeaf(this.leafView, this.leafAt, 1, size);
    this.entryAt = this.leafAt + LEAF_HEADER_BYTES;
    this.touch(1);
    this.fresh = !inFront;
    return slotAt;
  }

  /** The separator of a leaf that has its first entry now. */
  private describeFresh(): void {
    this.fresh = false;
    const parent = asHandle(this.nodes[this.height - 1] ?? 0);
    const { arena } = this.allocator;
    this.innerView = arena.view(parent);
    const slotAt = arena.offset(parent) + INNER_HEADER_BYTES + (this.slots[this.height - 1] ?? 0) * this.stride;
    this.writeSeparator(slotAt, this.leafView, this.leafAt);
  }

  /** Makes the smallest key of a leaf the separator of a slot of `innerView` (ORDER_BYTES; otherwise nothing). */
  private writeSeparator(slotAt: number, leaf: DataView, leafAt: number): void {
    if (this.shape.order !== ORDER_BYTES) return;
    const length = readLength(leaf, leafAt + LEAF_HEADER_BYTES);
    const from = leafAt + LEAF_HEADER_BYTES + lengthBytes(length);
    for (let i = 0; i < SEPARATOR_BYTES; i++) {
      this.innerView.setUint8(slotAt + SLOT_KEY + i, i < length ? leaf.getUint8(from + i) : 0);
    }
  }

  // --- inner nodes

  /** Sees to it that the leaf's parent exists and takes one slot more without allocating. */
  private prepareParent(): void {
    if (this.height === 0) this.raise();
    this.makeRoom(1);
  }

  /** Room for one slot in the node `up` levels above the leaf. */
  private makeRoom(up: number): void {
    const { arena } = this.allocator;
    const node = asHandle(this.nodes[this.height - up] ?? 0);
    const children = arena.view(node).getUint16(arena.offset(node) + INNER_CHILDREN, true);
    if (children >= maxChildren(this.shape.order)) this.splitInner(up);
    else this.resizeInner(this.height - up, children + 1);
  }

  /** Gives the inner node at `level` of the way a block for `children` slots if its own is too small (or far too large). */
  private resizeInner(level: number, children: number): void {
    const { allocator } = this;
    const { arena } = allocator;
    const node = asHandle(this.nodes[level] ?? 0);
    const needed = INNER_HEADER_BYTES + children * this.stride;
    const capacity = allocator.capacity(node);
    if (needed <= capacity && (needed * 4 > capacity || capacity <= 512)) return;
    const at = arena.offset(node);
    const used = INNER_HEADER_BYTES + arena.view(node).getUint16(at + INNER_CHILDREN, true) * this.stride;
    const fresh = this.newBlock(
      Math.min(INNER_HEADER_BYTES + maxChildren(this.shape.order) * this.stride, needed + (needed >>> 1)),
    );
    copyBytes(
      arena.view(fresh),
      arena.bytes(fresh),
      arena.offset(fresh),
      arena.view(node),
      arena.bytes(node),
      at,
      used,
    );
    this.link(level, fresh);
    this.nodes[level] = fresh;
    this.freeBlock(node);
  }

  /** A new root above the present one. */
  private raise(): void {
    assert(this.height + 1 < MAX_HEIGHT, 'no collection is that large');
    const { rootView, rootAt } = this;
    const handle = this.newInner(this.height + 1, 4);
    const { arena } = this.allocator;
    const view = arena.view(handle);
    const at = arena.offset(handle);
    view.setUint16(at + INNER_CHILDREN, 1, true);
    const slotAt = at + INNER_HEADER_BYTES;
    view.setUint32(slotAt + SLOT_CHILD, rootView.getUint32(rootAt + ROOT_NODE, true), true);
    view.setUint32(slotAt + SLOT_PIECE, 0, true);
    view.setUint32(slotAt + SLOT_COUNT, rootView.getUint32(rootAt + ROOT_ENTRIES, true), true);
    for (let i = SLOT_KEY; i < this.stride; i += 4) view.setUint32(slotAt + i, 0, true);
    rootView.setUint32(rootAt + ROOT_NODE, handle, true);
    this.height++;
    rootView.setUint8(rootAt + ROOT_HEIGHT, this.height);
    this.nodes.copyWithin(1, 0, MAX_HEIGHT - 1);
    this.slots.copyWithin(1, 0, MAX_HEIGHT - 1);
    this.nodes[0] = handle;
    this.slots[0] = 0;
  }

  private newInner(level: number, children: number): Handle {
    const handle = this.newBlock(INNER_HEADER_BYTES + children * this.stride);
    const { arena } = this.allocator;
    arena.view(handle).setUint16(arena.offset(handle) + INNER_CHILDREN, 0, true);
    arena.view(handle).setUint16(arena.offset(handle) + INNER_LEVEL, level, true);
    arena.view(handle).setUint32(arena.offset(handle) + INNER_STRIDE, this.stride, true);
    return handle;
  }

  /** Splits the full inner node `up` levels above the leaf; the way goes on through the half that it needs, which has room for a slot. */
  private splitInner(up: number): void {
    if (this.height === up) this.raise();
    this.makeRoom(up + 1);
    const level = this.height - up;
    const { arena } = this.allocator;
    const { stride } = this;
    const node = asHandle(this.nodes[level] ?? 0);
    const view = arena.view(node);
    const at = arena.offset(node);
    const children = view.getUint16(at + INNER_CHILDREN, true);
    const slot = this.slots[level] ?? 0;
    // What grows at its end keeps full nodes behind it.
    const cut = slot === children - 1 ? children - 1 : children >>> 1;
    const right = this.newInner(up, Math.min(maxChildren(this.shape.order), children - cut + 8));
    const rightView = arena.view(right);
    const rightAt = arena.offset(right);
    const from = at + INNER_HEADER_BYTES + cut * stride;
    copyBytes(
      rightView,
      arena.bytes(right),
      rightAt + INNER_HEADER_BYTES,
      view,
      arena.bytes(node),
      from,
      (children - cut) * stride,
    );
    rightView.setUint16(rightAt + INNER_CHILDREN, children - cut, true);
    view.setUint16(at + INNER_CHILDREN, cut, true);
    let entries = 0;
    for (let n = 0; n < children - cut; n++) {
      entries += rightView.getUint32(rightAt + INNER_HEADER_BYTES + n * stride + SLOT_COUNT, true);
    }
    const slotAt = this.insertSlot(right, entries, 1, level - 1);
    for (let i = SLOT_KEY; i < stride; i += 4) {
      this.innerView.setUint32(slotAt + i, rightView.getUint32(rightAt + INNER_HEADER_BYTES + i, true), true);
    }
    if (slot >= cut) {
      this.nodes[level] = right;
      this.slots[level] = slot - cut;
      this.slots[level - 1] = (this.slots[level - 1] ?? 0) + 1;
    }
  }

  /**
   * Puts a node with `entries` entries behind (1) or in front of (0) the one that the way takes through the inner node at `level`,
   * whose entries they were. Answers the new slot's offset in `innerView`; its separator is undefined.
   */
  private insertSlot(child: Handle, entries: number, behind: 0 | 1, level = this.height - 1): number {
    const { arena } = this.allocator;
    const { stride } = this;
    const parent = asHandle(this.nodes[level] ?? 0);
    const view = arena.view(parent);
    const at = arena.offset(parent);
    const children = view.getUint16(at + INNER_CHILDREN, true);
    const oldAt = at + INNER_HEADER_BYTES + (this.slots[level] ?? 0) * stride;
    const slotAt = oldAt + behind * stride;
    moveBytes(view, arena.bytes(parent), slotAt + stride, slotAt, at + INNER_HEADER_BYTES + children * stride - slotAt);
    view.setUint16(at + INNER_CHILDREN, children + 1, true);
    if (behind === 1) view.setUint32(oldAt + SLOT_COUNT, view.getUint32(oldAt + SLOT_COUNT, true) - entries, true);
    view.setUint32(slotAt + SLOT_CHILD, child, true);
    view.setUint32(slotAt + SLOT_PIECE, 0, true);
    view.setUint32(slotAt + SLOT_COUNT, entries, true);
    this.innerView = view;
    return slotAt;
  }

  /** Frees the leaf, which is empty, and all above it that is empty then. Pieces of the way were dropped. */
  private dropLeaf(): void {
    this.freeBlock(this.leaf);
    this.dropSlot(this.height - 1);
  }

  /** Takes the way's slot out of the inner node at `level`; its child is freed already. */
  private dropSlot(level: number): void {
    const { rootView, rootAt, stride } = this;
    if (level < 0) {
      rootView.setUint32(rootAt + ROOT_NODE, 0, true);
      rootView.setUint8(rootAt + ROOT_HEIGHT, 0);
      this.height = 0;
      this.leaf = NULL_HANDLE;
      return;
    }
    const { arena } = this.allocator;
    const node = asHandle(this.nodes[level] ?? 0);
    const view = arena.view(node);
    const at = arena.offset(node);
    const children = view.getUint16(at + INNER_CHILDREN, true) - 1;
    if (children === 0) {
      this.freeBlock(node);
      this.dropSlot(level - 1);
      return;
    }
    const slotAt = at + INNER_HEADER_BYTES + (this.slots[level] ?? 0) * stride;
    const rest = at + INNER_HEADER_BYTES + children * stride - slotAt;
    moveBytes(view, arena.bytes(node), slotAt, slotAt + stride, rest);
    view.setUint16(at + INNER_CHILDREN, children, true);
    if (children * 4 < maxChildren(this.shape.order)) this.mergeInner(level, children);
    this.lower();
  }

  /** Takes away roots with a single child that is in RAM. */
  private lower(): void {
    const { rootView, rootAt } = this;
    const { arena } = this.allocator;
    for (;;) {
      const node = asHandle(rootView.getUint32(rootAt + ROOT_NODE, true));
      const height = rootView.getUint8(rootAt + ROOT_HEIGHT);
      if (height === 0 || node === NULL_HANDLE) break;
      const view = arena.view(node);
      const at = arena.offset(node);
      if (view.getUint16(at + INNER_CHILDREN, true) > 1) break;
      const slotAt = at + INNER_HEADER_BYTES;
      const child = view.getUint32(slotAt + SLOT_CHILD, true);
      if (child === NULL_HANDLE) break;
      // A root's node has no piece: it is written with the object.
      const piece = view.getUint32(slotAt + SLOT_PIECE, true);
      if (piece !== 0) this.host.dropPiece(piece);
      rootView.setUint32(rootAt + ROOT_NODE, child, true);
      rootView.setUint8(rootAt + ROOT_HEIGHT, height - 1);
      this.freeBlock(node);
    }
    this.height = rootView.getUint8(rootAt + ROOT_HEIGHT);
  }

  /** Joins the sparse inner node at `level` with a neighbour that is in RAM, or gives it a smaller block. */
  private mergeInner(level: number, children: number): void {
    const { arena } = this.allocator;
    const { stride } = this;
    const pair =
      level > 0
        ? this.neighbours(
            level - 1,
            (node) =>
              innerChildren(arena.view(node), arena.offset(node)) + children <= maxChildren(this.shape.order) * 0.75,
          )
        : undefined;
    if (pair === undefined) {
      this.resizeInner(level, children);
      return;
    }
    const { left, right, leftSlotAt, view } = pair;
    const leftView = arena.view(left);
    const leftAt = arena.offset(left);
    const rightView = arena.view(right);
    const rightAt = arena.offset(right);
    const leftChildren = innerChildren(leftView, leftAt);
    const rightChildren = innerChildren(rightView, rightAt);
    // Within the right node the first separator counted as the least; among others it is what the parent says.
    for (let i = SLOT_KEY; i < stride; i += 4) {
      rightView.setUint32(rightAt + INNER_HEADER_BYTES + i, view.getUint32(leftSlotAt + stride + i, true), true);
    }
    this.nodes[level] = left;
    this.slots[level - 1] = pair.slot;
    this.resizeInner(level, leftChildren + rightChildren);
    const joined = asHandle(this.nodes[level] ?? 0);
    const to = arena.offset(joined) + INNER_HEADER_BYTES + leftChildren * stride;
    copyBytes(
      arena.view(joined),
      arena.bytes(joined),
      to,
      rightView,
      arena.bytes(right),
      rightAt + INNER_HEADER_BYTES,
      rightChildren * stride,
    );
    arena.view(joined).setUint16(arena.offset(joined) + INNER_CHILDREN, leftChildren + rightChildren, true);
    this.joinSlots(view, leftSlotAt);
    this.freeBlock(right);
    this.slots[level - 1] = pair.slot + 1;
    this.dropSlot(level - 1);
  }

  /** Joins the sparse leaf with a neighbour that is in RAM. False when there is none that is small enough; else the cursor is nowhere. */
  private merge(): boolean {
    if (this.height === 0) return false;
    const { arena } = this.allocator;
    const used = this.leafUsed;
    const pair = this.neighbours(this.height - 1, (leaf) => {
      return arena.view(leaf).getUint32(arena.offset(leaf) + LEAF_USED, true) + used <= this.leafLimit * 0.75;
    });
    if (pair === undefined) return false;
    const { left, right, leftSlotAt, view, slot } = pair;
    const rightView = arena.view(right);
    const rightAt = arena.offset(right);
    const rightUsed = rightView.getUint32(rightAt + LEAF_USED, true);
    this.slots[this.height - 1] = slot;
    this.enterLeaf(left);
    const end = this.packEnd - this.leafAt;
    this.makeCapacity(end + rightUsed);
    copyBytes(
      this.leafView,
      this.leafBytes,
      this.leafAt + end,
      rightView,
      arena.bytes(right),
      rightAt + LEAF_HEADER_BYTES,
      rightUsed,
    );
    const entries = this.leafEntries + rightView.getUint16(rightAt + LEAF_ENTRIES, true);
    this.setLeaf(this.leafView, this.leafAt, entries, end - LEAF_HEADER_BYTES + rightUsed);
    this.joinSlots(view, leftSlotAt);
    this.freeBlock(right);
    this.slots[this.height - 1] = slot + 1;
    this.dropSlot(this.height - 1);
    return true;
  }

  /** The node at the way's slot of the inner node at `level`, and one beside it that `suits` and is in RAM. */
  private neighbours(level: number, suits: (node: Handle) => boolean): Pair | undefined {
    const { arena } = this.allocator;
    const parent = asHandle(this.nodes[level] ?? 0);
    const view = arena.view(parent);
    const at = arena.offset(parent) + INNER_HEADER_BYTES;
    const slot = this.slots[level] ?? 0;
    const children = innerChildren(view, at - INNER_HEADER_BYTES);
    const child = (n: number): Handle => asHandle(view.getUint32(at + n * this.stride + SLOT_CHILD, true));
    for (const other of [slot + 1, slot - 1]) {
      if (other < 0 || other >= children || child(other) === NULL_HANDLE || !suits(child(other))) continue;
      const first = Math.min(slot, other);
      return { left: child(first), right: child(first + 1), slot: first, view, leftSlotAt: at + first * this.stride };
    }
    return undefined;
  }

  /** The left of two slots takes over the entries of the right one; what is on disk of either is out of date. */
  private joinSlots(view: DataView, leftSlotAt: number): void {
    const rightSlotAt = leftSlotAt + this.stride;
    for (const slotAt of [leftSlotAt, rightSlotAt]) {
      const piece = view.getUint32(slotAt + SLOT_PIECE, true);
      if (piece !== 0) this.host.dropPiece(piece);
      view.setUint32(slotAt + SLOT_PIECE, 0, true);
    }
    const entries = view.getUint32(leftSlotAt + SLOT_COUNT, true) + view.getUint32(rightSlotAt + SLOT_COUNT, true);
    view.setUint32(leftSlotAt + SLOT_COUNT, entries, true);
  }
}

/** Two neighbouring nodes, and where their parent names them: `slot` is the left one's number. */
interface Pair {
  readonly left: Handle;
  readonly right: Handle;
  readonly slot: number;
  readonly view: DataView;
  readonly leftSlotAt: number;
}

function innerChildren(view: DataView, at: number): number {
  return view.getUint16(at + INNER_CHILDREN, true);
}

/** The hash that begins what comes after `hash`, so that a large entry has few turns to a leaf of its own; -1 when all are the same. */
function separatorAfter(sorted: readonly number[], hash: number): number {
  const greatest = sorted[sorted.length - 1] ?? 0;
  return sorted.find((other) => other > hash) ?? (greatest === sorted[0] ? -1 : greatest);
}

/** The hash that divides sorted hashes best, -1 when all are the same. */
function separatorOf(sorted: readonly number[]): number {
  const middle = sorted[sorted.length >>> 1] ?? 0;
  if (middle !== sorted[0]) return middle;
  return sorted.find((hash) => hash > middle) ?? -1;
}

/** The first four bytes of a key as a number that sorts as they do, -1 when there are fewer. */
function beginning(key: Slice): number {
  return key.length < 4 ? -1 : key.view.getUint32(key.at, false);
}

/** Four bytes of a key from `i` on, big endian, zeros behind its end. */
function wordOf(key: Slice, i: number): number {
  const left = key.length - i;
  if (left >= 4) return key.view.getUint32(key.at + i, false);
  let word = 0;
  for (let byte = 0; byte < 4; byte++) word = (word << 8) | (byte < left ? key.view.getUint8(key.at + i + byte) : 0);
  return word >>> 0;
}
