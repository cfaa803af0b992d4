import { assert } from '../../../tiers/base/assert.ts';
import type { KeyRef } from '../../keyspace/key-ref.ts';
import type { Collection } from '../collection/collection.ts';
import type { Collections } from '../collection/collections.ts';
import { GroupKey, rankOf, reachGroup, readInt64, writeInt64 } from './group-keys.ts';
import { IdList } from './id-list.ts';
import {
  ownedShape,
  PENDING_BYTES,
  PENDING_CONSUMER,
  PENDING_DELIVERIES,
  PENDING_TIME,
  pendingShape,
  ROOT_OWNED,
  ROOT_PENDING,
} from './layout.ts';
import { StreamId } from './stream-id.ts';

/**
 * Entries that were delivered to consumers and not acknowledged, of all groups of a stream. After `find`, `seek`, `next` and `add`, `id`,
 * `consumer`, `timeMs` and `deliveries` are those of one of them.
 */
export class Pending {
  readonly id: StreamId = new StreamId();
  consumer = 0;
  /** When it was delivered last, ms since 1970. */
  timeMs = 0;
  deliveries: number | bigint = 0;
  private readonly pending: Collection;
  private readonly owned: Collection;
  private readonly key = new GroupKey();
  private readonly ids = new IdList();
  private group = 0;
  private owner = 0;

  constructor(collections: Collections) {
    this.pending = collections.cursor(pendingShape);
    this.owned = collections.cursor(ownedShape);
  }

  open(ref: KeyRef): this {
    this.pending.open(ref, ROOT_PENDING);
    this.owned.open(ref, ROOT_OWNED);
    return this;
  }

  find(group: number, id: StreamId): boolean {
    this.group = group;
    return this.pending.find(this.key.pending(group, id)) && this.load();
  }

  /** The same once a command has begun to remove some: it looked for the entry before. */
  findLoaded(group: number, id: StreamId): boolean {
    this.group = group;
    return this.pending.findLoaded(this.key.pending(group, id)) && this.load();
  }

  /** The first of a group from `id` on. */
  seek(group: number, id: StreamId): boolean {
    this.group = group;
    return this.pending.lowerBound(this.key.pending(group, id)) && this.loadOfGroup();
  }

  next(): boolean {
    return this.pending.next() && this.loadOfGroup();
  }

  /** The last of a group. */
  last(group: number): boolean {
    this.group = group;
    const beyond = this.pending.lowerBound(this.key.group(group + 1));
    return (beyond ? this.pending.previous() : this.pending.last()) && this.loadOfGroup();
  }

  /** The id of a consumer's first from `id` on, into `this.id`; the rest is left to `find`. */
  seekOwned(group: number, consumer: number, id: StreamId): boolean {
    this.group = group;
    this.owner = consumer;
    return this.owned.lowerBound(this.key.owned(group, consumer, id)) && this.loadOwned();
  }

  nextOwned(): boolean {
    return this.owned.next() && this.loadOwned();
  }

  count(group: number): number {
    const begin = rankOf(this.pending, this.key.group(group));
    return rankOf(this.pending, this.key.group(group + 1)) - begin;
  }

  countOwned(group: number, consumer: number): number {
    const begin = rankOf(this.owned, this.key.consumer(group, consumer));
    return rankOf(this.owned, this.key.consumer(group, consumer + 1)) - begin;
  }

  /** Goes where changes of an entry, and of what its owner and `consumer` own, take place; changes nothing. */
  look(group: number, id: StreamId, consumer: number): boolean {
    const found = this.find(group, id);
    if (found) this.owned.find(this.key.owned(group, this.consumer, id));
    if (consumer >= 0) this.owned.find(this.key.owned(group, consumer, id));
    return found;
  }

  /** Adds one that is not there: `find` just said so. */
  add(group: number, id: StreamId, consumer: number, timeMs: number, deliveries: number | bigint): void {
    this.pending.insert(this.key.pending(group, id), PENDING_BYTES);
    this.write(consumer, timeMs, deliveries);
    this.own(group, consumer, id);
  }

  /** Changes the one that was found last, and its owner with it. */
  assign(consumer: number, timeMs: number, deliveries: number | bigint): void {
    const before = this.consumer;
    this.write(consumer, timeMs, deliveries);
    this.pending.changed();
    if (before === consumer) return;
    this.id.copyFrom(this.pending.leafView, this.pending.keyAt + 4);
    this.disown(this.group, before, this.id);
    this.own(this.group, consumer, this.id);
  }

  /** Removes the one that was found last. */
  remove(): void {
    this.disown(this.group, this.consumer, this.id);
    this.pending.remove();
  }

  /** Removes all of a consumer; answers how many there were. */
  removeOwned(group: number, consumer: number): number {
    const { ids, owned } = this;
    ids.clear();
    for (let more = this.seekOwned(group, consumer, least); more; more = this.nextOwned()) ids.push(this.id);
    if (ids.count === 0) return 0;
    for (let n = 0; n < ids.count; n++) this.find(group, ids.get(n, this.id));
    const begin = rankOf(owned, this.key.consumer(group, consumer));
    for (let n = 0; n < ids.count; n++) {
      const found = this.find(group, ids.get(n, this.id));
      assert(found, 'what a consumer owns is pending');
      this.pending.remove();
    }
    owned.removeRange(begin, ids.count);
    return ids.count;
  }

  /** Goes to all of a group before `removeAll`. */
  reachAll(group: number): void {
    for (const entries of [this.pending, this.owned]) reachGroup(entries, group, this.key);
  }

  /** Removes all of a group. */
  removeAll(group: number): void {
    for (const entries of [this.pending, this.owned]) {
      const begin = rankOf(entries, this.key.group(group));
      entries.removeRange(begin, rankOf(entries, this.key.group(group + 1)) - begin);
    }
  }

  private own(group: number, consumer: number, id: StreamId): void {
    const key = this.key.owned(group, consumer, id);
    if (!this.owned.find(key)) this.owned.insert(key);
  }

  private disown(group: number, consumer: number, id: StreamId): void {
    const found = this.owned.find(this.key.owned(group, consumer, id));
    assert(found, 'what is pending has an owner');
    this.owned.remove();
  }

  private load(): boolean {
    const { leafView: view, keyAt, valueAt } = this.pending;
    this.id.copyFrom(view, keyAt + 4);
    this.consumer = view.getUint32(valueAt + PENDING_CONSUMER, true);
    this.timeMs = view.getFloat64(valueAt + PENDING_TIME, true);
    this.deliveries = readInt64(view, valueAt + PENDING_DELIVERIES);
    return true;
  }

  private loadOfGroup(): boolean {
    const { leafView, keyAt } = this.pending;
    return leafView.getUint32(keyAt, false) === this.group && this.load();
  }

  private loadOwned(): boolean {
    const { leafView: view, keyAt } = this.owned;
    if (view.getUint32(keyAt, false) !== this.group || view.getUint32(keyAt + 4, false) !== this.owner) return false;
    this.id.copyFrom(view, keyAt + 8);
    return true;
  }

  private write(consumer: number, timeMs: number, deliveries: number | bigint): void {
    const { leafView: view, valueAt } = this.pending;
    view.setUint32(valueAt + PENDING_CONSUMER, consumer, true);
    view.setFloat64(valueAt + PENDING_TIME, timeMs, true);
    writeInt64(view, valueAt + PENDING_DELIVERIES, deliveries);
    this.consumer = consumer;
    this.timeMs = timeMs;
    this.deliveries = deliveries;
  }
}

const least = new StreamId();
