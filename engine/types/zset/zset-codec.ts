import { BadRdb } from '../../../protocol/rdb/errors.ts';
import type { RdbOutput } from '../../../protocol/rdb/output.ts';
import type { ByteSpan } from '../../../protocol/rdb/span.ts';
import { TYPE_ZSET, TYPE_ZSET_2 } from '../../../protocol/rdb/types.ts';
import { IGNORE, type RdbVisitor } from '../../../protocol/rdb/values/visitor.ts';
import { ZsetWriter } from '../../../protocol/rdb/values/zset-writer.ts';
import type { CollectionLimits } from '../../config/collection-limits.ts';
import type { KeyRef } from '../../keyspace/key-ref.ts';
import type { ValueCodec } from '../codec.ts';
import { Headroom } from '../collection/headroom.ts';
import { ScoredMembers } from './scored-members.ts';
import type { SharedSortedSets } from './shared-sorted-sets.ts';

/** Of a member, beside its bytes. */
const SCORED_BYTES = 32;

/** Sorted sets to RDB values and back. */
export class ZsetCodec implements ValueCodec {
  private readonly zsets: SharedSortedSets;
  private readonly headroom: Headroom;
  private readonly visitor: RdbVisitor;
  private members = new ScoredMembers();
  private mostMembers = 0;
  private longestAllowed = 0;

  constructor(zsets: SharedSortedSets) {
    this.zsets = zsets;
    this.headroom = new Headroom(zsets.collections);
    this.visitor = { ...IGNORE, zsetMember: (member, score) => this.add(member, score) };
  }

  /** Redis writes a skiplist from its end, and finds it easiest to read so. */
  save(ref: KeyRef, output: RdbOutput): void {
    const { zsets } = this;
    const { ranked } = zsets.open(ref);
    const encoding = zsets.encodingName(ref);
    const writer = new ZsetWriter(output, zsets.count, encoding);
    const ascending = encoding === 'listpack';
    let more = ascending ? ranked.first() : ranked.last();
    while (more) {
      zsets.read(ranked);
      writer.add(zsets.bytes, zsets.memberAt, zsets.memberLength, zsets.score);
      more = ascending ? ranked.next() : ranked.previous();
    }
    writer.end();
  }

  begin(rdbType: number, limits: CollectionLimits): RdbVisitor {
    this.members = new ScoredMembers();
    this.headroom.begin();
    this.mostMembers = limits.zsetEntries;
    // What came packed stays so, however long its members are.
    const measured = rdbType === TYPE_ZSET || rdbType === TYPE_ZSET_2;
    this.longestAllowed = measured ? limits.zsetValue : Number.POSITIVE_INFINITY;
    return this.visitor;
  }

  private add(member: ByteSpan, score: number): void {
    this.headroom.take(member.length + SCORED_BYTES);
    this.members.add(member, score);
  }

  place(ref: KeyRef, expiryMs: number): void {
    const { members, zsets } = this;
    members.takeHashes(zsets.collections.store.memberHasher);
    if (members.repeats()) throw new BadRdb('duplicate', 'a member');
    const packed = members.count <= this.mostMembers && members.longest <= this.longestAllowed;
    zsets.build(ref, members, packed ? 'listpack' : 'skiplist', expiryMs);
    zsets.collections.changed(ref);
  }

  discard(): void {
    this.members = new ScoredMembers();
  }
}
