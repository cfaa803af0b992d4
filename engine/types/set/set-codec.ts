import { BadRdb } from '../../../protocol/rdb/errors.ts';
import type { RdbOutput } from '../../../protocol/rdb/output.ts';
import type { ByteSpan } from '../../../protocol/rdb/span.ts';
import { SetWriter } from '../../../protocol/rdb/values/set-writer.ts';
import { IGNORE, type RdbVisitor } from '../../../protocol/rdb/values/visitor.ts';
import type { CollectionLimits } from '../../config/collection-limits.ts';
import type { KeyRef } from '../../keyspace/key-ref.ts';
import type { ValueCodec } from '../codec.ts';
import { Headroom } from '../collection/headroom.ts';
import { SET_SHAPE } from './encodings.ts';
import { SetBulk } from './set-bulk.ts';
import type { SharedSets } from './shared-sets.ts';

/** Sets to RDB values and back. */
export class SetCodec implements ValueCodec {
  private readonly sets: SharedSets;
  private readonly bulk: SetBulk;
  private readonly headroom: Headroom;
  private readonly visitor: RdbVisitor;
  private intsetEntries = 0;

  constructor(sets: SharedSets) {
    this.sets = sets;
    this.bulk = new SetBulk(sets.collections.bulk(SET_SHAPE));
    this.headroom = new Headroom(sets.collections);
    this.visitor = { ...IGNORE, setMember: (member) => this.add(member) };
  }

  save(ref: KeyRef, output: RdbOutput): void {
    const { sets } = this;
    const writer = new SetWriter(output, sets.size(ref), sets.isIntset(ref) ? 'intset' : 'hashtable');
    sets.visit(ref, (member) => writer.add(member.bytes, member.at, member.length));
    writer.end();
  }

  begin(_rdbType: number, limits: CollectionLimits): RdbVisitor {
    this.bulk.begin();
    this.intsetEntries = limits.intsetEntries;
    this.headroom.begin();
    return this.visitor;
  }

  private add(member: ByteSpan): void {
    this.headroom.take(member.length);
    this.bulk.add(member);
  }

  place(ref: KeyRef, expiryMs: number): void {
    if (this.bulk.dropRepeated() > 0) throw new BadRdb('duplicate', 'a member');
    this.bulk.place(ref, this.intsetEntries, expiryMs);
    this.sets.changed(ref, 1);
  }

  discard(): void {
    this.bulk.discard();
  }
}
