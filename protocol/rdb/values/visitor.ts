import type { ByteSpan, SpanList } from '../span.ts';

/** An entry's id: milliseconds and sequence number, unsigned, 64 bits each. */
export interface StreamId {
  readonly ms: bigint;
  readonly seq: bigint;
}

/** What a stream knows of itself beside its entries. */
export interface StreamMeta {
  /** Entries that there are. */
  readonly length: number;
  readonly lastId: StreamId;
  /** 0-0 when there is no entry. */
  readonly firstId: StreamId;
  /** The highest id that was ever deleted; 0-0 when none was. */
  readonly maxDeletedId: StreamId;
  /** Entries that there ever were. Estimated as `length` for values of before Redis 7.0. */
  readonly entriesAdded: bigint;
}

/** In place of a group's count of entries read: nobody knows. */
export const ENTRIES_READ_UNKNOWN = -1n;

/**
 * What a value is made of, in the order in which it is stored. The calls of one kind of value are the methods of its name; all others are
 * never called. Spans are valid only during the call.
 *
 * A stream comes as: nodes, each with its entries, of which those that are not deleted ascend; meta; and for each group: the group, and its consumers, each followed by its pending
 * entries. Every pending entry of a group belongs to exactly one consumer.
 */
export interface RdbVisitor {
  string(value: ByteSpan): void;
  listElement(element: ByteSpan): void;
  setMember(member: ByteSpan): void;
  /** `score` is never NaN. */
  zsetMember(member: ByteSpan, score: number): void;
  hashField(field: ByteSpan, value: ByteSpan): void;
  /** A node begins, whose key is this id: that of the entry that follows. It has entries that are not deleted; none is less than this. */
  streamNode(ms: bigint, seq: bigint): void;
  /** `fields` holds field, value, field, value, ... */
  streamEntry(ms: bigint, seq: bigint, fields: SpanList): void;
  /** An entry that was deleted and still takes its place in the node. */
  streamDeletedEntry(ms: bigint, seq: bigint, fields: SpanList): void;
  streamMeta(meta: StreamMeta): void;
  /** `entriesRead`: see {@link ENTRIES_READ_UNKNOWN}. */
  streamGroup(name: ByteSpan, lastId: StreamId, entriesRead: bigint): void;
  /** `activeAtMs` is `seenAtMs` for values of before Redis 7.2. */
  streamConsumer(name: ByteSpan, seenAtMs: number, activeAtMs: number): void;
  /** An entry that was delivered to this consumer and not acknowledged. */
  streamPending(ms: bigint, seq: bigint, deliveredAtMs: number, deliveries: bigint): void;
  /** A job: its script, then its keys, then its arguments. Its first run is at the sum of the times, which are unsigned 64 bits in the payload. */
  cronScript(script: ByteSpan, startMs: number, intervalMs: number): void;
  cronKey(key: ByteSpan): void;
  cronArgument(argument: ByteSpan): void;
}

const nothing = (): void => {};

/** Looks at nothing: for whoever overrides a few methods. */
export const IGNORE: RdbVisitor = {
  string: nothing,
  listElement: nothing,
  setMember: nothing,
  zsetMember: nothing,
  hashField: nothing,
  streamNode: nothing,
  streamEntry: nothing,
  streamDeletedEntry: nothing,
  streamMeta: nothing,
  streamGroup: nothing,
  streamConsumer: nothing,
  streamPending: nothing,
  cronScript: nothing,
  cronKey: nothing,
  cronArgument: nothing,
};
