import { copyBytes, equalBytes } from '../../../tiers/base/bytes.ts';
import { lengthBytes, readLength, writeLength } from '../../../tiers/tree/pack.ts';
import { differenceElementBytes, integerElementBytes, LISTPACK_BYTES, textElementBytes } from './listpack-size.ts';
import {
  ENTRY_DELETED,
  ENTRY_SAME_FIELDS,
  MS_BYTES,
  MS_NEXT,
  MS_SAME,
  MS_SHIFT,
  MS_U8,
  MS_U16,
  MS_U32,
  MS_U64,
  NODE_DELETED,
  NODE_ENTRIES,
  NODE_FIELDS,
  NODE_LAST_ID,
  NODE_LISTPACK_BYTES,
  SEQUENCE_BYTES,
  SEQUENCE_IMPLIED,
  SEQUENCE_SHIFT,
  SEQUENCE_U8,
  SEQUENCE_U32,
  SEQUENCE_U64,
} from './node-layout.ts';
import type { StreamId } from './stream-id.ts';

/** Where the names and values of a new entry are; a request is one. Text `i` is `[start(i), start(i) + length(i))`. */
export interface Texts {
  readonly view: DataView;
  readonly bytes: Uint8Array;
  start(i: number): number;
  length(i: number): number;
}

/** A node's bytes in Redis. */
export function nodeListpackBytes(view: DataView, at: number): number {
  return (
    view.getUint32(at + NODE_LISTPACK_BYTES, true) +
    integerElementBytes(view.getUint32(at + NODE_ENTRIES, true)) +
    integerElementBytes(view.getUint32(at + NODE_DELETED, true))
  );
}

/** Marks the entry whose flags are at `entryAt` of the node at `at` as deleted. */
export function markDeleted(view: DataView, at: number, entryAt: number): void {
  view.setUint8(entryAt, view.getUint8(entryAt) | ENTRY_DELETED);
  view.setUint32(at + NODE_ENTRIES, view.getUint32(at + NODE_ENTRIES, true) - 1, true);
  view.setUint32(at + NODE_DELETED, view.getUint32(at + NODE_DELETED, true) + 1, true);
}

/**
 * A new entry on its way into a node: `describe` it, then `fitTo` the node or begin one, then write it. `bytes` says what it adds to the node's
 * value, `beginBytes` how long the value of a node is that begins with it.
 */
export class EntryDraft {
  /** Bytes of all names and values. */
  textBytes = 0;
  bytes = 0;
  beginBytes = 0;
  private texts: Texts | undefined;
  private from = 0;
  private fields = 0;
  private namesPack = 0;
  private valuesPack = 0;
  private flags = 0;
  private msCode = MS_SAME;
  private sequenceCode = SEQUENCE_IMPLIED;
  private listpack = 0;

  /** Where in a node's value the entry is that the node begins with. */
  get firstEntryAt(): number {
    return NODE_FIELDS + lengthBytes(this.fields) + this.namesPack;
  }

  /** `fields` pairs of name and value from text `from` on. */
  describe(texts: Texts, from: number, fields: number): void {
    this.texts = texts;
    this.from = from;
    this.fields = fields;
    let names = 0;
    let values = 0;
    let all = 0;
    for (let i = 0; i < fields; i++) {
      const name = texts.length(from + 2 * i);
      const value = texts.length(from + 2 * i + 1);
      names += lengthBytes(name) + name;
      values += lengthBytes(value) + value;
      all += name + value;
    }
    this.namesPack = names;
    this.valuesPack = values;
    this.textBytes = all;
    this.beginBytes = NODE_FIELDS + lengthBytes(fields) + names + 2 + values;
  }

  /** Prepares the entry for the node at `at`, whose key is the id at `keyAt`. */
  fitTo(view: DataView, at: number, keyAt: number, id: StreamId): void {
    this.flags = this.sharesFields(view, at + NODE_FIELDS) ? ENTRY_SAME_FIELDS : 0;
    this.encodeId(view, at + NODE_LAST_ID, id);
    this.bytes = 1 + (MS_BYTES[this.msCode] ?? 0) + (SEQUENCE_BYTES[this.sequenceCode] ?? 0) + this.valuesPack;
    if (this.flags === 0) this.bytes += lengthBytes(this.fields) + this.namesPack;
    this.listpack =
      2 +
      differenceElementBytes(id.view, 0, view, keyAt) +
      differenceElementBytes(id.view, 8, view, keyAt + 8) +
      this.textElements();
  }

  /** Writes a node with the entry alone: `beginBytes` bytes at `at`. */
  begin(view: DataView, bytes: Uint8Array, at: number, id: StreamId): void {
    const { texts } = this;
    if (texts === undefined) return;
    let to = writeLength(view, at + NODE_FIELDS, this.fields);
    let names = 0;
    for (let i = 0; i < this.fields; i++) {
      const text = this.from + 2 * i;
      names += textElementBytes(texts.bytes, texts.start(text), texts.length(text));
      to = writeText(view, bytes, to, texts, text);
    }
    this.flags = ENTRY_SAME_FIELDS;
    this.msCode = MS_SAME;
    this.sequenceCode = SEQUENCE_U8;
    view.setUint32(at + NODE_ENTRIES, 0, true);
    view.setUint32(at + NODE_DELETED, 0, true);
    // The master entry: number of fields, names, end mark. The first entry's differences are 0.
    const master = LISTPACK_BYTES + integerElementBytes(this.fields) + names + 2;
    view.setUint32(at + NODE_LISTPACK_BYTES, master, true);
    this.listpack = 2 + 2 + 2 + this.textElements();
    id.copyTo(view, at + NODE_LAST_ID);
    this.write(view, bytes, at, to, id);
  }

  /** Writes the entry at `entryAt`, the former end of the node at `at`. */
  write(view: DataView, bytes: Uint8Array, at: number, entryAt: number, id: StreamId): void {
    const { texts, flags } = this;
    if (texts === undefined) return;
    view.setUint8(entryAt, flags | (this.msCode << MS_SHIFT) | (this.sequenceCode << SEQUENCE_SHIFT));
    let to = this.writeId(view, at + NODE_LAST_ID, entryAt + 1, id);
    if (flags === 0) to = writeLength(view, to, this.fields);
    for (let i = 0; i < this.fields; i++) {
      const text = this.from + 2 * i;
      if (flags === 0) to = writeText(view, bytes, to, texts, text);
      to = writeText(view, bytes, to, texts, text + 1);
    }
    view.setUint32(at + NODE_ENTRIES, view.getUint32(at + NODE_ENTRIES, true) + 1, true);
    view.setUint32(at + NODE_LISTPACK_BYTES, view.getUint32(at + NODE_LISTPACK_BYTES, true) + this.listpack, true);
    id.copyTo(view, at + NODE_LAST_ID);
  }

  /** Forgets where the texts are. */
  release(): void {
    this.texts = undefined;
  }

  private sharesFields(view: DataView, fieldsAt: number): boolean {
    const { texts, from } = this;
    const shared = readLength(view, fieldsAt);
    if (shared !== this.fields || texts === undefined) return false;
    let at = fieldsAt + lengthBytes(shared);
    for (let i = 0; i < shared; i++) {
      const length = readLength(view, at);
      at += lengthBytes(length);
      const text = from + 2 * i;
      if (length !== texts.length(text) || !equalBytes(view, at, texts.view, texts.start(text), length)) return false;
      at += length;
    }
    return true;
  }

  /** Bytes in a listpack of the values, and of what else depends on SAME_FIELDS. */
  private textElements(): number {
    const { texts, from, fields } = this;
    if (texts === undefined) return 0;
    let sum = 0;
    const same = this.flags !== 0;
    for (let i = from; i < from + 2 * fields; i++) {
      if (same && ((i - from) & 1) === 0) continue;
      sum += textElementBytes(texts.bytes, texts.start(i), texts.length(i));
    }
    if (same) return sum + integerElementBytes(3 + fields);
    return sum + integerElementBytes(fields) + integerElementBytes(4 + 2 * fields);
  }

  /** Chooses the shortest codes for an id behind the one at `beforeAt`. */
  private encodeId(view: DataView, beforeAt: number, id: StreamId): void {
    const ms = difference(id.view, 0, view, beforeAt);
    // After XSETID the entry may come before one that was deleted: then nothing can be added to its id.
    if (ms === 0) {
      const sequence = difference(id.view, 8, view, beforeAt + 8);
      this.msCode = MS_SAME;
      this.sequenceCode = sequence === 1 ? SEQUENCE_IMPLIED : sequenceCodeOf(sequence);
      return;
    }
    this.msCode = ms === 1 ? MS_NEXT : msCodeOf(ms);
    const sequence = id.view.getUint32(8, false) * 2 ** 32 + id.view.getUint32(12, false);
    this.sequenceCode = sequence === 0 ? SEQUENCE_IMPLIED : sequenceCodeOf(sequence);
  }

  private writeId(view: DataView, beforeAt: number, at: number, id: StreamId): number {
    const { msCode, sequenceCode } = this;
    let to = at;
    if (msCode === MS_U64) copyHalf(view, to, id.view, 0);
    else if (msCode !== MS_SAME && msCode !== MS_NEXT) {
      const ms = difference(id.view, 0, view, beforeAt);
      if (msCode === MS_U8) view.setUint8(to, ms);
      else if (msCode === MS_U16) view.setUint16(to, ms, true);
      else view.setUint32(to, ms, true);
    }
    to += MS_BYTES[msCode] ?? 0;
    if (sequenceCode === SEQUENCE_U64) copyHalf(view, to, id.view, 8);
    else if (sequenceCode !== SEQUENCE_IMPLIED) {
      const sequence = msCode === MS_SAME ? difference(id.view, 8, view, beforeAt + 8) : id.view.getUint32(12, false);
      if (sequenceCode === SEQUENCE_U8) view.setUint8(to, sequence);
      else view.setUint32(to, sequence, true);
    }
    return to + (SEQUENCE_BYTES[sequenceCode] ?? 0);
  }
}

function msCodeOf(ms: number): number {
  if (ms < 0) return MS_U64;
  return ms < 256 ? MS_U8 : ms < 65536 ? MS_U16 : ms < 2 ** 32 ? MS_U32 : MS_U64;
}

function sequenceCodeOf(value: number): number {
  if (value < 0) return SEQUENCE_U64;
  return value < 256 ? SEQUENCE_U8 : value < 2 ** 32 ? SEQUENCE_U32 : SEQUENCE_U64;
}

/** `a - b` of two u64; a is not less. Exact below 2^53, and beyond that still more than 2^32. */
function difference(a: DataView, aAt: number, b: DataView, bAt: number): number {
  return (
    (a.getUint32(aAt, false) - b.getUint32(bAt, false)) * 2 ** 32 +
    (a.getUint32(aAt + 4, false) - b.getUint32(bAt + 4, false))
  );
}

function copyHalf(to: DataView, toAt: number, from: DataView, at: number): void {
  to.setInt32(toAt, from.getInt32(at, true), true);
  to.setInt32(toAt + 4, from.getInt32(at + 4, true), true);
}

function writeText(view: DataView, bytes: Uint8Array, at: number, texts: Texts, text: number): number {
  const length = texts.length(text);
  const to = writeLength(view, at, length);
  copyBytes(view, bytes, to, texts.view, texts.bytes, texts.start(text), length);
  return to + length;
}
