import { copyBytes } from '../../../tiers/base/bytes.ts';
import { Slice } from '../../../tiers/tree/slice.ts';
import type { KeyRef } from '../../keyspace/key-ref.ts';
import type { Collection } from '../collection/collection.ts';
import type { Collections } from '../collection/collections.ts';
import { GroupKey, rankOf, reachGroup } from './group-keys.ts';
import {
  CONSUMER_ACTIVE,
  CONSUMER_NAME,
  CONSUMER_SEEN,
  namesShape,
  particularsShape,
  ROOT_CONSUMERS,
  ROOT_PARTICULARS,
} from './layout.ts';
import type { Stream } from './stream.ts';

/** What `find` answers for a name that no consumer has. */
export const NO_CONSUMER = -1;

/** The consumers of a stream's groups, by number and by name. */
export class Consumers {
  /** Of the consumer that `load` was called for: ms since 1970; -1 when it never was active. */
  seenMs = 0;
  activeMs = 0;
  private readonly names: Collection;
  private readonly particulars: Collection;
  private readonly key = new GroupKey();
  private readonly listed = new Slice();
  private readonly loaded = new Slice();
  private listedGroup = 0;

  constructor(collections: Collections) {
    this.names = collections.cursor(namesShape);
    this.particulars = collections.cursor(particularsShape);
  }

  open(ref: KeyRef): this {
    this.names.open(ref, ROOT_CONSUMERS);
    this.particulars.open(ref, ROOT_PARTICULARS);
    return this;
  }

  /** The number of a group's consumer, or NO_CONSUMER. */
  find(group: number, name: Slice): number {
    const { names } = this;
    return names.find(this.key.name(group, name)) ? names.leafView.getUint32(names.valueAt, true) : NO_CONSUMER;
  }

  /** Goes where `create` would write, and changes nothing. */
  lookForCreation(group: number): void {
    this.particulars.find(this.key.consumer(group, 0xffffffff));
  }

  /** Creates a consumer that does not exist; answers its number. */
  create(stream: Stream, group: number, name: Slice, nowMs: number): number {
    const { names, particulars, key } = this;
    const number = stream.takeConsumerNumber();
    const nameKey = key.name(group, name);
    names.find(nameKey);
    names.insert(nameKey, 4);
    names.leafView.setUint32(names.valueAt, number, true);
    const numberKey = key.consumer(group, number);
    particulars.find(numberKey);
    particulars.insert(numberKey, CONSUMER_NAME + name.length);
    const { leafView, leafBytes, valueAt } = particulars;
    leafView.setFloat64(valueAt + CONSUMER_SEEN, nowMs, true);
    leafView.setFloat64(valueAt + CONSUMER_ACTIVE, -1, true);
    copyBytes(leafView, leafBytes, valueAt + CONSUMER_NAME, name.view, name.bytes, name.at, name.length);
    return number;
  }

  /** Notes that a consumer was seen, and, unless -1, when it got something last. */
  touch(group: number, consumer: number, seenMs: number, activeMs: number): void {
    const { particulars } = this;
    if (!particulars.find(this.key.consumer(group, consumer))) return;
    particulars.leafView.setFloat64(particulars.valueAt + CONSUMER_SEEN, seenMs, true);
    if (activeMs >= 0) particulars.leafView.setFloat64(particulars.valueAt + CONSUMER_ACTIVE, activeMs, true);
    particulars.changed();
  }

  /** Reads when a consumer was seen and active; answers its name, good until the next call or change. */
  load(group: number, consumer: number): Slice {
    const { particulars } = this;
    if (!particulars.find(this.key.consumer(group, consumer))) {
      throw new Error(`consumer ${consumer} of group ${group} is not known`);
    }
    const { leafView, leafBytes, valueAt, valueLength } = particulars;
    this.seenMs = leafView.getFloat64(valueAt + CONSUMER_SEEN, true);
    this.activeMs = leafView.getFloat64(valueAt + CONSUMER_ACTIVE, true);
    return this.loaded.set(leafView, leafBytes, valueAt + CONSUMER_NAME, valueLength - CONSUMER_NAME);
  }

  remove(group: number, consumer: number, name: Slice): void {
    if (this.particulars.find(this.key.consumer(group, consumer))) this.particulars.remove();
    if (this.names.find(this.key.name(group, name))) this.names.remove();
  }

  /** Number of a group's consumers. */
  count(group: number): number {
    const begin = rankOf(this.particulars, this.key.group(group));
    return rankOf(this.particulars, this.key.group(group + 1)) - begin;
  }

  /** Goes to all consumers of a group before `removeAll`. */
  reachAll(group: number): void {
    for (const entries of [this.particulars, this.names]) reachGroup(entries, group, this.key);
  }

  /** Removes all consumers of a group. */
  removeAll(group: number): void {
    for (const entries of [this.particulars, this.names]) {
      const begin = rankOf(entries, this.key.group(group));
      entries.removeRange(begin, rankOf(entries, this.key.group(group + 1)) - begin);
    }
  }

  /** The first consumer of a group by name: its number, or NO_CONSUMER. */
  first(group: number): number {
    this.listedGroup = group;
    return this.names.lowerBound(this.key.group(group)) ? this.listedNumber() : NO_CONSUMER;
  }

  /** The consumer after the one that `first` or `next` answered. */
  next(): number {
    return this.names.next() ? this.listedNumber() : NO_CONSUMER;
  }

  /** Its name; good until the next change. */
  get name(): Slice {
    const { leafView, leafBytes, keyAt, keyLength } = this.names;
    return this.listed.set(leafView, leafBytes, keyAt + 4, keyLength - 4);
  }

  private listedNumber(): number {
    const { leafView, keyAt, valueAt } = this.names;
    return leafView.getUint32(keyAt, false) === this.listedGroup ? leafView.getUint32(valueAt, true) : NO_CONSUMER;
  }
}
