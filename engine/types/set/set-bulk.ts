import type { Slice } from '../../../tiers/tree/slice.ts';
import { type KeyRef, VALUE_SET } from '../../keyspace/key-ref.ts';
import type { Bulk } from '../collection/bulk.ts';
import { ENCODING_HASHTABLE, ENCODING_INTSET, MAX_INTSET_ENTRIES } from './encodings.ts';
import { isInteger } from './set-builder.ts';

/** A set that is collected aside, sorted, and put in a key's place at once. What was said of `Bulk` holds. */
export class SetBulk {
  private readonly bulk: Bulk;

  constructor(bulk: Bulk) {
    this.bulk = bulk;
  }

  begin(): this {
    this.bulk.begin(VALUE_SET);
    return this;
  }

  /** Adds a member, whether it is there or not. */
  add(member: Slice): void {
    this.bulk.add(member);
  }

  /** When all are in: how many came more than once. */
  dropRepeated(): number {
    return this.bulk.dropRepeated();
  }

  /** Number of members. */
  get size(): number {
    return this.bulk.count;
  }

  /** Makes it the key's value: an intset if it has integers only, and no more than `intsetEntries`. Not a change that counts. */
  place(ref: KeyRef, intsetEntries: number, expiryMs?: number): void {
    const { bulk } = this;
    const isIntset = bulk.count <= Math.min(intsetEntries, MAX_INTSET_ENTRIES) && bulk.every(isInteger);
    bulk.place(ref, isIntset ? ENCODING_INTSET : ENCODING_HASHTABLE, expiryMs);
  }

  discard(): void {
    this.bulk.discard();
  }
}
