import type { ReplyWriter } from '../../../protocol/resp/writer.ts';
import { lengthBytes, readLength } from '../../../tiers/tree/pack.ts';
import {
  ENTRY_DELETED,
  ENTRY_SAME_FIELDS,
  MS_BYTES,
  MS_MASK,
  MS_NEXT,
  MS_SAME,
  MS_SHIFT,
  MS_U8,
  MS_U16,
  MS_U32,
  NODE_FIELDS,
  SEQUENCE_BYTES,
  SEQUENCE_IMPLIED,
  SEQUENCE_MASK,
  SEQUENCE_SHIFT,
  SEQUENCE_U8,
  SEQUENCE_U32,
} from './node-layout.ts';
import { ID_BYTES, StreamId } from './stream-id.ts';

const NOWHERE = -1;
const WORD = 2 ** 32;

/** Walks over the entries of one node, deleted ones too. Good until the stream changes. */
export class NodeReader {
  /** Of the entry that `next` or `goTo` came to. */
  readonly id: StreamId = new StreamId();
  deleted = false;
  /** Number of its fields, and where its flags are. */
  fields = 0;
  entryAt = 0;
  private view: DataView = new DataView(new ArrayBuffer(0));
  private bytes: Uint8Array = new Uint8Array(0);
  private end = 0;
  private sharedFields = 0;
  private sharedAt = 0;
  private same = false;
  private bodyAt = 0;
  /** Where the entry ends, NOWHERE while nobody has looked. */
  private nextAt = 0;
  /** Begin of each entry and its id, when `index` was called. */
  private starts: Int32Array = new Int32Array(128);
  private ids: DataView = new DataView(new ArrayBuffer(128 * ID_BYTES));

  /** Stands in front of the first entry of the node at `at`, whose key is the id at `keyAt`. */
  open(view: DataView, bytes: Uint8Array, at: number, length: number, keyAt: number): void {
    this.view = view;
    this.bytes = bytes;
    this.end = at + length;
    this.id.copyFrom(view, keyAt);
    let to = at + NODE_FIELDS;
    this.sharedFields = readLength(view, to);
    to += lengthBytes(this.sharedFields);
    this.sharedAt = to;
    for (let i = this.sharedFields; i > 0; i--) to = this.afterText(to);
    this.nextAt = to;
  }

  /** Goes to the next entry; false at the end. */
  next(): boolean {
    const at = this.nextAt === NOWHERE ? this.skipFields() : this.nextAt;
    if (at >= this.end) {
      this.nextAt = at;
      return false;
    }
    this.readHead(at);
    return true;
  }

  private readHead(at: number): void {
    const { view } = this;
    const flags = view.getUint8(at);
    const msCode = (flags >> MS_SHIFT) & MS_MASK;
    const sequenceCode = (flags >> SEQUENCE_SHIFT) & SEQUENCE_MASK;
    let to = at + 1;
    if (msCode !== MS_SAME) {
      this.readMs(msCode, to);
      to += MS_BYTES[msCode] ?? 0;
    }
    this.readSequence(sequenceCode, to, msCode === MS_SAME);
    to += SEQUENCE_BYTES[sequenceCode] ?? 0;
    this.entryAt = at;
    this.deleted = (flags & ENTRY_DELETED) !== 0;
    this.same = (flags & ENTRY_SAME_FIELDS) !== 0;
    if (this.same) this.fields = this.sharedFields;
    else {
      this.fields = readLength(view, to);
      to += lengthBytes(this.fields);
    }
    this.bodyAt = to;
    this.nextAt = NOWHERE;
  }

  private readMs(code: number, at: number): void {
    const { view } = this;
    const id = this.id.view;
    if (code === MS_NEXT) addTo(id, 0, 1);
    else if (code === MS_U8) addTo(id, 0, view.getUint8(at));
    else if (code === MS_U16) addTo(id, 0, view.getUint16(at, true));
    else if (code === MS_U32) addTo(id, 0, view.getUint32(at, true));
    else copyHalf(id, 0, view, at);
  }

  private readSequence(code: number, at: number, sameMs: boolean): void {
    const { view } = this;
    const id = this.id.view;
    if (code > SEQUENCE_U32) {
      copyHalf(id, 8, view, at);
      return;
    }
    let value: number;
    if (code === SEQUENCE_IMPLIED) value = sameMs ? 1 : 0;
    else value = code === SEQUENCE_U8 ? view.getUint8(at) : view.getUint32(at, true);
    if (sameMs) addTo(id, 8, value);
    else {
      id.setUint32(8, 0, false);
      id.setUint32(12, value, false);
    }
  }

  /** Where the entry ends. */
  private skipFields(): number {
    let at = this.bodyAt;
    for (let texts = this.same ? this.fields : this.fields * 2; texts > 0; texts--) at = this.afterText(at);
    this.nextAt = at;
    return at;
  }

  private afterText(at: number): number {
    const length = readLength(this.view, at);
    return at + lengthBytes(length) + length;
  }

  /** Writes the entry: an array of its id and an array of its fields and values. */
  reply(reply: ReplyWriter): void {
    reply.array(2);
    this.id.reply(reply);
    const { view, bytes, same } = this;
    reply.array(this.fields * 2);
    let nameAt = this.sharedAt;
    let at = this.bodyAt;
    for (let i = this.fields; i > 0; i--) {
      if (same) {
        const length = readLength(view, nameAt);
        nameAt += lengthBytes(length);
        reply.bulkFrom(view, bytes, nameAt, length);
        nameAt += length;
      } else at = this.replyText(reply, at);
      at = this.replyText(reply, at);
    }
    this.nextAt = at;
  }

  private replyText(reply: ReplyWriter, at: number): number {
    const length = readLength(this.view, at);
    const from = at + lengthBytes(length);
    reply.bulkFrom(this.view, this.bytes, from, length);
    return from + length;
  }

  /** Calls `visit` with where each name and value of the entry is. */
  visitFields(visit: (view: DataView, bytes: Uint8Array, at: number, length: number) => void): void {
    const { view, bytes } = this;
    const text = (at: number): number => {
      const length = readLength(view, at);
      const from = at + lengthBytes(length);
      visit(view, bytes, from, length);
      return from + length;
    };
    let nameAt = this.sharedAt;
    let at = this.bodyAt;
    for (let i = this.fields; i > 0; i--) {
      if (this.same) nameAt = text(nameAt);
      else at = text(at);
      at = text(at);
    }
    this.nextAt = at;
  }

  /** Walks to the end of the node and remembers every entry, for `goTo`. Answers how many there are. */
  index(): number {
    let count = 0;
    while (this.next()) {
      if (count === this.starts.length) this.grow();
      this.starts[count] = this.entryAt;
      this.id.copyTo(this.ids, count * ID_BYTES);
      count++;
    }
    return count;
  }

  /** Goes to entry number `n` of those that `index` saw. */
  goTo(n: number): void {
    const at = this.starts[n] ?? 0;
    this.readHead(at);
    this.id.copyFrom(this.ids, n * ID_BYTES);
  }

  private grow(): void {
    const starts = new Int32Array(this.starts.length * 2);
    starts.set(this.starts);
    this.starts = starts;
    const ids = new Uint8Array(starts.length * ID_BYTES);
    ids.set(new Uint8Array(this.ids.buffer));
    this.ids = new DataView(ids.buffer);
  }
}

/** Adds less than 2^32 to the u64 at `at`. */
function addTo(view: DataView, at: number, value: number): void {
  const low = view.getUint32(at + 4, false) + value;
  if (low < WORD) {
    view.setUint32(at + 4, low, false);
    return;
  }
  view.setUint32(at + 4, low - WORD, false);
  view.setUint32(at, view.getUint32(at, false) + 1, false);
}

function copyHalf(to: DataView, toAt: number, from: DataView, at: number): void {
  to.setInt32(toAt, from.getInt32(at, true), true);
  to.setInt32(toAt + 4, from.getInt32(at + 4, true), true);
}
