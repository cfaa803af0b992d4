import { assert } from '../base/assert.ts';
import { BUCKET_BYTES, BUCKET_ENTRIES, ENTRY_BYTES, MAX_DIRECTORY_DEPTH, MAX_PAGE_BUCKETS } from '../base/limits.ts';
import type { Allocator } from '../memory/allocator.ts';
import { asHandle, type Handle, NULL_HANDLE } from '../memory/handle.ts';
import { KIND_INDEX } from '../memory/layout.ts';
import { objectHasKey } from '../memory/object.ts';
import {
  COLD_CHECK_MASK,
  DESCRIPTOR_BYTES,
  ENTRY_TAG_MASK,
  ENTRY_TAG_SHIFT,
  INFO_BUCKETS_MASK,
  INFO_DEPTH_SHIFT,
  PAGE_OVERFLOW_SHIFT,
  SLOT_DEPTH,
  SLOT_ENTRIES,
  SLOT_ROOT,
  SLOT_ROOT_INFO,
  STATE_COLD,
  STATE_EMPTY,
  STATE_EXPIRY,
  STATE_MASK,
} from './layout.ts';
import {
  bucketsFor,
  clearPage,
  copyEntries,
  countSide,
  entrySpan,
  homeBucket,
  overflowCount,
  pageThreshold,
  pageUsed,
  placeInPage,
} from './page.ts';
import type { SlotTables } from './slot-tables.ts';

/**
 * One thread's hands on the shared index. Every method needs the slot's lock. A found or placed entry is at `entry` (byte offset)
 * of `view`; that location holds until the next `insert`, `remove` or `replace` in the same slot: `epoch` counts those, so whoever
 * keeps a location across other keys' changes compares it.
 */
export class SlotIndex {
  /** Where the last find or insert ended. */
  view: DataView;
  entry = 0;
  page: Handle = NULL_HANDLE;
  /** Grows whenever entries may have moved, or say something else than they did. */
  epoch = 0;

  private readonly slots: DataView;
  private readonly allocator: Allocator;
  /** The descriptor of the page last walked to: in the slot header or in a directory. */
  private descriptorView: DataView;
  private descriptorAt = 0;
  private pageAt = 0;
  private buckets = 0;
  private depth = 0;

  constructor(tables: SlotTables, allocator: Allocator) {
    this.slots = tables.view;
    this.allocator = allocator;
    this.view = tables.view;
    this.descriptorView = tables.view;
  }

  /**
   * Looks a key up. Answers word 1 of its entry (never 0), or 0 when the slot has none. A cold entry matches by 66 bits of hash,
   * any other by the key itself.
   */
  find(slotAt: number, position: number, check: number, key: DataView, keyStart: number, keyLength: number): number {
    if (!this.walk(slotAt, position)) return 0;
    const tag = position & ENTRY_TAG_MASK;
    const { view, pageAt, buckets } = this;
    const home = homeBucket(position >>> ENTRY_TAG_SHIFT, this.depth, buckets);
    let bucket = home;
    for (let tried = 0; tried < buckets; tried++) {
      const from = pageAt + bucket * BUCKET_BYTES;
      for (let at = from; at < from + BUCKET_BYTES; at += ENTRY_BYTES) {
        const word1 = view.getInt32(at + 4, true);
        if (((word1 ^ tag) & ENTRY_TAG_MASK) !== 0) continue;
        const state = word1 & STATE_MASK;
        if (state & 1) {
          const handle = asHandle(view.getUint32(at, true));
          const { arena } = this.allocator;
          if (!objectHasKey(arena.view(handle), arena.offset(handle), key, keyStart, keyLength)) continue;
        } else if (state !== STATE_COLD || ((view.getUint32(at, true) ^ check) & COLD_CHECK_MASK) !== 0) continue;
        this.entry = at;
        return word1;
      }
      if (((view.getUint32(pageAt, true) >>> (PAGE_OVERFLOW_SHIFT + bucket)) & 1) === 0) return 0;
      bucket = bucket + 1 === buckets ? 0 : bucket + 1;
    }
    return 0;
  }

  /** Finds the entry that holds an object's handle: the way from a queue's handle back to its key. */
  findHandle(slotAt: number, position: number, handle: Handle): number {
    if (!this.walk(slotAt, position)) return 0;
    const { view, pageAt, buckets } = this;
    let bucket = homeBucket(position >>> ENTRY_TAG_SHIFT, this.depth, buckets);
    for (let tried = 0; tried < buckets; tried++) {
      const from = pageAt + bucket * BUCKET_BYTES;
      for (let at = from === pageAt ? from + ENTRY_BYTES : from; at < from + BUCKET_BYTES; at += ENTRY_BYTES) {
        const word1 = view.getInt32(at + 4, true);
        if ((word1 & 1) === 0 || view.getUint32(at, true) !== handle) continue;
        this.entry = at;
        return word1;
      }
      if (((view.getUint32(pageAt, true) >>> (PAGE_OVERFLOW_SHIFT + bucket)) & 1) === 0) return 0;
      bucket = bucket + 1 === buckets ? 0 : bucket + 1;
    }
    return 0;
  }

  /**
   * Adds an entry, which must not be there yet; `expiryMs` >= 0 (cold entries only) adds the expiry entry behind it. False when
   * there is no memory for the page to grow: nothing has changed then.
   */
  insert(slotAt: number, position: number, word0: number, word1: number, expiryMs = -1): boolean {
    const span = expiryMs >= 0 ? 2 : 1;
    this.epoch++;
    for (let attempt = 0; ; attempt++) {
      if (!this.walk(slotAt, position) && !this.createPage(slotAt)) return false;
      const full = pageUsed(this.view, this.pageAt) + span > pageThreshold(this.buckets);
      const crowded = overflowCount(this.view, this.pageAt) * 4 > this.buckets * 3;
      if ((full || (crowded && attempt === 0)) && attempt < 4) {
        // Without memory to grow, the page is filled to its last entry before the insert fails.
        if (this.grow(slotAt, position, full ? 1 : 0)) continue;
      }
      const placed = placeInPage(this.view, this.pageAt, this.buckets, this.depth, position >>> ENTRY_TAG_SHIFT, span);
      if (placed === 0) {
        if (attempt < 4 && this.grow(slotAt, position, 1)) continue;
        return false;
      }
      this.entry = placed;
      this.view.setUint32(placed, word0, true);
      this.view.setUint32(placed + 4, word1, true);
      if (span === 2) writeExpiry(this.view, placed + ENTRY_BYTES, expiryMs);
      this.slots.setUint32(slotAt + SLOT_ENTRIES, this.slots.getUint32(slotAt + SLOT_ENTRIES, true) + span, true);
      return true;
    }
  }

  /** Goes back to an entry found before; its location must still hold (see `epoch`). */
  goTo(slotAt: number, position: number, entry: number): void {
    const there = this.walk(slotAt, position);
    assert(there && entry >= this.firstEntry && entry < this.endOfPage, 'an entry lies in the page of its position');
    this.entry = entry;
  }

  /** Removes the entry last found (and its expiry entry). Pages shrink when they become sparse. */
  remove(slotAt: number, position: number): void {
    this.epoch++;
    const { view, entry, pageAt } = this;
    const span = entrySpan(view.getUint32(entry + 4, true));
    for (let at = entry; at < entry + span * ENTRY_BYTES; at += 4) view.setUint32(at, 0, true);
    view.setUint32(pageAt, view.getUint32(pageAt, true) - span, true);
    const left = this.slots.getUint32(slotAt + SLOT_ENTRIES, true) - span;
    this.slots.setUint32(slotAt + SLOT_ENTRIES, left, true);
    if (left === 0) this.release(slotAt);
    else if (pageUsed(view, pageAt) * 3 < this.buckets * BUCKET_ENTRIES) this.shrink(slotAt, position);
  }

  /** Reads the expiry (ms) that follows the cold entry at `entry`. */
  expiryAfter(view: DataView, entry: number): number {
    const word1 = view.getUint32(entry + ENTRY_BYTES + 4, true);
    assert((word1 & STATE_MASK) === STATE_EXPIRY, 'a cold key that expires is followed by its expiry');
    return (word1 >>> 8) * 2 ** 32 + view.getUint32(entry + ENTRY_BYTES, true);
  }

  /** Removes the expiry entry behind the cold entry at `entry`; the caller changes the entry itself. */
  dropExpiry(slotAt: number): void {
    const { view, entry, pageAt } = this;
    assert((view.getUint32(entry + ENTRY_BYTES + 4, true) & STATE_MASK) === STATE_EXPIRY, 'there is an expiry to drop');
    view.setUint32(entry + ENTRY_BYTES, 0, true);
    view.setUint32(entry + ENTRY_BYTES + 4, 0, true);
    view.setUint32(pageAt, view.getUint32(pageAt, true) - 1, true);
    this.slots.setUint32(slotAt + SLOT_ENTRIES, this.slots.getUint32(slotAt + SLOT_ENTRIES, true) - 1, true);
  }

  /** Frees all pages of a slot; its entries are gone. */
  release(slotAt: number): void {
    const root = asHandle(this.slots.getUint32(slotAt + SLOT_ROOT, true));
    if (root === NULL_HANDLE) return;
    const depth = this.slots.getUint32(slotAt + SLOT_DEPTH, true);
    if (depth > 0) {
      const { arena } = this.allocator;
      const view = arena.view(root);
      const at = arena.offset(root);
      let previous: Handle = NULL_HANDLE;
      for (let i = 0; i < 2 ** depth; i++) {
        const page = asHandle(view.getUint32(at + i * DESCRIPTOR_BYTES, true));
        if (page !== previous) this.allocator.free(page, KIND_INDEX);
        previous = page;
      }
    }
    this.allocator.free(root, KIND_INDEX);
    this.slots.setUint32(slotAt + SLOT_ROOT, 0, true);
    this.slots.setUint32(slotAt + SLOT_ROOT_INFO, 0, true);
    this.slots.setUint32(slotAt + SLOT_DEPTH, 0, true);
    this.slots.setUint32(slotAt + SLOT_ENTRIES, 0, true);
    this.epoch++;
  }

  /**
   * Goes to the page that holds `position`; false when the slot has no page. Public for those that visit whole pages: afterwards
   * `view`, `entries()` describe it.
   */
  walk(slotAt: number, position: number): boolean {
    const { slots } = this;
    const depth = slots.getUint32(slotAt + SLOT_DEPTH, true);
    const root = asHandle(slots.getUint32(slotAt + SLOT_ROOT, true));
    if (root === NULL_HANDLE) return false;
    const { arena } = this.allocator;
    if (depth === 0) {
      this.descriptorView = slots;
      this.descriptorAt = slotAt + SLOT_ROOT;
    } else {
      this.descriptorView = arena.view(root);
      this.descriptorAt = arena.offset(root) + (position >>> (32 - depth)) * DESCRIPTOR_BYTES;
    }
    this.page = asHandle(this.descriptorView.getUint32(this.descriptorAt, true));
    const info = this.descriptorView.getUint32(this.descriptorAt + 4, true);
    this.buckets = info & INFO_BUCKETS_MASK;
    this.depth = info >>> INFO_DEPTH_SHIFT;
    this.view = arena.view(this.page);
    this.pageAt = arena.offset(this.page);
    return true;
  }

  /** Byte offsets [from, to) of the entries of the page last walked to. */
  get firstEntry(): number {
    return this.pageAt + ENTRY_BYTES;
  }

  get endOfPage(): number {
    return this.pageAt + this.buckets * BUCKET_BYTES;
  }

  /** First position after the page last walked to; 2^32 after the last page of the slot. */
  nextPagePosition(position: number): number {
    const size = 2 ** (32 - this.depth);
    return Math.floor((position >>> 0) / size) * size + size;
  }

  private createPage(slotAt: number): boolean {
    const handle = this.allocator.allocate(BUCKET_BYTES, KIND_INDEX);
    if (handle === NULL_HANDLE) return false;
    clearPage(this.allocator.arena.view(handle), this.allocator.arena.offset(handle), 1);
    this.slots.setUint32(slotAt + SLOT_ROOT, handle, true);
    this.slots.setUint32(slotAt + SLOT_ROOT_INFO, 1, true);
    this.slots.setUint32(slotAt + SLOT_DEPTH, 0, true);
    return this.walk(slotAt, 0);
  }

  /** Rebuilds the page last walked to as small as its content needs, if that is smaller. */
  private shrink(slotAt: number, position: number): void {
    if (bucketsFor(pageUsed(this.view, this.pageAt) + 2) < this.buckets) this.grow(slotAt, position, -1);
  }

  /** Rebuilds the page last walked to, larger (1), as large (0) or as small as its content needs (-1). Bounded: one page. */
  private grow(slotAt: number, position: number, direction: number): boolean {
    const used = pageUsed(this.view, this.pageAt);
    if (direction > 0 && this.buckets === MAX_PAGE_BUCKETS) return this.split(slotAt, position);
    const step = this.buckets < 10 ? 1 : 2;
    const wanted = direction < 0 ? bucketsFor(used + 2) : Math.min(MAX_PAGE_BUCKETS, this.buckets + direction * step);
    for (let buckets = wanted; buckets <= MAX_PAGE_BUCKETS; buckets++) {
      const built = this.build(buckets, this.depth, -1, 0);
      if (built === NULL_HANDLE) return false;
      if (built !== UNFIT) {
        this.allocator.free(this.page, KIND_INDEX);
        this.describe(slotAt, position, this.depth, built, buckets);
        return true;
      }
    }
    return this.split(slotAt, position);
  }

  /** A new page with the current one's entries (of one side of a split): NULL_HANDLE without memory, UNFIT when too small. */
  private build(buckets: number, depth: number, splitBit: number, side: number): Handle {
    const handle = this.allocator.allocate(buckets * BUCKET_BYTES, KIND_INDEX);
    if (handle === NULL_HANDLE) return NULL_HANDLE;
    const { arena } = this.allocator;
    const to = arena.view(handle);
    if (copyEntries(this.view, this.pageAt, this.buckets, to, arena.offset(handle), buckets, depth, splitBit, side))
      return handle;
    this.allocator.free(handle, KIND_INDEX);
    return UNFIT;
  }

  /** Replaces the page last walked to by two, each with half of its positions. The directory doubles when it has to. */
  private split(slotAt: number, position: number): boolean {
    const { depth } = this;
    if (depth >= MAX_DIRECTORY_DEPTH) return false;
    const old = this.page;
    const halves: Handle[] = [];
    const sizes: number[] = [];
    for (let side = 0; side < 2; side++) {
      const entries = countSide(this.view, this.pageAt, this.buckets, depth, side);
      let handle: Handle = UNFIT;
      let buckets = bucketsFor(entries + 4);
      for (; handle === UNFIT && buckets <= MAX_PAGE_BUCKETS; buckets++)
        handle = this.build(buckets, depth + 1, depth, side);
      assert(handle !== UNFIT, 'half a page fits a page');
      if (handle === NULL_HANDLE) {
        for (const half of halves) this.allocator.free(half, KIND_INDEX);
        return false;
      }
      halves.push(handle);
      sizes.push(buckets - 1);
    }
    if (depth === this.slots.getUint32(slotAt + SLOT_DEPTH, true) && !this.doubleDirectory(slotAt)) {
      for (const half of halves) this.allocator.free(half, KIND_INDEX);
      return false;
    }
    this.allocator.free(old, KIND_INDEX);
    const size = 2 ** (32 - depth);
    const start = Math.floor((position >>> 0) / size) * size;
    halves.forEach((half, side) => {
      this.describe(slotAt, start + side * (size / 2), depth + 1, half, sizes[side] ?? 0);
    });
    return true;
  }

  private doubleDirectory(slotAt: number): boolean {
    const depth = this.slots.getUint32(slotAt + SLOT_DEPTH, true);
    const larger = this.allocator.allocate(2 ** (depth + 1) * DESCRIPTOR_BYTES, KIND_INDEX);
    if (larger === NULL_HANDLE) return false;
    const { arena } = this.allocator;
    const to = arena.view(larger);
    const toAt = arena.offset(larger);
    const root = asHandle(this.slots.getUint32(slotAt + SLOT_ROOT, true));
    const from = depth === 0 ? this.slots : arena.view(root);
    const fromAt = depth === 0 ? slotAt + SLOT_ROOT : arena.offset(root);
    for (let i = 0; i < 2 ** (depth + 1); i++) {
      const source = fromAt + (i >>> 1) * DESCRIPTOR_BYTES;
      to.setUint32(toAt + i * DESCRIPTOR_BYTES, from.getUint32(source, true), true);
      to.setUint32(toAt + i * DESCRIPTOR_BYTES + 4, from.getUint32(source + 4, true), true);
    }
    if (depth > 0) this.allocator.free(root, KIND_INDEX);
    this.slots.setUint32(slotAt + SLOT_ROOT, larger, true);
    this.slots.setUint32(slotAt + SLOT_DEPTH, depth + 1, true);
    return true;
  }

  /** Writes a page's descriptor everywhere it stands, and goes there. */
  private describe(slotAt: number, position: number, depth: number, page: Handle, buckets: number): void {
    const info = buckets | (depth << INFO_DEPTH_SHIFT);
    const directoryDepth = this.slots.getUint32(slotAt + SLOT_DEPTH, true);
    if (directoryDepth === 0) {
      this.slots.setUint32(slotAt + SLOT_ROOT, page, true);
      this.slots.setUint32(slotAt + SLOT_ROOT_INFO, info, true);
    } else {
      const root = asHandle(this.slots.getUint32(slotAt + SLOT_ROOT, true));
      const { arena } = this.allocator;
      const view = arena.view(root);
      const copies = 2 ** (directoryDepth - depth);
      const first = depth === 0 ? 0 : (position >>> (32 - depth)) * copies;
      for (let at = arena.offset(root) + first * DESCRIPTOR_BYTES, i = 0; i < copies; i++, at += DESCRIPTOR_BYTES) {
        view.setUint32(at, page, true);
        view.setUint32(at + 4, info, true);
      }
    }
    this.walk(slotAt, position);
  }
}

/** Not a handle: the page that was tried was too small. Handles never reach it, for a page occupies 4 granules at least. */
const UNFIT = 0xffffffff as Handle;

function writeExpiry(view: DataView, at: number, expiryMs: number): void {
  view.setUint32(at, expiryMs >>> 0, true);
  view.setUint32(at + 4, ((Math.floor(expiryMs / 2 ** 32) << 8) | STATE_EXPIRY) >>> 0, true);
}

/** Whether an entry's word 1 is a key's (and not empty, and not an expiry). */
export function isKeyEntry(word1: number): boolean {
  const state = word1 & STATE_MASK;
  return state !== STATE_EMPTY && state !== STATE_EXPIRY;
}
