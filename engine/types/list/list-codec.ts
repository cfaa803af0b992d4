import type { RdbOutput } from '../../../protocol/rdb/output.ts';
import type { ByteSpan } from '../../../protocol/rdb/span.ts';
import { ListWriter } from '../../../protocol/rdb/values/list-writer.ts';
import { IGNORE, type RdbVisitor } from '../../../protocol/rdb/values/visitor.ts';
import type { CollectionLimits } from '../../config/collection-limits.ts';
import type { KeyRef } from '../../keyspace/key-ref.ts';
import type { ValueCodec } from '../codec.ts';
import { Headroom } from '../collection/headroom.ts';
import { ListBuilder } from '../collection/list-builder.ts';
import { ENCODING_QUICKLIST, listShape, type SharedLists } from './shared-lists.ts';

/** The directive has a name for no larger blocks than these. */
const LARGEST_BLOCKS = -5;

/** Lists to RDB values and back. */
export class ListCodec implements ValueCodec {
  private readonly lists: SharedLists;
  private readonly builder: ListBuilder;
  private readonly headroom: Headroom;
  private readonly visitor: RdbVisitor;

  constructor(lists: SharedLists) {
    this.lists = lists;
    this.builder = new ListBuilder(lists.collections, listShape);
    this.headroom = new Headroom(lists.collections);
    this.visitor = { ...IGNORE, listElement: (element) => this.add(element) };
  }

  save(ref: KeyRef, output: RdbOutput, limits: CollectionLimits): void {
    const entries = this.lists.open(ref);
    const writer = new ListWriter(output, Math.max(LARGEST_BLOCKS, limits.listSize));
    for (let more = entries.first(); more; more = entries.next()) {
      writer.add(entries.leafBytes, entries.keyAt, entries.keyLength);
    }
    writer.end();
  }

  begin(): RdbVisitor {
    this.builder.begin();
    this.headroom.begin();
    return this.visitor;
  }

  private add(element: ByteSpan): void {
    this.headroom.take(element.length);
    this.builder.add(element);
  }

  place(ref: KeyRef, expiryMs: number): void {
    this.builder.place(ref, ENCODING_QUICKLIST, expiryMs);
    this.lists.collections.changed(ref);
  }

  discard(): void {
    this.builder.discard();
  }
}
