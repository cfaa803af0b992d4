import type { RdbOutput } from '../../../protocol/rdb/output.ts';
import { SpanList } from '../../../protocol/rdb/span.ts';
import { StreamWriter } from '../../../protocol/rdb/values/stream-writer.ts';
import type { StreamId as RdbId } from '../../../protocol/rdb/values/visitor.ts';
import { Slice } from '../../../tiers/tree/slice.ts';
import type { KeyRef } from '../../keyspace/key-ref.ts';
import { NO_CONSUMER } from './consumers.ts';
import type { SharedStreams } from './shared-streams.ts';
import { StreamId } from './stream-id.ts';

/** Nodes are cut where they are in the stream. */
const AS_THEY_ARE = { nodeBytes: 0, nodeEntries: 0 };

const least = new StreamId();

/** Writes one stream as RDB value. */
export class StreamSaver {
  private readonly streams: SharedStreams;
  private readonly writer: StreamWriter;
  private readonly fields = new SpanList();
  private readonly name = new Slice();

  constructor(streams: SharedStreams, output: RdbOutput) {
    this.streams = streams;
    this.writer = new StreamWriter(output, AS_THEY_ARE);
  }

  /** All of an existing key's stream, which is in RAM. */
  save(ref: KeyRef): void {
    const { streams, writer } = this;
    const stream = streams.openAll(ref);
    this.entries();
    writer.meta({
      length: stream.length,
      lastId: plain(stream.lastId),
      firstId: plain(stream.firstId),
      maxDeletedId: plain(stream.maxDeletedId),
      entriesAdded: stream.entriesAdded,
    });
    const { groups } = streams;
    writer.groups(groups.count);
    for (let more = groups.first(); more; more = groups.next()) this.group();
    writer.end();
  }

  private entries(): void {
    const { fields, writer } = this;
    const { nodes, walk } = this.streams.current;
    const { entry } = walk;
    const field = (view: DataView, bytes: Uint8Array, at: number, length: number): void => {
      fields.add().set(view, bytes, at, length);
    };
    for (let more = nodes.first(); more; more = nodes.next()) {
      walk.openNode();
      writer.cut();
      while (entry.next()) {
        fields.clear();
        entry.visitFields(field);
        if (entry.deleted) writer.deletedEntry(entry.id.ms, entry.id.seq, fields);
        else writer.entry(entry.id.ms, entry.id.seq, fields);
      }
    }
  }

  /** The group that `groups` stands at. */
  private group(): void {
    const { streams, writer } = this;
    const { consumers, groups, pending } = streams;
    const { number } = groups;
    const { bytes, at, length } = groups.name(this.name);
    writer.group(bytes, at, length, plain(groups.lastId), groups.entriesRead, pending.count(number));
    for (let more = pending.seek(number, least); more; more = pending.next()) {
      writer.pending(pending.id.ms, pending.id.seq, pending.timeMs, BigInt(pending.deliveries));
    }
    writer.consumers(consumers.count(number));
    for (let each = consumers.first(number); each !== NO_CONSUMER; each = consumers.next()) this.consumer(number, each);
  }

  private consumer(group: number, consumer: number): void {
    const { consumers, pending } = this.streams;
    const { bytes, at, length } = consumers.load(group, consumer);
    const { seenMs, activeMs } = consumers;
    this.writer.consumer(bytes, at, length, seenMs, activeMs, pending.countOwned(group, consumer));
    for (let more = pending.seekOwned(group, consumer, least); more; more = pending.nextOwned()) {
      this.writer.consumerPending(pending.id.ms, pending.id.seq);
    }
  }
}

function plain(id: StreamId): RdbId {
  return { ms: id.ms, seq: id.seq };
}
