import { assert } from '../base/assert.ts';
import type { Allocator } from '../memory/allocator.ts';
import type { Arena } from '../memory/arena.ts';
import { asHandle, type Handle, NULL_HANDLE } from '../memory/handle.ts';
import { AT_INTERESTS, KIND_OTHER } from '../memory/layout.ts';
import type { SharedMemory } from '../memory/shared-memory.ts';
import { KeyHasher, readSeed } from './hash.ts';
import {
  INTEREST_BLOCKED,
  INTEREST_KINDS,
  INTEREST_TRACKED,
  INTEREST_WATCH,
  type InterestKind,
  NODE_BYTES,
  NODE_CHECK,
  NODE_FIRST,
  NODE_LAST_BLOCKED,
  NODE_NEXT,
  NODE_POSITION,
  RECORD_BYTES,
  RECORD_CHANGED,
  RECORD_DATA,
  RECORD_ID,
  RECORD_KIND,
  RECORD_NEXT,
  RECORD_NODE,
  RECORD_PREVIOUS,
  RECORD_SORT,
  RECORD_THREAD,
} from './interest-layout.ts';
import { COLD_CHECK_MASK, ENTRY_TAG_MASK, SLOT_INTEREST } from './layout.ts';
import type { SlotTables } from './slot-tables.ts';

/** A key with clients that wait for it, and that was changed by this thread. Its slot is unlocked by the time somebody looks at it. */
export interface ReadyKey {
  readonly slotAt: number;
  readonly position: number;
  readonly check: number;
}

/** A TRACKED record that is gone because its key changed. Its `data` belongs to whoever takes it from the list. */
export interface Invalidation {
  readonly thread: number;
  readonly id: number;
  readonly data: Handle;
}

/** A key that changes often within one command is noted once, if it is among the last so many. */
const RECENT = 8;

/**
 * One thread's hands on interest records. Every method that takes a slot header's offset needs that slot's lock (or the exclusive lock).
 * A record belongs to a key of a database, which need not exist; it survives FLUSHDB and SWAPDB (see interest-moves.ts), so its owner keeps
 * database, slot and handle, and asks for the header anew each time.
 */
export class Interests {
  /** Keys with BLOCKED records that this thread changed; whoever serves the clients empties it. */
  ready: ReadyKey[] = [];
  /** TRACKED records whose keys this thread changed; likewise. */
  invalidations: Invalidation[] = [];
  readonly hasher: KeyHasher;
  private readonly slots: DataView;
  private readonly allocator: Allocator;
  private readonly arena: Arena;
  private readonly counts: Int32Array;

  constructor(memory: SharedMemory, tables: SlotTables, allocator: Allocator) {
    this.hasher = new KeyHasher(readSeed(memory));
    this.slots = tables.view;
    this.allocator = allocator;
    this.arena = allocator.arena;
    this.counts = new Int32Array(memory.control, AT_INTERESTS, INTEREST_KINDS.length);
  }

  /** Number of records of all threads, of one kind or of all. */
  count(kind?: InterestKind): number {
    if (kind !== undefined) return Atomics.load(this.counts, kind);
    let sum = 0;
    for (const each of INTEREST_KINDS) sum += Atomics.load(this.counts, each);
    return sum;
  }

  /**
   * A new record for the key, of this thread; of its kind the last one that will be told. NULL_HANDLE, with nothing changed, when there is no
   * memory. `sort`, `id` and `data` are the owner's own (see interest-layout.ts).
   */
  add(
    slotAt: number,
    position: number,
    check: number,
    kind: InterestKind,
    id: number,
    data: Handle = NULL_HANDLE,
    sort = 0,
  ): Handle {
    const { allocator, arena } = this;
    const record = allocator.allocate(RECORD_BYTES, KIND_OTHER);
    if (record === NULL_HANDLE) return NULL_HANDLE;
    const node = this.nodeOf(slotAt, position, check) || this.addNode(slotAt, position, check);
    if (node === NULL_HANDLE) {
      allocator.free(record, KIND_OTHER);
      return NULL_HANDLE;
    }
    const view = arena.view(record);
    const at = arena.offset(record);
    view.setUint32(at + RECORD_NODE, node, true);
    view.setUint8(at + RECORD_KIND, kind);
    view.setUint8(at + RECORD_CHANGED, 0);
    view.setUint8(at + RECORD_THREAD, allocator.thread);
    view.setUint8(at + RECORD_SORT, sort);
    view.setFloat64(at + RECORD_ID, id, true);
    view.setUint32(at + RECORD_DATA, data, true);
    if (kind === INTEREST_BLOCKED) this.linkLast(node, record);
    else this.linkFirst(node, record, kind);
    Atomics.add(this.counts, kind, 1);
    return record;
  }

  /** Ends an interest. Its data is the caller's to free. */
  remove(slotAt: number, record: Handle): void {
    const { arena, allocator } = this;
    const view = arena.view(record);
    const at = arena.offset(record);
    const kind = view.getUint8(at + RECORD_KIND);
    const node = asHandle(view.getUint32(at + RECORD_NODE, true));
    const next = asHandle(view.getUint32(at + RECORD_NEXT, true));
    const previous = asHandle(view.getUint32(at + RECORD_PREVIOUS, true));
    const nodeView = arena.view(node);
    const nodeAt = arena.offset(node);
    if (previous === NULL_HANDLE) nodeView.setUint32(nodeAt + NODE_FIRST + kind * 4, next, true);
    else this.setField(previous, RECORD_NEXT, next);
    if (next !== NULL_HANDLE) this.setField(next, RECORD_PREVIOUS, previous);
    else if (kind === INTEREST_BLOCKED) nodeView.setUint32(nodeAt + NODE_LAST_BLOCKED, previous, true);
    allocator.free(record, KIND_OTHER);
    Atomics.sub(this.counts, kind, 1);
    if (this.isUnused(node)) this.removeNode(slotAt, node);
  }

  /** Whether a WATCH record's key has changed since the record was made. Mind that it may change until its slot is locked. */
  isChanged(record: Handle): boolean {
    return this.arena.view(record).getUint8(this.arena.offset(record) + RECORD_CHANGED) !== 0;
  }

  /** Whether a client waits for a value of this sort in the key. */
  hasWaiters(slotAt: number, position: number, check: number, sort: number): boolean {
    for (let at = this.firstWaiter(slotAt, position, check); at !== NULL_HANDLE; at = this.next(at)) {
      if (this.sortOf(at) === sort) return true;
    }
    return false;
  }

  /** The BLOCKED record that has waited for the key longest, or NULL_HANDLE; `next` has the others. */
  firstWaiter(slotAt: number, position: number, check: number): Handle {
    const node = this.nodeOf(slotAt, position, check);
    return node === NULL_HANDLE ? NULL_HANDLE : this.firstOf(node, INTEREST_BLOCKED);
  }

  next(record: Handle): Handle {
    return this.field(record, RECORD_NEXT);
  }

  threadOf(record: Handle): number {
    return this.arena.view(record).getUint8(this.arena.offset(record) + RECORD_THREAD);
  }

  sortOf(record: Handle): number {
    return this.arena.view(record).getUint8(this.arena.offset(record) + RECORD_SORT);
  }

  idOf(record: Handle): number {
    return this.arena.view(record).getFloat64(this.arena.offset(record) + RECORD_ID, true);
  }

  dataOf(record: Handle): Handle {
    return this.field(record, RECORD_DATA);
  }

  /** The key changed. Only worth a call when SLOT_INTEREST of the slot is not 0. */
  touched(slotAt: number, position: number, check: number): void {
    const node = this.nodeOf(slotAt, position, check);
    if (node !== NULL_HANDLE) this.touchNode(slotAt, node);
  }

  /** The same for who has the key's bytes only. */
  touchedName(slotAt: number, key: DataView, keyStart: number, keyLength: number): void {
    const { hasher } = this;
    hasher.hash(key, keyStart, keyLength);
    this.touched(slotAt, hasher.position, hasher.check);
  }

  /** The same for who has nothing but a COLD entry. */
  touchedCold(slotAt: number, word0: number, word1: number): void {
    for (let node = this.firstNode(slotAt); node !== NULL_HANDLE; node = this.nextNode(node)) {
      const sameTag = ((this.position(node) ^ word1) & ENTRY_TAG_MASK) === 0;
      if (!sameTag || ((this.check(node) ^ word0) & COLD_CHECK_MASK) !== 0) continue;
      this.touchNode(slotAt, node);
      return;
    }
  }

  /** Tells everybody who is interested in the node's key. It may be gone afterwards. */
  touchNode(slotAt: number, node: Handle): void {
    for (let record = this.firstOf(node, INTEREST_WATCH); record !== NULL_HANDLE; record = this.next(record)) {
      this.arena.view(record).setUint8(this.arena.offset(record) + RECORD_CHANGED, 1);
    }
    if (this.firstOf(node, INTEREST_BLOCKED) !== NULL_HANDLE) this.noteReady(slotAt, node);
    let record = this.firstOf(node, INTEREST_TRACKED);
    while (record !== NULL_HANDLE) {
      const next = this.next(record);
      this.invalidations.push({ thread: this.threadOf(record), id: this.idOf(record), data: this.dataOf(record) });
      this.remove(slotAt, record);
      record = next;
    }
  }

  firstNode(slotAt: number): Handle {
    return asHandle(this.slots.getUint32(slotAt + SLOT_INTEREST, true));
  }

  nextNode(node: Handle): Handle {
    return this.field(node, NODE_NEXT);
  }

  position(node: Handle): number {
    return this.field(node, NODE_POSITION) | 0;
  }

  check(node: Handle): number {
    return this.field(node, NODE_CHECK) | 0;
  }

  /** First record of a node's kind. */
  firstOf(node: Handle, kind: InterestKind): Handle {
    return this.field(node, NODE_FIRST + kind * 4);
  }

  private noteReady(slotAt: number, node: Handle): void {
    const { ready } = this;
    const position = this.position(node);
    const check = this.check(node);
    for (let i = ready.length - 1; i >= Math.max(0, ready.length - RECENT); i--) {
      const key = ready[i];
      if (key?.slotAt === slotAt && key.position === position && key.check === check) return;
    }
    ready.push({ slotAt, position, check });
  }

  private nodeOf(slotAt: number, position: number, check: number): Handle {
    let node = this.firstNode(slotAt);
    while (node !== NULL_HANDLE && (this.position(node) !== position || this.check(node) !== check)) {
      node = this.nextNode(node);
    }
    return node;
  }

  private addNode(slotAt: number, position: number, check: number): Handle {
    const { allocator, arena, slots } = this;
    const node = allocator.allocate(NODE_BYTES, KIND_OTHER);
    if (node === NULL_HANDLE) return NULL_HANDLE;
    const view = arena.view(node);
    const at = arena.offset(node);
    for (let offset = 0; offset < NODE_BYTES; offset += 4) view.setUint32(at + offset, 0, true);
    view.setUint32(at + NODE_NEXT, this.firstNode(slotAt), true);
    view.setInt32(at + NODE_POSITION, position, true);
    view.setInt32(at + NODE_CHECK, check, true);
    slots.setUint32(slotAt + SLOT_INTEREST, node, true);
    return node;
  }

  private isUnused(node: Handle): boolean {
    const view = this.arena.view(node);
    const at = this.arena.offset(node) + NODE_FIRST;
    return (view.getUint32(at, true) | view.getUint32(at + 4, true) | view.getUint32(at + 8, true)) === 0;
  }

  private removeNode(slotAt: number, node: Handle): void {
    const next = this.nextNode(node);
    let before = this.firstNode(slotAt);
    if (before === node) this.slots.setUint32(slotAt + SLOT_INTEREST, next, true);
    else {
      while (this.nextNode(before) !== node) {
        before = this.nextNode(before);
        assert(before !== NULL_HANDLE, 'a record is removed from the slot that it hangs from');
      }
      this.setField(before, NODE_NEXT, next);
    }
    this.allocator.free(node, KIND_OTHER);
  }

  private linkFirst(node: Handle, record: Handle, kind: InterestKind): void {
    const first = this.firstOf(node, kind);
    this.setField(record, RECORD_PREVIOUS, NULL_HANDLE);
    this.setField(record, RECORD_NEXT, first);
    if (first !== NULL_HANDLE) this.setField(first, RECORD_PREVIOUS, record);
    this.setField(node, NODE_FIRST + kind * 4, record);
  }

  private linkLast(node: Handle, record: Handle): void {
    const last = this.field(node, NODE_LAST_BLOCKED);
    this.setField(record, RECORD_PREVIOUS, last);
    this.setField(record, RECORD_NEXT, NULL_HANDLE);
    if (last === NULL_HANDLE) this.setField(node, NODE_FIRST + INTEREST_BLOCKED * 4, record);
    else this.setField(last, RECORD_NEXT, record);
    this.setField(node, NODE_LAST_BLOCKED, record);
  }

  private field(block: Handle, offset: number): Handle {
    return asHandle(this.arena.view(block).getUint32(this.arena.offset(block) + offset, true));
  }

  private setField(block: Handle, offset: number, value: Handle): void {
    this.arena.view(block).setUint32(this.arena.offset(block) + offset, value, true);
  }
}
