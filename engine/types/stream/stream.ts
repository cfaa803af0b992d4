import { assert } from '../../../tiers/base/assert.ts';
import type { KeyRef } from '../../keyspace/key-ref.ts';
import type { Collection } from '../collection/collection.ts';
import type { Collections } from '../collection/collections.ts';
import { EntryWalk } from './entry-walk.ts';
import {
  META_ADDED_HIGH,
  META_ADDED_LOW,
  META_FIRST_ID,
  META_LAST_ID,
  META_LENGTH,
  META_MAX_DELETED_ID,
  META_NEXT_CONSUMER,
  META_NEXT_GROUP,
  nodesShape,
  ROOT_NODES,
} from './layout.ts';
import { NODE_DELETED, NODE_ENTRIES } from './node-layout.ts';
import { type EntryDraft, markDeleted, nodeListpackBytes } from './node-writer.ts';
import { radixNodes } from './radix-nodes.ts';
import { StreamId } from './stream-id.ts';

/** Redis's largest listpack in a stream: what a node of unlimited size may have, and one entry. */
export const MAX_LISTPACK_BYTES = 2 ** 30;

/** When a node is full: `stream-node-max-bytes` and `stream-node-max-entries`, 0 for no limit. */
export interface NodeLimits {
  readonly streamNodeBytes: number;
  readonly streamNodeEntries: number;
}

/** One stream's entries and what it knows of itself. `open` it for the running command (slot locked, value in RAM). */
export class Stream {
  /** A copy, as of `open` or the last change through this class. */
  readonly lastId: StreamId = new StreamId();
  private readonly first = new StreamId();
  private readonly maxDeleted = new StreamId();
  readonly nodes: Collection;
  /** Finds and visits entries; shares its cursor with everything that changes the stream. */
  readonly walk: EntryWalk;
  private readonly collections: Collections;
  private meta: DataView = new DataView(new ArrayBuffer(0));
  private at = 0;

  constructor(collections: Collections) {
    this.collections = collections;
    this.nodes = collections.cursor(nodesShape);
    this.walk = new EntryWalk(this.nodes);
  }

  open(ref: KeyRef): this {
    const { view, at } = this.collections.meta(ref);
    this.meta = view;
    this.at = at;
    this.lastId.copyFrom(view, at + META_LAST_ID);
    this.nodes.open(ref, ROOT_NODES);
    return this;
  }

  /** Entries, without deleted ones. */
  get length(): number {
    return this.meta.getFloat64(this.at + META_LENGTH, true);
  }

  set length(value: number) {
    this.meta.setFloat64(this.at + META_LENGTH, value, true);
  }

  /** Entries ever added, as XSETID may have set it. Counts on from 2^63 - 1 to -2^63, as Redis shows it. */
  get entriesAdded(): bigint {
    const high = this.meta.getInt32(this.at + META_ADDED_HIGH, true);
    return (BigInt(high) << 32n) | BigInt(this.meta.getUint32(this.at + META_ADDED_LOW, true));
  }

  set entriesAdded(value: bigint) {
    this.meta.setUint32(this.at + META_ADDED_LOW, Number(value & 0xffffffffn), true);
    this.meta.setUint32(this.at + META_ADDED_HIGH, Number((value >> 32n) & 0xffffffffn), true);
  }

  /** The first entry's id, 0-0 without entries; and the greatest that XDEL deleted. Copies, good until they are asked for again. */
  get firstId(): StreamId {
    return this.first.copyFrom(this.meta, this.at + META_FIRST_ID);
  }

  get maxDeletedId(): StreamId {
    return this.maxDeleted.copyFrom(this.meta, this.at + META_MAX_DELETED_ID);
  }

  setLastId(id: StreamId): void {
    this.lastId.assign(id).copyTo(this.meta, this.at + META_LAST_ID);
  }

  setFirstId(id: StreamId): void {
    id.copyTo(this.meta, this.at + META_FIRST_ID);
  }

  setMaxDeletedId(id: StreamId): void {
    id.copyTo(this.meta, this.at + META_MAX_DELETED_ID);
  }

  /** Numbers for a new group and a new consumer. */
  takeGroupNumber(): number {
    return this.take(META_NEXT_GROUP);
  }

  takeConsumerNumber(): number {
    return this.take(META_NEXT_CONSUMER);
  }

  private take(field: number): number {
    const number = this.meta.getUint32(this.at + field, true);
    this.meta.setUint32(this.at + field, number + 1, true);
    return number;
  }

  /** Appends the entry that the draft describes; its id is greater than `lastId`. */
  append(draft: EntryDraft, id: StreamId, limits: NodeLimits): void {
    const { nodes, meta, at } = this;
    if (nodes.last() && !this.isFull(draft.textBytes, limits)) {
      draft.fitTo(nodes.leafView, nodes.valueAt, nodes.keyAt, id);
      const before = nodes.valueLength;
      nodes.resizeValue(before + draft.bytes);
      draft.write(nodes.leafView, nodes.leafBytes, nodes.valueAt, nodes.valueAt + before, id);
    } else this.beginNode(draft, id);
    const length = this.length + 1;
    this.length = length;
    const added = (meta.getUint32(at + META_ADDED_LOW, true) + 1) >>> 0;
    meta.setUint32(at + META_ADDED_LOW, added, true);
    if (added === 0) meta.setUint32(at + META_ADDED_HIGH, meta.getUint32(at + META_ADDED_HIGH, true) + 1, true);
    this.setLastId(id);
    if (length === 1) this.setFirstId(id);
  }

  /** Begins a node with the entry, whatever there is. */
  beginNode(draft: EntryDraft, id: StreamId): void {
    const { nodes } = this;
    // A node of deleted entries may have this key: after XSETID ids may come again.
    if (nodes.find(id.slice)) {
      nodes.remove();
      nodes.find(id.slice);
    }
    nodes.insert(id.slice, draft.beginBytes);
    draft.begin(nodes.leafView, nodes.leafBytes, nodes.valueAt, id);
  }

  /**
   * Puts the entry that the draft describes behind all others, in a node as it was elsewhere: for whoever reads a whole stream. Length and ids
   * are to be set by the caller.
   */
  load(draft: EntryDraft, id: StreamId, beginsNode: boolean, deleted: boolean): void {
    const { nodes } = this;
    let entryAt = draft.firstEntryAt;
    if (beginsNode) this.beginNode(draft, id);
    else {
      nodes.last();
      draft.fitTo(nodes.leafView, nodes.valueAt, nodes.keyAt, id);
      entryAt = nodes.valueLength;
      nodes.resizeValue(entryAt + draft.bytes);
      draft.write(nodes.leafView, nodes.leafBytes, nodes.valueAt, nodes.valueAt + entryAt, id);
    }
    if (deleted) markDeleted(nodes.leafView, nodes.valueAt, nodes.valueAt + entryAt);
  }

  /** Whether Redis would begin a new node for an entry of `textBytes` bytes rather than add it to the one at the cursor. */
  private isFull(textBytes: number, { streamNodeBytes, streamNodeEntries }: NodeLimits): boolean {
    const { leafView: view, valueAt } = this.nodes;
    const most = streamNodeBytes === 0 ? MAX_LISTPACK_BYTES : Math.min(streamNodeBytes, MAX_LISTPACK_BYTES);
    if (nodeListpackBytes(view, valueAt) + textBytes >= most) return true;
    if (streamNodeEntries === 0) return false;
    const entries = view.getUint32(valueAt + NODE_ENTRIES, true) + view.getUint32(valueAt + NODE_DELETED, true);
    return entries >= streamNodeEntries;
  }

  /** Nodes that Redis's radix tree of the nodes' ids would have (XINFO STREAM); a guess for long streams. */
  radixNodes(): number {
    return radixNodes(this.nodes);
  }

  /** Deletes an entry; false when there is none. The first id is left to `refreshFirstId`. */
  delete(id: StreamId): boolean {
    const { nodes, walk } = this;
    if (!walk.find(id)) return false;
    if (nodes.leafView.getUint32(nodes.valueAt + NODE_ENTRIES, true) === 1) nodes.remove();
    else {
      markDeleted(nodes.leafView, nodes.valueAt, walk.entry.entryAt);
      nodes.changed();
    }
    this.length--;
    return true;
  }

  /** After deletions at its beginning: what the first id is now, 0-0 when nothing is left. */
  refreshFirstId(): void {
    if (this.length === 0) this.setFirstId(zero);
    else {
      const found = this.walk.firstId(this.first);
      assert(found, 'a stream with a length has a first entry');
      this.setFirstId(this.first);
    }
  }

  /**
   * Whether something in the range from `start` to the end was deleted: then counts of entries read say nothing about what is left to read.
   */
  hasTombstonesFrom(start: StreamId): boolean {
    const { maxDeletedId } = this;
    if (this.length === 0 || maxDeletedId.isZero) return false;
    if (this.firstId.compareTo(maxDeletedId) > 0) return false;
    return start.compareTo(maxDeletedId) <= 0;
  }

  /** How many entries were added up to and with `id`, as far as that can be told; -1 when it cannot. Source: redis 7.0.15. */
  entriesUpTo(id: StreamId): bigint {
    const added = this.entriesAdded;
    if (added === 0n) return 0n;
    const toLast = id.compareTo(this.lastId);
    if (this.length === 0 && toLast <= 0) return added;
    if (toLast === 0) return added;
    if (toLast > 0) return -1n;
    const { maxDeletedId, firstId } = this;
    if (maxDeletedId.isZero || maxDeletedId.compareTo(firstId) < 0) {
      const toFirst = id.compareTo(firstId);
      if (toFirst < 0) return added - BigInt(this.length);
      if (toFirst === 0) return added - BigInt(this.length) + 1n;
    }
    return -1n;
  }
}

const zero = new StreamId();
