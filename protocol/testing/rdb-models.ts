import type { RdbDump } from '../rdb/dump.ts';
import { RdbOutput, type RdbOutputOptions } from '../rdb/output.ts';
import { type ByteSpan, SpanList } from '../rdb/span.ts';
import { TYPE_STRING } from '../rdb/types.ts';
import { HashWriter } from '../rdb/values/hash-writer.ts';
import { ListWriter } from '../rdb/values/list-writer.ts';
import { SetWriter } from '../rdb/values/set-writer.ts';
import { type StreamLimits, StreamWriter } from '../rdb/values/stream-writer.ts';
import type { RdbVisitor, StreamId, StreamMeta } from '../rdb/values/visitor.ts';
import { ZsetWriter } from '../rdb/values/zset-writer.ts';

export interface PendingModel {
  readonly id: StreamId;
  readonly deliveredAtMs: number;
  readonly deliveries: bigint;
}

export interface ConsumerModel {
  readonly name: Buffer;
  readonly seenAtMs: number;
  readonly activeAtMs: number;
  readonly pending: PendingModel[];
}

export interface GroupModel {
  readonly name: Buffer;
  readonly lastId: StreamId;
  readonly entriesRead: bigint;
  readonly consumers: ConsumerModel[];
}

/** A value as copies of all its parts, in the order in which they came. */
export class Model implements RdbVisitor {
  /** Elements; members; fields and values in turn; or the one string. */
  readonly texts: Buffer[] = [];
  readonly scores: number[] = [];
  readonly entries: { readonly id: StreamId; readonly fields: Buffer[] }[] = [];
  readonly groups: GroupModel[] = [];
  meta: StreamMeta | undefined;

  static of(dump: RdbDump): Model {
    const model = new Model();
    dump.visit(model);
    return model;
  }

  string(value: ByteSpan): void {
    this.texts.push(value.copy());
  }

  listElement(element: ByteSpan): void {
    this.texts.push(element.copy());
  }

  setMember(member: ByteSpan): void {
    this.texts.push(member.copy());
  }

  zsetMember(member: ByteSpan, score: number): void {
    this.texts.push(member.copy());
    this.scores.push(score);
  }

  hashField(field: ByteSpan, value: ByteSpan): void {
    this.texts.push(field.copy(), value.copy());
  }

  streamNode(): void {}

  cronScript(): void {}

  cronKey(): void {}

  cronArgument(): void {}

  streamDeletedEntry(): void {}

  streamEntry(ms: bigint, seq: bigint, fields: SpanList): void {
    this.entries.push({ id: { ms, seq }, fields: Array.from({ length: fields.count }, (_, i) => fields.at(i).copy()) });
  }

  streamMeta(meta: StreamMeta): void {
    this.meta = meta;
  }

  streamGroup(name: ByteSpan, lastId: StreamId, entriesRead: bigint): void {
    this.groups.push({ name: name.copy(), lastId, entriesRead, consumers: [] });
  }

  streamConsumer(name: ByteSpan, seenAtMs: number, activeAtMs: number): void {
    this.groups.at(-1)?.consumers.push({ name: name.copy(), seenAtMs, activeAtMs, pending: [] });
  }

  streamPending(ms: bigint, seq: bigint, deliveredAtMs: number, deliveries: bigint): void {
    this.groups.at(-1)?.consumers.at(-1)?.pending.push({ id: { ms, seq }, deliveredAtMs, deliveries });
  }
}

/** All pending entries of a group, in the order of their ids. */
export function pendingOf(group: GroupModel): PendingModel[] {
  const order = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
  return group.consumers
    .flatMap((consumer) => consumer.pending)
    .sort((a, b) => order(a.id.ms, b.id.ms) || order(a.id.seq, b.id.seq));
}

export interface EncodeOptions extends RdbOutputOptions {
  readonly fill?: number;
  readonly stream?: StreamLimits;
}

/** Writes the value as a payload of DUMP, in an encoding by its name in OBJECT ENCODING. */
export function encodeModel(model: Model, encoding: string, options: EncodeOptions = {}): Buffer {
  const output = new RdbOutput(options);
  writeModel(output, model, encoding, options);
  return output.dump();
}

/** Writes the value, with its type in front. */
export function writeModel(output: RdbOutput, model: Model, encoding: string, options: EncodeOptions = {}): void {
  const { texts, scores } = model;
  const [first] = texts;
  if (model.meta !== undefined) {
    writeStream(output, model, model.meta, options.stream);
  } else if (scores.length > 0) {
    const writer = new ZsetWriter(output, scores.length, encoding === 'listpack' ? 'listpack' : 'skiplist');
    texts.forEach((text, i) => {
      writer.add(text, 0, text.length, scores[i] ?? 0);
    });
    writer.end();
  } else if (encoding === 'quicklist') {
    const writer = new ListWriter(output, options.fill);
    for (const text of texts) writer.add(text, 0, text.length);
    writer.end();
  } else if (encoding.startsWith('set ')) {
    const name = encoding.slice(4);
    const known = name === 'intset' || name === 'listpack' ? name : 'hashtable';
    const writer = new SetWriter(output, texts.length, known);
    for (const text of texts) writer.add(text, 0, text.length);
    writer.end();
  } else if (encoding === 'listpack' || encoding === 'hashtable') {
    const writer = new HashWriter(output, texts.length / 2, encoding);
    for (let i = 0; i < texts.length; i += 2) {
      const field = texts[i] ?? Buffer.alloc(0);
      const value = texts[i + 1] ?? Buffer.alloc(0);
      writer.add(field, 0, field.length, value, 0, value.length);
    }
    writer.end();
  } else if (first !== undefined) {
    output.valueType(TYPE_STRING);
    output.string(first);
  }
}

function writeStream(output: RdbOutput, model: Model, meta: StreamMeta, limits?: StreamLimits): void {
  const writer = new StreamWriter(output, limits);
  const fields = new SpanList();
  for (const entry of model.entries) {
    fields.clear();
    for (const text of entry.fields) fields.add().point(text, 0, text.length);
    writer.entry(entry.id.ms, entry.id.seq, fields);
  }
  writer.meta(meta);
  writer.groups(model.groups.length);
  for (const group of model.groups) {
    const all = pendingOf(group);
    writer.group(group.name, 0, group.name.length, group.lastId, group.entriesRead, all.length);
    for (const { id, deliveredAtMs, deliveries } of all) writer.pending(id.ms, id.seq, deliveredAtMs, deliveries);
    writer.consumers(group.consumers.length);
    for (const { name, seenAtMs, activeAtMs, pending } of group.consumers) {
      writer.consumer(name, 0, name.length, seenAtMs, activeAtMs, pending.length);
      for (const { id } of pending) writer.consumerPending(id.ms, id.seq);
    }
  }
  writer.end();
}
