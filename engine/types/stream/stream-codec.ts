import { BadRdb } from '../../../protocol/rdb/errors.ts';
import type { RdbOutput } from '../../../protocol/rdb/output.ts';
import type { ByteSpan, SpanList } from '../../../protocol/rdb/span.ts';
import {
  IGNORE,
  type StreamId as RdbId,
  type RdbVisitor,
  type StreamMeta,
} from '../../../protocol/rdb/values/visitor.ts';
import { type KeyRef, VALUE_STREAM } from '../../keyspace/key-ref.ts';
import type { ValueCodec } from '../codec.ts';
import type { Detached } from '../collection/detached.ts';
import { Headroom } from '../collection/headroom.ts';
import { NO_CONSUMER } from './consumers.ts';
import { EntryTexts } from './entry-texts.ts';
import { META_BYTES, STREAM_ROOTS } from './layout.ts';
import type { SharedStreams } from './shared-streams.ts';
import { StreamId } from './stream-id.ts';
import { StreamSaver } from './stream-saver.ts';

/** Of a pending entry, in two trees. */
const PENDING_BYTES = 96;

/** Streams to RDB values and back. */
export class StreamCodec implements ValueCodec {
  private readonly streams: SharedStreams;
  private readonly built: Detached;
  private readonly headroom: Headroom;
  private readonly texts = new EntryTexts();
  private readonly visitor: RdbVisitor;
  private readonly id = new StreamId();
  private beginsNode = true;
  private consumer = NO_CONSUMER;

  constructor(streams: SharedStreams) {
    this.streams = streams;
    this.built = streams.collections.detached();
    this.headroom = new Headroom(streams.collections);
    this.visitor = {
      ...IGNORE,
      streamNode: () => {
        this.beginsNode = true;
      },
      streamEntry: (ms, seq, fields) => this.entry(ms, seq, fields, false),
      streamDeletedEntry: (ms, seq, fields) => this.entry(ms, seq, fields, true),
      streamMeta: (meta) => this.meta(meta),
      streamGroup: (name, lastId, entriesRead) => this.group(name, lastId, entriesRead),
      streamConsumer: (name, seenAtMs, activeAtMs) => this.newConsumer(name, seenAtMs, activeAtMs),
      streamPending: (ms, seq, deliveredAtMs, deliveries) => this.pending(ms, seq, deliveredAtMs, deliveries),
    };
  }

  save(ref: KeyRef, output: RdbOutput): void {
    new StreamSaver(this.streams, output).save(ref);
  }

  begin(): RdbVisitor {
    this.headroom.begin();
    this.streams.openAll(this.built.begin(VALUE_STREAM, 0, STREAM_ROOTS, META_BYTES));
    this.beginsNode = true;
    return this.visitor;
  }

  private entry(ms: bigint, seq: bigint, fields: SpanList, deleted: boolean): void {
    const { texts } = this;
    const { current: stream, draft } = this.streams;
    texts.load(fields);
    this.headroom.take(texts.byteLength);
    draft.describe(texts, 0, fields.count / 2);
    stream.load(draft, this.id.set(ms, seq), this.beginsNode, deleted);
    this.beginsNode = false;
  }

  private meta(meta: StreamMeta): void {
    const { current: stream } = this.streams;
    stream.length = meta.length;
    stream.entriesAdded = meta.entriesAdded;
    stream.setLastId(this.idOf(meta.lastId));
    stream.setFirstId(this.idOf(meta.firstId));
    stream.setMaxDeletedId(this.idOf(meta.maxDeletedId));
  }

  private group(name: ByteSpan, lastId: RdbId, entriesRead: bigint): void {
    const { current: stream, groups } = this.streams;
    this.headroom.take(name.length);
    if (groups.find(name)) throw new BadRdb('duplicate', 'a group');
    groups.create(stream, name, this.idOf(lastId), entriesRead);
  }

  private newConsumer(name: ByteSpan, seenAtMs: number, activeAtMs: number): void {
    const { consumers, current: stream, groups } = this.streams;
    this.headroom.take(2 * name.length);
    if (consumers.find(groups.number, name) !== NO_CONSUMER) throw new BadRdb('duplicate', 'a consumer');
    this.consumer = consumers.create(stream, groups.number, name, seenAtMs);
    consumers.touch(groups.number, this.consumer, seenAtMs, activeAtMs);
  }

  private pending(ms: bigint, seq: bigint, deliveredAtMs: number, deliveries: bigint): void {
    const { groups, pending } = this.streams;
    this.headroom.take(PENDING_BYTES);
    const id = this.id.set(ms, seq);
    if (pending.find(groups.number, id)) throw new BadRdb('duplicate', 'a pending entry');
    pending.add(groups.number, id, this.consumer, deliveredAtMs, deliveries);
  }

  private idOf({ ms, seq }: RdbId): StreamId {
    return this.id.set(ms, seq);
  }

  place(ref: KeyRef, expiryMs: number): void {
    this.built.place(ref, expiryMs);
    this.streams.collections.changed(ref);
  }

  discard(): void {
    this.built.discard();
  }
}
