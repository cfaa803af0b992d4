import type { Request } from '../../../protocol/resp/request.ts';
import type { ReplyWriter } from '../../../protocol/resp/writer.ts';
import { copyBytes, equalBytes } from '../../../tiers/base/bytes.ts';
import { LEAF_HEADER_BYTES, ORDER_POSITION, type TreeShape } from '../../../tiers/tree/layout.ts';
import { Slice } from '../../../tiers/tree/slice.ts';
import { type KeyRef, VALUE_LIST } from '../../keyspace/key-ref.ts';
import type { Collection } from '../collection/collection.ts';
import type { Collections } from '../collection/collections.ts';
import { ListBuilder } from '../collection/list-builder.ts';
import { EXPIRY_NONE } from '../string/string-values.ts';
import { replyRun } from './reply-run.ts';

/** Ends of a list. */
export const HEAD = 0;
export const TAIL = 1;
export type Side = typeof HEAD | typeof TAIL;

/**
 * Leaves of 1 KiB, header included: what a push or pop at the head moves is half of one, and full ones fill their block. Of 4 KiB they would save
 * 1.5% of RAM.
 */
export const listShape: TreeShape = {
  order: ORDER_POSITION,
  valued: false,
  fixedKeys: false,
  leafBytes: 1024 - LEAF_HEADER_BYTES,
};

/** Redis 7.0 has one encoding for lists. */
export const ENCODING_QUICKLIST = 0;

/**
 * Lists in shared memory. Methods need the key's slot locked and its value in RAM; types were checked by the caller. Positions count from 0
 * and lie within the list. Those that change the list and may empty it leave the rest to the caller, see `removed` in commands/list.
 */
export class SharedLists {
  readonly collections: Collections;
  private readonly cursor: Collection;
  /** The other list of a command that moves entries. */
  private readonly target: Collection;
  /** For lists that are written aside. */
  readonly builder: ListBuilder;
  private readonly slice = new Slice();
  private readonly scratch = new Uint8Array(4096);
  private readonly scratchView = new DataView(this.scratch.buffer);

  constructor(collections: Collections) {
    this.collections = collections;
    this.cursor = collections.cursor(listShape);
    this.target = collections.cursor(listShape);
    this.builder = new ListBuilder(collections, listShape);
  }

  /** The list's entries, by position: good until another method of this class is called. */
  open(ref: KeyRef): Collection {
    return this.cursor.open(ref);
  }

  encodingName(): string {
    return 'quicklist';
  }

  /** Number of elements; 0 for a missing key. */
  length(ref: KeyRef): number {
    return ref.exists ? this.cursor.open(ref).count : 0;
  }

  /** Creates the key, or replaces what it holds, with an empty list without expiry. The caller fills it. */
  create(ref: KeyRef): void {
    this.collections.create(ref, VALUE_LIST, ENCODING_QUICKLIST);
  }

  /**
   * Makes the key, whatever it was, a list of `count` elements (at least one) of `bytes` bytes in all, without expiry. Throws errors.oom with the
   * key unchanged. Not a change that counts: `collections.changed` does.
   */
  build(ref: KeyRef, count: number, bytes: number, element: (n: number) => Slice): void {
    this.collections.reserve(bytes + count * 2);
    const { builder } = this;
    builder.begin();
    try {
      for (let n = 0; n < count; n++) builder.add(element(n));
      builder.place(ref, ENCODING_QUICKLIST, EXPIRY_NONE);
    } catch (error) {
      builder.discard();
      throw error;
    }
  }

  /** Adds one element; not yet a change that is marked (`collections.changed`). */
  push(ref: KeyRef, side: Side, element: Slice): void {
    const cursor = this.cursor.open(ref);
    cursor.insertAt(side === HEAD ? 0 : cursor.count, element);
  }

  /** Adds a request's arguments from number `from` on, creating the list if need be; answers the new length. */
  pushArguments(ref: KeyRef, side: Side, request: Request, from: number): number {
    const { collections, cursor, slice } = this;
    const { bytes, count, view } = request;
    collections.reserve(request.end(count - 1) - request.start(from));
    if (!ref.exists) this.create(ref);
    cursor.open(ref);
    for (let i = from; i < count; i++) {
      slice.set(view, bytes, request.start(i), request.length(i));
      cursor.insertAt(side === HEAD ? 0 : cursor.count, slice);
    }
    collections.changed(ref, count - from);
    return cursor.count;
  }

  /** Writes the element at an end, and removes it. The list has more than one. */
  pop(ref: KeyRef, side: Side, reply: ReplyWriter): void {
    const cursor = this.cursor.open(ref);
    if (side === HEAD) cursor.first();
    else cursor.last();
    reply.bulkFrom(cursor.leafView, cursor.leafBytes, cursor.keyAt, cursor.keyLength);
    cursor.remove();
  }

  /** Writes `count` elements as bulk strings, from number `from` on: forwards, or backwards from there. */
  replyRange(ref: KeyRef, from: number, count: number, backwards: boolean, reply: ReplyWriter): void {
    const cursor = this.cursor.open(ref);
    if (count === 0 || !cursor.seek(from)) return;
    let left = count;
    if (backwards) {
      do reply.bulkFrom(cursor.leafView, cursor.leafBytes, cursor.keyAt, cursor.keyLength);
      while (--left > 0 && cursor.previous());
      return;
    }
    do left -= replyRun(reply, cursor.leafView, cursor.leafBytes, cursor.entryStart, cursor.leafEnd, left);
    while (left > 0 && cursor.nextLeaf());
  }

  /** Removes `count` elements from number `from` on. */
  removeRange(ref: KeyRef, from: number, count: number): void {
    if (count > 0) this.cursor.open(ref).removeRange(from, count);
  }

  /** Before several removals: sees to it that none of them finds its elements on disk when others are gone already. */
  reach(ref: KeyRef, from: number, count: number): void {
    if (count > 0) this.cursor.open(ref).reach(from, count);
  }

  /** Replaces an element. */
  set(ref: KeyRef, position: number, element: Slice): void {
    const cursor = this.cursor.open(ref);
    cursor.seek(position);
    if (cursor.keyLength === element.length) {
      cursor.overwriteKey(element);
    } else {
      // The new one first: both places are in the leaf that was just seen, and without memory nothing has changed.
      cursor.insertAt(position, element);
      cursor.seek(position + 1);
      cursor.remove();
    }
    this.collections.changed(ref);
  }

  /** Inserts `element` in front of (0) or behind (1) the first one that equals `pivot`; false when there is none. */
  insertBeside(ref: KeyRef, pivot: Slice, behind: 0 | 1, element: Slice): boolean {
    const cursor = this.cursor.open(ref);
    let position = 0;
    for (let there = cursor.first(); there; there = cursor.next(), position++) {
      if (!holds(cursor, pivot)) continue;
      cursor.insertAt(position + behind, element);
      this.collections.changed(ref);
      return true;
    }
    return false;
  }

  /** Calls `visit` with the positions of elements that equal `element`, from an end on, until it answers false. Looks at `most` elements. */
  search(ref: KeyRef, element: Slice, from: Side, most: number, visit: (position: number) => boolean): void {
    const cursor = this.cursor.open(ref);
    const step = from === HEAD ? 1 : -1;
    let position = from === HEAD ? 0 : cursor.count - 1;
    let there = from === HEAD ? cursor.first() : cursor.last();
    for (let left = most; there && left > 0; left--) {
      if (holds(cursor, element) && !visit(position)) return;
      position += step;
      there = from === HEAD ? cursor.next() : cursor.previous();
    }
  }

  /** Removes up to `most` elements that equal `element`, from an end on; answers how many. */
  removeEqual(ref: KeyRef, element: Slice, from: Side, most: number): number {
    // Also finds out whether everything is there before anything changes.
    if (!this.cursor.open(ref).isFlat && this.countEqual(ref, element, from, most) === 0) return 0;
    return from === HEAD ? this.removeForwards(ref, element, most) : this.removeBackwards(ref, element, most);
  }

  private countEqual(ref: KeyRef, element: Slice, from: Side, most: number): number {
    let count = 0;
    this.search(ref, element, from, Number.POSITIVE_INFINITY, () => ++count < most);
    return count;
  }

  private removeForwards(ref: KeyRef, element: Slice, most: number): number {
    const cursor = this.cursor.open(ref);
    let removed = 0;
    let position = 0;
    for (let there = cursor.first(); there && removed < most; ) {
      if (holds(cursor, element)) {
        removed++;
        there = cursor.remove() || cursor.seek(position);
      } else {
        position++;
        there = cursor.next();
      }
    }
    return removed;
  }

  private removeBackwards(ref: KeyRef, element: Slice, most: number): number {
    const cursor = this.cursor.open(ref);
    let removed = 0;
    let position = cursor.count - 1;
    for (let there = cursor.last(); there && removed < most; position--) {
      if (holds(cursor, element)) {
        removed++;
        there = cursor.remove() ? cursor.previous() : cursor.seek(position - 1);
      } else there = cursor.previous();
    }
    return removed;
  }

  /**
   * Writes the element at one end of a list, and puts it at an end of another, which is created if need be. Whoever calls removes it
   * from the first one (`dropEnd`, or the key) after looking that up again.
   */
  copyEnd(from: KeyRef, fromSide: Side, to: KeyRef, toSide: Side, reply: ReplyWriter): void {
    const { cursor, slice, target } = this;
    cursor.open(from);
    if (fromSide === HEAD) cursor.first();
    else cursor.last();
    cursor.key(slice);
    this.collections.reserve(slice.length);
    if (!to.exists) this.create(to);
    target.open(to);
    target.insertAt(toSide === HEAD ? 0 : target.count, slice);
    reply.bulkFrom(slice.view, slice.bytes, slice.at, slice.length);
  }

  /** Removes the element at an end. */
  dropEnd(ref: KeyRef, side: Side): void {
    const cursor = this.cursor.open(ref);
    if (side === HEAD) cursor.first();
    else cursor.last();
    cursor.remove();
  }

  /** A copy of the element at the cursor, good until the next one. */
  private copyOfElement(): Slice {
    const { cursor, scratch, scratchView } = this;
    const { keyAt, keyLength, leafBytes, leafView } = cursor;
    if (keyLength > scratch.length) return Slice.of(leafBytes.slice(keyAt, keyAt + keyLength));
    copyBytes(scratchView, scratch, 0, leafView, leafBytes, keyAt, keyLength);
    return this.slice.set(scratchView, scratch, 0, keyLength);
  }

  /** Writes the element at one end of a list, and moves it to the other end (or leaves it there). */
  rotate(ref: KeyRef, from: Side, to: Side, reply: ReplyWriter): void {
    const cursor = this.cursor.open(ref);
    if (from === HEAD) cursor.first();
    else cursor.last();
    reply.bulkFrom(cursor.leafView, cursor.leafBytes, cursor.keyAt, cursor.keyLength);
    if (from !== to && cursor.count > 1) {
      const element = this.copyOfElement();
      this.collections.reserve(element.length);
      cursor.insertAt(to === HEAD ? 0 : cursor.count, element);
      if (from === HEAD) cursor.first();
      else cursor.last();
      cursor.remove();
    }
    this.collections.changed(ref);
  }
}

function holds(cursor: Collection, element: Slice): boolean {
  const { length } = element;
  return cursor.keyLength === length && equalBytes(cursor.leafView, cursor.keyAt, element.view, element.at, length);
}
