import type { Slice } from '../../../tiers/tree/slice.ts';
import type { KeyRef } from '../../keyspace/key-ref.ts';
import type { Collection } from '../collection/collection.ts';
import type { Collections } from '../collection/collections.ts';
import { GROUP_BYTES, GROUP_ENTRIES_READ, GROUP_LAST_ID, GROUP_NUMBER, namesShape, ROOT_GROUPS } from './layout.ts';
import type { Stream } from './stream.ts';
import { StreamId } from './stream-id.ts';

/** What a group does not know how many entries it has read. */
export const READ_UNKNOWN = -1n;

/**
 * The consumer groups of a stream. After `find`, `create`, `first` and `next` answered true, `number`, `lastId` and `entriesRead` are those
 * of one of them; `save` writes changes of the latter two back.
 */
export class Groups {
  number = 0;
  readonly lastId: StreamId = new StreamId();
  /** Entries of the stream that the group has read, READ_UNKNOWN when it cannot tell. */
  entriesRead = READ_UNKNOWN;
  private readonly groups: Collection;

  constructor(collections: Collections) {
    this.groups = collections.cursor(namesShape);
  }

  open(ref: KeyRef): this {
    this.groups.open(ref, ROOT_GROUPS);
    return this;
  }

  get count(): number {
    return this.groups.count;
  }

  find(name: Slice): boolean {
    return this.groups.find(name) && this.load();
  }

  first(): boolean {
    return this.groups.first() && this.load();
  }

  next(): boolean {
    return this.groups.next() && this.load();
  }

  /** Points `slice` at the group's name; good until the next change. */
  name(slice: Slice): Slice {
    return this.groups.key(slice);
  }

  /** Creates a group that does not exist. */
  create(stream: Stream, name: Slice, lastId: StreamId, entriesRead: bigint): void {
    const { groups } = this;
    groups.find(name);
    groups.insert(name, GROUP_BYTES);
    this.number = stream.takeGroupNumber();
    groups.leafView.setUint32(groups.valueAt + GROUP_NUMBER, this.number, true);
    this.lastId.assign(lastId);
    this.entriesRead = entriesRead;
    this.write();
  }

  /** Writes `lastId` and `entriesRead` of the group that was found last. */
  save(): void {
    this.write();
    this.groups.changed();
  }

  /** Removes the group that was found last; what belongs to it has to be removed before. */
  remove(): void {
    this.groups.remove();
  }

  private load(): boolean {
    const { leafView: view, valueAt } = this.groups;
    this.number = view.getUint32(valueAt + GROUP_NUMBER, true);
    this.lastId.copyFrom(view, valueAt + GROUP_LAST_ID);
    this.entriesRead = view.getBigInt64(valueAt + GROUP_ENTRIES_READ, true);
    return true;
  }

  private write(): void {
    const { leafView: view, valueAt } = this.groups;
    this.lastId.copyTo(view, valueAt + GROUP_LAST_ID);
    view.setBigInt64(valueAt + GROUP_ENTRIES_READ, this.entriesRead, true);
  }

  /** An entry was delivered to the group: moves its last id there if it was behind. True when it did. Source: redis 7.0.15. */
  deliver(stream: Stream, id: StreamId): boolean {
    if (id.compareTo(this.lastId) <= 0) return false;
    if (this.entriesRead !== READ_UNKNOWN && !stream.hasTombstonesFrom(id)) this.entriesRead++;
    else if (stream.entriesAdded !== 0n) this.entriesRead = stream.entriesUpTo(id);
    this.lastId.assign(id);
    return true;
  }

  /** Entries that the group has not read, -1 when that cannot be told. Source: redis 7.0.15. */
  lag(stream: Stream): bigint {
    const added = stream.entriesAdded;
    if (added === 0n) return 0n;
    if (this.entriesRead !== READ_UNKNOWN && !stream.hasTombstonesFrom(this.lastId)) {
      return BigInt.asIntN(64, added - this.entriesRead);
    }
    const read = stream.entriesUpTo(this.lastId);
    return read === READ_UNKNOWN ? NO_LAG : BigInt.asIntN(64, added - read);
  }
}

/** What `lag` answers when it cannot be told: no lag is so small. */
export const NO_LAG: bigint = -(2n ** 63n);
