import { BadRdb, expect } from '../errors.ts';
import { FingerprintSet } from '../fingerprints.ts';
import { ListpackReader } from '../packed/listpack-reader.ts';
import type { RdbReader } from '../reader.ts';
import { ByteSpan, SpanList } from '../span.ts';
import { TYPE_STREAM_LISTPACKS, TYPE_STREAM_LISTPACKS_3 } from '../types.ts';
import { PendingEntries } from './pending-entries.ts';
import { ENTRY_DELETED, ENTRY_FIXED_ELEMENTS, ENTRY_FLAGS, ENTRY_SAME_FIELDS, ID_BYTES } from './stream-layout.ts';
import { ENTRIES_READ_UNKNOWN, type RdbVisitor, type StreamId, type StreamMeta } from './visitor.ts';

const NO_ID: StreamId = { ms: 0n, seq: 0n };

/** Reads one stream; see stream-layout.ts. */
export class StreamReader {
  private readonly reader: RdbReader;
  private readonly type: number;
  private readonly visitor: RdbVisitor;
  private readonly findDuplicates: boolean;
  private readonly blob = new ByteSpan();
  private readonly scratch = new ByteSpan();
  private readonly masterFields = new SpanList();
  private readonly fields = new SpanList();
  private readonly listpack = new ListpackReader();
  private readonly groupNames = new FingerprintSet();
  private readonly consumerNames = new FingerprintSet();
  private readonly pending = new PendingEntries();
  private entries = 0;
  private firstId = NO_ID;
  private previousMs = 0n;
  private previousSeq = 0n;

  constructor(reader: RdbReader, type: number, visitor: RdbVisitor, findDuplicates: boolean) {
    this.reader = reader;
    this.type = type;
    this.visitor = visitor;
    this.findDuplicates = findDuplicates;
  }

  /** How many entries there were. */
  read(): number {
    for (let nodes = this.reader.count(2); nodes > 0; nodes--) this.node();
    const meta = this.meta();
    this.visitor.streamMeta(meta);
    for (let groups = this.reader.count(5); groups > 0; groups--) this.group(meta);
    return this.entries;
  }

  private node(): void {
    const { reader, scratch, listpack, masterFields } = this;
    reader.string(scratch);
    expect(scratch.length === ID_BYTES, 'a stream node whose key is no id');
    const ms = scratch.view.getBigUint64(scratch.at);
    const seq = scratch.view.getBigUint64(scratch.at + 8);
    reader.string(this.blob);
    listpack.open(this.blob);
    const live = listpack.count(scratch);
    const deleted = listpack.count(scratch);
    const fieldCount = this.fieldCount();
    expect(live > 0 && live + deleted <= listpack.left, 'a stream node with an impossible count');
    masterFields.clear();
    for (let i = 0; i < fieldCount; i++) listpack.text(masterFields.add());
    expect(listpack.number(scratch) === 0, 'a master entry without end');
    const ahead = this.entries === 0 || ms > this.previousMs || (ms === this.previousMs && seq > this.previousSeq);
    expect(ahead, 'stream nodes that do not ascend');
    this.visitor.streamNode(ms, seq);
    let found = 0;
    for (let i = live + deleted; i > 0; i--) if (this.entry(ms, seq, i === live + deleted)) found++;
    expect(found === live, 'a stream node with another count');
    listpack.close();
  }

  /** True for an entry that is not marked as deleted. */
  private entry(masterMs: bigint, masterSeq: bigint, isFirst: boolean): boolean {
    const { listpack, scratch } = this;
    const flags = listpack.count(scratch);
    expect(flags <= ENTRY_FLAGS, 'a stream entry with unknown flags');
    const ms = BigInt.asUintN(64, masterMs + BigInt(listpack.number(scratch)));
    const seq = BigInt.asUintN(64, masterSeq + BigInt(listpack.number(scratch)));
    const elements = this.entryFields((flags & ENTRY_SAME_FIELDS) !== 0);
    expect(listpack.number(scratch) === ENTRY_FIXED_ELEMENTS + elements, 'a stream entry of another length');
    const isMaster = ms === masterMs && seq === masterSeq;
    expect(isMaster || !isFirst, 'a stream node that does not begin with its first entry');
    if ((flags & ENTRY_DELETED) !== 0) {
      this.visitor.streamDeletedEntry(ms, seq, this.fields);
      return false;
    }
    const ascends = ms > this.previousMs || (ms === this.previousMs && seq > this.previousSeq);
    const inNode = ms > masterMs || (ms === masterMs && seq >= masterSeq);
    expect((ascends || (this.entries === 0 && isMaster)) && inNode, 'stream entries that do not ascend');
    this.previousMs = ms;
    this.previousSeq = seq;
    if (this.entries === 0) this.firstId = { ms, seq };
    this.entries++;
    this.visitor.streamEntry(ms, seq, this.fields);
    return true;
  }

  /** How many elements the fields took. */
  private entryFields(same: boolean): number {
    const { listpack, fields, masterFields } = this;
    fields.clear();
    if (same) {
      for (let i = 0; i < masterFields.count; i++) {
        const name = masterFields.at(i);
        fields.add().set(name.view, name.bytes, name.at, name.length);
        listpack.text(fields.add());
      }
      return masterFields.count;
    }
    const count = this.fieldCount();
    for (let i = 0; i < count * 2; i++) listpack.text(fields.add());
    return 1 + count * 2;
  }

  private fieldCount(): number {
    const count = this.listpack.count(this.scratch);
    expect(count > 0 && count <= this.listpack.left, 'a stream entry with an impossible number of fields');
    return count;
  }

  private meta(): StreamMeta {
    const { reader, entries } = this;
    expect(reader.number64() === BigInt(entries), 'a stream of another length than it says');
    const lastId = this.id();
    const ahead = lastId.ms > this.previousMs || (lastId.ms === this.previousMs && lastId.seq >= this.previousSeq);
    expect(ahead, 'a stream whose last id lies before its last entry');
    if (this.type === TYPE_STREAM_LISTPACKS) {
      const entriesAdded = BigInt(entries);
      return { length: entries, lastId, firstId: this.firstId, maxDeletedId: NO_ID, entriesAdded };
    }
    const firstId = this.id();
    const maxDeletedId = this.id();
    const entriesAdded = reader.number64();
    expect(entriesAdded >= BigInt(entries), 'a stream that has more entries than it ever had');
    return { length: entries, lastId, firstId, maxDeletedId, entriesAdded };
  }

  private group(meta: StreamMeta): void {
    const { reader, scratch, pending, visitor } = this;
    reader.string(scratch);
    this.onlyOnce(this.groupNames, scratch);
    const lastId = this.id();
    const entriesRead =
      this.type === TYPE_STREAM_LISTPACKS ? estimateEntriesRead(meta, lastId) : BigInt.asIntN(64, reader.number64());
    visitor.streamGroup(scratch, lastId, entriesRead);
    pending.clear();
    for (let left = reader.count(ID_BYTES + 9); left > 0; left--) {
      const { ms, seq } = this.rawId();
      const deliveredAtMs = reader.milliseconds();
      pending.add(ms, seq, deliveredAtMs, reader.number64());
    }
    this.consumers();
  }

  private consumers(): void {
    const { reader, scratch, visitor, pending, consumerNames } = this;
    consumerNames.clear();
    for (let left = reader.count(10); left > 0; left--) {
      reader.string(scratch);
      this.onlyOnce(consumerNames, scratch);
      const seenAtMs = reader.milliseconds();
      const activeAtMs = this.type === TYPE_STREAM_LISTPACKS_3 ? reader.milliseconds() : seenAtMs;
      visitor.streamConsumer(scratch, seenAtMs, activeAtMs);
      for (let count = reader.count(ID_BYTES); count > 0; count--) {
        const { ms, seq } = this.rawId();
        const at = pending.own(ms, seq);
        visitor.streamPending(ms, seq, pending.deliveredAtMs(at), pending.deliveryCount(at));
      }
    }
    expect(pending.allOwned, 'a pending entry that nobody owns');
  }

  private id(): StreamId {
    const ms = this.reader.number64();
    return { ms, seq: this.reader.number64() };
  }

  /** An id of 16 bytes as they are. */
  private rawId(): StreamId {
    const { scratch } = this;
    this.reader.raw(ID_BYTES, scratch);
    return { ms: scratch.view.getBigUint64(scratch.at), seq: scratch.view.getBigUint64(scratch.at + 8) };
  }

  private onlyOnce(seen: FingerprintSet, span: ByteSpan): void {
    if (this.findDuplicates && !seen.add(span)) throw new BadRdb('duplicate');
  }
}

/**
 * How many entries a group that read up to `id` has read, for streams that do not say; Redis's
 * `streamEstimateDistanceFromFirstEverEntry` for a stream of which nothing was ever deleted.
 */
function estimateEntriesRead(meta: StreamMeta, id: StreamId): bigint {
  if (meta.entriesAdded === 0n) return 0n;
  const last = compareIds(id, meta.lastId);
  if (last === 0) return meta.entriesAdded;
  if (last > 0) return ENTRIES_READ_UNKNOWN;
  const first = compareIds(id, meta.firstId);
  if (first > 0) return ENTRIES_READ_UNKNOWN;
  return first < 0 ? 0n : 1n;
}

function compareIds(a: StreamId, b: StreamId): number {
  const x = a.ms === b.ms ? a.seq : a.ms;
  const y = a.ms === b.ms ? b.seq : b.ms;
  return x < y ? -1 : x > y ? 1 : 0;
}
