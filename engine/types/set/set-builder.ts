import { parseInt64 } from '../../../protocol/text/numbers.ts';
import { Slice } from '../../../tiers/tree/slice.ts';
import { type KeyRef, VALUE_SET } from '../../keyspace/key-ref.ts';
import type { Scratch } from '../collection/scratch.ts';
import { ENCODING_HASHTABLE, ENCODING_INTSET, MAX_INTSET_ENTRIES } from './encodings.ts';

/** Whether Redis would keep these bytes as an integer. */
export function isInteger(member: Slice): boolean {
  return parseInt64(member.bytes, member.at, member.length) !== undefined;
}

/** A set that is built aside and then becomes a key's value. What was said of `Scratch` holds. */
export class SetBuilder {
  private readonly scratch: Scratch;
  private readonly member = new Slice();
  private intsetEntries = 0;
  private encoding = ENCODING_INTSET;

  constructor(scratch: Scratch) {
    this.scratch = scratch;
  }

  /** Begins an empty set; it is an intset while it has integers only, and never more than `intsetEntries`. */
  begin(intsetEntries: number): this {
    this.scratch.begin(VALUE_SET);
    this.intsetEntries = Math.min(intsetEntries, MAX_INTSET_ENTRIES);
    this.encoding = ENCODING_INTSET;
    return this;
  }

  get size(): number {
    return this.scratch.tree.count;
  }

  /** False when the member was there. */
  add(member: Slice): boolean {
    const { tree } = this.scratch;
    if (tree.find(member)) return false;
    tree.insert(member);
    if (this.encoding === ENCODING_INTSET && (tree.count > this.intsetEntries || !isInteger(member))) {
      this.encoding = ENCODING_HASHTABLE;
    }
    return true;
  }

  remove(member: Slice): boolean {
    const { tree } = this.scratch;
    if (!tree.find(member)) return false;
    tree.remove();
    return true;
  }

  /** Calls `visit` for each member; it may not add or remove any. */
  visit(visit: (member: Slice) => void): void {
    const { tree } = this.scratch;
    const { member } = this;
    for (let more = tree.first(); more; more = tree.next()) {
      visit(member.set(tree.leafView, tree.leafBytes, tree.keyAt, tree.keyLength));
    }
  }

  /** Makes it the key's value. Not a change that counts. */
  place(ref: KeyRef, expiryMs?: number): void {
    this.scratch.place(ref, this.encoding, expiryMs);
  }

  discard(): void {
    this.scratch.discard();
  }
}
