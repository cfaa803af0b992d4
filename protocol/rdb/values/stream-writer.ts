import { assert } from '../../../tiers/base/assert.ts';
import type { RdbOutput } from '../output.ts';
import { ListpackWriter } from '../packed/listpack-writer.ts';
import type { SpanList } from '../span.ts';
import { TYPE_STREAM_LISTPACKS_2, TYPE_STREAM_LISTPACKS_3 } from '../types.ts';
import { ENTRY_DELETED, ENTRY_FIXED_ELEMENTS, ENTRY_SAME_FIELDS, ID_BYTES } from './stream-layout.ts';
import type { StreamId, StreamMeta } from './visitor.ts';

/** When nodes are full. */
export interface StreamLimits {
  /** `stream-node-max-bytes`; 0 for no limit. */
  readonly nodeBytes: number;
  /** `stream-node-max-entries`; 0 for no limit. */
  readonly nodeEntries: number;
}

/** Redis's own limit. */
const MAX_NODE_BYTES = 2 ** 30;
/** Header, end marker, `deleted` and the end of the master entry: all but the count of entries. */
const NODE_OVERHEAD_BYTES = 7 + 2 + 2;
const DEFAULT_LIMITS: StreamLimits = { nodeBytes: 4096, nodeEntries: 100 };

/**
 * Writes a stream in the order of the format, counts before what they count, all ids ascending:
 *
 *     entry*  meta  groups  { group  pending*  consumers  { consumer  consumerPending* }* }*  end
 *
 * Nodes are cut as Redis cuts a stream that was only added to; who knows better says `cut`, with limits of 0. How many there are is known
 * after the last entry only, so a drained output keeps all entries until then.
 */
export class StreamWriter {
  private readonly output: RdbOutput;
  private readonly limits: StreamLimits;
  private readonly nodesPlace: number;
  private readonly body = new ListpackWriter();
  private readonly names = new ListpackWriter();
  private master: MasterFields = NO_FIELDS;
  private masterMs = 0n;
  private masterSeq = 0n;
  private nodes = 0;
  private nodeEntries = 0;
  private nodeDeleted = 0;
  private entries = 0;
  /** What has been announced and not come yet. */
  private groupsLeft = 0;
  private pendingLeft = 0;
  private consumersLeft = 0;
  private ownedLeft = 0;

  constructor(output: RdbOutput, limits = DEFAULT_LIMITS) {
    this.output = output;
    this.limits = limits;
    output.valueType(this.withActiveTimes ? TYPE_STREAM_LISTPACKS_3 : TYPE_STREAM_LISTPACKS_2);
    this.nodesPlace = output.placeCount();
  }

  private get withActiveTimes(): boolean {
    return this.output.version >= 11;
  }

  /** `fields`: field, value, field, value, ...; ids ascend. */
  entry(ms: bigint, seq: bigint, fields: SpanList): void {
    this.append(ms, seq, fields, 0);
    this.entries++;
  }

  /** One that was deleted and still takes its place in a node with others. */
  deletedEntry(ms: bigint, seq: bigint, fields: SpanList): void {
    this.append(ms, seq, fields, ENTRY_DELETED);
    this.nodeDeleted++;
  }

  /** The next entry begins a node. */
  cut(): void {
    if (this.nodeEntries > 0) this.node();
  }

  private append(ms: bigint, seq: bigint, fields: SpanList, flags: number): void {
    const count = fields.count / 2;
    assert(count > 0 && Number.isInteger(count), 'a stream entry needs pairs of field and value');
    if (this.nodeEntries > 0 && this.isFull(fields)) this.node();
    if (this.nodeEntries === 0) this.open(ms, seq, fields);
    const same = this.master.equal(fields);
    const { body } = this;
    body.appendInteger(same ? flags | ENTRY_SAME_FIELDS : flags);
    body.appendInteger(BigInt.asIntN(64, ms - this.masterMs));
    body.appendInteger(BigInt.asIntN(64, seq - this.masterSeq));
    if (!same) body.appendInteger(count);
    for (let i = 0; i < fields.count; i++) {
      if (same && (i & 1) === 0) continue;
      const { bytes, at, length } = fields.at(i);
      body.append(bytes, at, length);
    }
    body.appendInteger(ENTRY_FIXED_ELEMENTS + (same ? count : 1 + 2 * count));
    this.nodeEntries++;
  }

  meta(meta: StreamMeta): void {
    assert(meta.length === this.entries, 'a stream of another length than its entries');
    this.cut();
    const { output } = this;
    output.setCount(this.nodesPlace, this.nodes);
    output.length(meta.length);
    this.id(meta.lastId);
    this.id(meta.firstId);
    this.id(meta.maxDeletedId);
    output.number64(meta.entriesAdded);
  }

  groups(count: number): void {
    this.output.length(count);
    this.groupsLeft = count;
  }

  /** `entriesRead`: -1n for unknown. */
  group(
    name: Uint8Array,
    nameStart: number,
    nameLength: number,
    lastId: StreamId,
    entriesRead: bigint,
    pendingCount: number,
  ): void {
    this.whole();
    this.groupsLeft--;
    this.output.string(name, nameStart, nameLength);
    this.id(lastId);
    this.output.number64(entriesRead);
    this.output.length(pendingCount);
    this.pendingLeft = pendingCount;
  }

  pending(ms: bigint, seq: bigint, deliveredAtMs: number, deliveries: bigint): void {
    this.pendingLeft--;
    this.output.rawId(ms, seq);
    this.output.milliseconds(deliveredAtMs);
    this.output.number64(deliveries);
  }

  consumers(count: number): void {
    this.output.length(count);
    this.consumersLeft = count;
  }

  /** `activeAtMs` is written in RDB version 11 only. */
  consumer(
    name: Uint8Array,
    nameStart: number,
    nameLength: number,
    seenAtMs: number,
    activeAtMs: number,
    pendingCount: number,
  ): void {
    assert(this.pendingLeft === 0 && this.ownedLeft === 0, 'another number of pending entries than announced');
    this.consumersLeft--;
    this.output.string(name, nameStart, nameLength);
    this.output.milliseconds(seenAtMs);
    if (this.withActiveTimes) this.output.milliseconds(activeAtMs);
    this.output.length(pendingCount);
    this.ownedLeft = pendingCount;
  }

  consumerPending(ms: bigint, seq: bigint): void {
    this.ownedLeft--;
    this.output.rawId(ms, seq);
  }

  end(): void {
    this.whole();
    assert(this.groupsLeft === 0, 'another number of groups than announced');
  }

  private whole(): void {
    const whole = this.pendingLeft === 0 && this.consumersLeft === 0 && this.ownedLeft === 0;
    assert(whole, 'a stream group with another number of parts than announced');
  }

  private id({ ms, seq }: StreamId): void {
    this.output.number64(ms);
    this.output.number64(seq);
  }

  private isFull(fields: SpanList): boolean {
    let added = 0;
    for (let i = 0; i < fields.count; i++) added += fields.at(i).length;
    const { nodeBytes, nodeEntries } = this.limits;
    const most = nodeBytes === 0 ? MAX_NODE_BYTES : Math.min(nodeBytes, MAX_NODE_BYTES);
    const countBytes = this.nodeEntries <= 127 ? 2 : 3;
    const bytes = NODE_OVERHEAD_BYTES + countBytes + this.names.byteLength - 7 + this.body.byteLength - 7;
    return bytes + added >= most || (nodeEntries !== 0 && this.nodeEntries >= nodeEntries);
  }

  /** Begins a node with its first entry, whose fields are those of the master entry. */
  private open(ms: bigint, seq: bigint, fields: SpanList): void {
    this.masterMs = ms;
    this.masterSeq = seq;
    this.master = new MasterFields(fields);
    this.body.begin();
    this.names.begin();
    this.names.appendInteger(fields.count / 2);
    for (let i = 0; i < fields.count; i += 2) {
      const { bytes, at, length } = fields.at(i);
      this.names.append(bytes, at, length);
    }
  }

  private node(): void {
    const { output } = this;
    const { listpack } = output;
    const key = Buffer.alloc(ID_BYTES);
    key.writeBigUInt64BE(this.masterMs, 0);
    key.writeBigUInt64BE(this.masterSeq, 8);
    output.string(key);
    listpack.begin();
    assert(this.nodeDeleted < this.nodeEntries, 'a stream node without entries');
    listpack.appendInteger(this.nodeEntries - this.nodeDeleted);
    listpack.appendInteger(this.nodeDeleted);
    listpack.appendAll(this.names);
    listpack.appendInteger(0);
    listpack.appendAll(this.body);
    output.packed();
    this.nodes++;
    this.nodeEntries = 0;
    this.nodeDeleted = 0;
  }
}

/** The field names of a node's first entry, kept, because spans move on. */
class MasterFields {
  private readonly names: readonly Buffer[];

  constructor(fields: SpanList | undefined) {
    const names: Buffer[] = [];
    for (let i = 0; fields !== undefined && i < fields.count; i += 2) names.push(fields.at(i).copy());
    this.names = names;
  }

  equal(fields: SpanList): boolean {
    const { names } = this;
    if (names.length * 2 !== fields.count) return false;
    for (let i = 0; i < names.length; i++) {
      const name = names[i];
      const { bytes, at, length } = fields.at(i * 2);
      if (name === undefined || name.length !== length) return false;
      if (name.compare(bytes, at, at + length) !== 0) return false;
    }
    return true;
  }
}

const NO_FIELDS = new MasterFields(undefined);
