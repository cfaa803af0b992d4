import type { RdbOutput } from '../../../protocol/rdb/output.ts';
import type { ByteSpan } from '../../../protocol/rdb/span.ts';
import { ListWriter } from '../../../protocol/rdb/values/list-writer.ts';
import { IGNORE, type RdbVisitor } from '../../../protocol/rdb/values/visitor.ts';
import type { CollectionLimits } from '../../config/collection-limits.ts';
import { type KeyRef, VALUE_LIST } from '../../keyspace/key-ref.ts';
import type { ValueCodec } from '../codec.ts';
import { Headroom } from '../collection/headroom.ts';
import type { Scratch } from '../collection/scratch.ts';
import { ENCODING_QUICKLIST, listShape, type SharedLists } from './shared-lists.ts';

/** The directive has a name for no larger blocks than these. */
const LARGEST_BLOCKS = -5;

/** Lists to RDB values and back. */
export class ListCodec implements ValueCodec {
  private readonly lists: SharedLists;
  private readonly scratch: Scratch;
  private readonly headroom: Headroom;
  private readonly visitor: RdbVisitor;

  constructor(lists: SharedLists) {
    this.lists = lists;
    this.scratch = lists.collections.scratch(listShape);
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
    this.scratch.begin(VALUE_LIST);
    this.headroom.begin();
    return this.visitor;
  }

  private add(element: ByteSpan): void {
    const { tree } = this.scratch;
    this.headroom.take(element.length);
    tree.insertAt(tree.count, element);
  }

  place(ref: KeyRef, expiryMs: number): void {
    this.scratch.place(ref, ENCODING_QUICKLIST, expiryMs);
    this.lists.collections.changed(ref);
  }

  discard(): void {
    this.scratch.discard();
  }
}
