import { BadRdb } from '../../../protocol/rdb/errors.ts';
import type { RdbOutput } from '../../../protocol/rdb/output.ts';
import type { ByteSpan } from '../../../protocol/rdb/span.ts';
import { TYPE_HASH, TYPE_HASH_ZIPMAP } from '../../../protocol/rdb/types.ts';
import { HashWriter } from '../../../protocol/rdb/values/hash-writer.ts';
import { IGNORE, type RdbVisitor } from '../../../protocol/rdb/values/visitor.ts';
import type { CollectionLimits } from '../../config/collection-limits.ts';
import { type KeyRef, VALUE_HASH } from '../../keyspace/key-ref.ts';
import type { ValueCodec } from '../codec.ts';
import type { Bulk } from '../collection/bulk.ts';
import { Headroom } from '../collection/headroom.ts';
import { HASHTABLE, hashShape, LISTPACK, type SharedHashes } from './shared-hashes.ts';

/** Hashes to RDB values and back. */
export class HashCodec implements ValueCodec {
  private readonly hashes: SharedHashes;
  private readonly bulk: Bulk;
  private readonly headroom: Headroom;
  private readonly visitor: RdbVisitor;
  private mostFields = 0;
  private longestAllowed = 0;
  private longest = 0;

  constructor(hashes: SharedHashes) {
    this.hashes = hashes;
    this.bulk = hashes.collections.bulk(hashShape);
    this.headroom = new Headroom(hashes.collections);
    this.visitor = { ...IGNORE, hashField: (field, value) => this.add(field, value) };
  }

  save(ref: KeyRef, output: RdbOutput): void {
    const entries = this.hashes.open(ref);
    const writer = new HashWriter(output, entries.count, this.hashes.encodingName(ref));
    for (let more = entries.first(); more; more = entries.next()) {
      const { leafBytes: bytes, keyAt, keyLength, valueAt, valueLength } = entries;
      writer.add(bytes, keyAt, keyLength, bytes, valueAt, valueLength);
    }
    writer.end();
  }

  begin(rdbType: number, limits: CollectionLimits): RdbVisitor {
    this.bulk.begin(VALUE_HASH);
    this.headroom.begin();
    this.mostFields = limits.hashEntries;
    // What came packed stays so, however long its fields are.
    const measured = rdbType === TYPE_HASH || rdbType === TYPE_HASH_ZIPMAP;
    this.longestAllowed = measured ? limits.hashValue : Number.POSITIVE_INFINITY;
    this.longest = 0;
    return this.visitor;
  }

  private add(field: ByteSpan, value: ByteSpan): void {
    this.headroom.take(field.length + value.length);
    this.bulk.add(field, value);
    this.longest = Math.max(this.longest, field.length, value.length);
  }

  place(ref: KeyRef, expiryMs: number): void {
    const { bulk } = this;
    if (bulk.dropRepeated() > 0) throw new BadRdb('duplicate', 'a field');
    const packed = bulk.count <= this.mostFields && this.longest <= this.longestAllowed;
    bulk.place(ref, packed ? LISTPACK : HASHTABLE, expiryMs);
    this.hashes.collections.changed(ref);
  }

  discard(): void {
    this.bulk.discard();
  }
}
