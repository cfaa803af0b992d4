import type { ReplyWriter } from '../../../protocol/resp/writer.ts';
import { formatInt64, parseInt64 } from '../../../protocol/text/numbers.ts';
import { copyBytes } from '../../../tiers/base/bytes.ts';
import { MAX_VALUE_BYTES } from '../../../tiers/base/limits.ts';
import type { StoreView } from '../../../tiers/index/store-view.ts';
import { Allocator } from '../../../tiers/memory/allocator.ts';
import { asHandle, NULL_HANDLE } from '../../../tiers/memory/handle.ts';
import {
  headBytes,
  OBJECT_FLAGS,
  OBJECT_HAS_EXPIRY,
  OBJECT_TYPE,
  OBJECT_VALUE_LENGTH,
  objectFlags,
  objectKeyLength,
  objectValueAt,
  objectValueLength,
} from '../../../tiers/memory/object.ts';
import { errors } from '../../commands/errors.ts';
import type { KeyRef } from '../../keyspace/key-ref.ts';
import { VALUE_STRING } from '../../keyspace/key-ref.ts';
import type { ObjectWriter } from '../../keyspace/object-writer.ts';
import {
  ENCODING_COPIED,
  ENCODING_FOUND,
  ENCODING_RAW,
  ENCODING_TEXT,
  EXPIRY_KEEP,
  EXPIRY_NONE,
  type Region,
  type StringEncoding,
  type StringValues,
} from './string-values.ts';

const TYPE_SET = VALUE_STRING | (ENCODING_FOUND << 4);
const TYPE_CHANGED = VALUE_STRING | (ENCODING_RAW << 4);

/** OBJ_ENCODING_EMBSTR_SIZE_LIMIT, and the longest text of an int64. */
const EMBSTR_MAX_BYTES = 44;
const INT_MAX_BYTES = 20;
/** APPEND and SETRANGE reserve up to as much again, at most this, as sds does. */
const MAX_RESERVE_BYTES = 1024 * 1024;

export class SharedStrings implements StringValues {
  private readonly store: StoreView;
  private readonly writer: ObjectWriter;
  private readonly region: Region = {
    view: new DataView(new ArrayBuffer(0)),
    bytes: new Uint8Array(0),
    offset: 0,
    length: 0,
  };
  private readonly digits = Buffer.alloc(32);
  private readonly digitsView = new DataView(this.digits.buffer, this.digits.byteOffset, this.digits.length);

  constructor(store: StoreView, writer: ObjectWriter) {
    this.store = store;
    this.writer = writer;
  }

  length(ref: KeyRef): number {
    if (ref.handle === NULL_HANDLE) return 0;
    const { arena } = this.store;
    const handle = asHandle(ref.handle);
    return objectValueLength(arena.view(handle), arena.offset(handle));
  }

  reply(ref: KeyRef, reply: ReplyWriter): void {
    const { arena } = this.store;
    const handle = asHandle(ref.handle);
    const view = arena.view(handle);
    const at = arena.offset(handle);
    reply.bulkFrom(view, arena.bytes(handle), objectValueAt(view, at), objectValueLength(view, at));
  }

  copy(ref: KeyRef, from: number, to: number): Buffer {
    if (ref.handle === NULL_HANDLE || to <= from) return Buffer.alloc(0);
    const { bytes, offset, length } = this.locate(ref);
    return Buffer.from(bytes.slice(offset + Math.max(0, from), offset + Math.min(length, to)));
  }

  locate(ref: KeyRef): Region {
    const { region } = this;
    const handle = asHandle(ref.handle);
    if (handle === NULL_HANDLE) {
      region.offset = 0;
      region.length = 0;
      return region;
    }
    const { arena } = this.store;
    const view = arena.view(handle);
    const at = arena.offset(handle);
    region.view = view;
    region.bytes = arena.bytes(handle);
    region.offset = objectValueAt(view, at);
    region.length = objectValueLength(view, at);
    return region;
  }

  integer(ref: KeyRef): number | bigint | undefined {
    const { view, bytes, offset, length } = this.locate(ref);
    if (length === 0 || length > INT_MAX_BYTES) return undefined;
    copyBytes(this.digitsView, this.digits, 0, view, bytes, offset, length);
    return parseInt64(this.digits, 0, length);
  }

  encoding(ref: KeyRef): 'raw' | 'embstr' | 'int' {
    const encoding = this.storedEncoding(ref);
    if (encoding === ENCODING_RAW) return 'raw';
    if (encoding !== ENCODING_TEXT && this.integer(ref) !== undefined) return 'int';
    return this.length(ref) <= EMBSTR_MAX_BYTES ? 'embstr' : 'raw';
  }

  set(
    ref: KeyRef,
    bytes: Uint8Array,
    start: number,
    length: number,
    expireAtMs: number,
    encoding: StringEncoding = ENCODING_FOUND,
  ): void {
    const view =
      bytes === this.writer.requestBytes
        ? this.writer.requestView
        : new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const expiry = expireAtMs === EXPIRY_KEEP ? this.writer.expiry(ref) : expireAtMs;
    this.writer.write(ref, VALUE_STRING | (encoding << 4), length, expiry);
    const { arena } = this.store;
    const handle = asHandle(ref.handle);
    const to = arena.view(handle);
    copyBytes(to, arena.bytes(handle), objectValueAt(to, arena.offset(handle)), view, bytes, start, length);
  }

  setNumber(ref: KeyRef, value: number | bigint): void {
    const length = this.writeDigits(value);
    const expiry = ref.exists ? this.writer.expiry(ref) : EXPIRY_NONE;
    this.writer.write(ref, TYPE_SET, length, expiry);
    const { arena } = this.store;
    const handle = asHandle(ref.handle);
    const to = arena.view(handle);
    const at = objectValueAt(to, arena.offset(handle));
    copyBytes(to, arena.bytes(handle), at, this.digitsView, this.digits, 0, length);
  }

  append(ref: KeyRef, bytes: Uint8Array, start: number, length: number): number {
    const before = this.length(ref);
    if (!ref.exists) {
      // Redis makes a plain value of the first piece: its encoding is found as for SET.
      this.set(ref, bytes, start, length, EXPIRY_NONE);
      return length;
    }
    const region = this.grow(ref, before + length);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    copyBytes(region.view, region.bytes, region.offset + before, view, bytes, start, length);
    return before + length;
  }

  grow(ref: KeyRef, length: number): Region {
    if (length > MAX_VALUE_BYTES) throw errors.stringTooLong;
    const { store, writer } = this;
    const before = this.length(ref);
    const wanted = Math.max(before, length);
    if (!ref.exists) {
      writer.write(ref, TYPE_CHANGED, wanted, EXPIRY_NONE);
    } else {
      const handle = asHandle(ref.handle);
      const view = store.arena.view(handle);
      const at = store.arena.offset(handle);
      const need = objectValueAt(view, at) - at + wanted;
      if (need <= store.allocator.capacity(handle)) {
        view.setUint8(at + OBJECT_TYPE, TYPE_CHANGED);
        view.setUint32(at + OBJECT_VALUE_LENGTH, wanted, true);
        writer.changed(ref);
      } else this.enlarge(ref, wanted);
    }
    const region = this.locate(ref);
    if (wanted > before) region.bytes.fill(0, region.offset + before, region.offset + wanted);
    return region;
  }

  edit(ref: KeyRef): Region {
    const handle = asHandle(ref.handle);
    const { arena } = this.store;
    const view = arena.view(handle);
    const at = arena.offset(handle) + OBJECT_TYPE;
    if (view.getUint8(at) !== TYPE_CHANGED) {
      view.setUint8(at, TYPE_CHANGED);
      this.writer.rewritten(ref);
    }
    return this.locate(ref);
  }

  changed(ref: KeyRef): void {
    this.writer.changed(ref);
  }

  copied(ref: KeyRef): boolean {
    return this.storedEncoding(ref) === ENCODING_COPIED;
  }

  /** For a copy that was made just now. */
  markCopied(ref: KeyRef): void {
    if (this.storedEncoding(ref) !== ENCODING_FOUND) return;
    const { arena } = this.store;
    const handle = asHandle(ref.handle);
    arena.view(handle).setUint8(arena.offset(handle) + OBJECT_TYPE, VALUE_STRING | (ENCODING_COPIED << 4));
  }

  private storedEncoding(ref: KeyRef): number {
    const { arena } = this.store;
    const handle = asHandle(ref.handle);
    return arena.view(handle).getUint8(arena.offset(handle) + OBJECT_TYPE) >> 4;
  }

  /** Moves the value to a larger block, with room for more to come. */
  private enlarge(ref: KeyRef, length: number): void {
    const { store, writer } = this;
    const handle = asHandle(ref.handle);
    const from = store.arena.view(handle);
    const at = store.arena.offset(handle);
    const keyLength = objectKeyLength(from, at);
    const expiry = writer.expiry(ref);
    const withExpiry = expiry >= 0 || (from.getUint8(at + OBJECT_FLAGS) & OBJECT_HAS_EXPIRY) !== 0;
    const flags = objectFlags(keyLength, length, withExpiry, ref.table);
    const head = headBytes(flags) + keyLength;
    const reserve = Math.min(length, MAX_RESERVE_BYTES, MAX_VALUE_BYTES - length);
    const before = objectValueLength(from, at);
    const valueAt = objectValueAt(from, at);
    // The room is rounded up to a whole block, so a value that is set once and never appended to again wastes nothing here.
    const bytes = Allocator.blockBytes(head + length + (before > 0 ? reserve : 0));
    const to = writer.replaceBlock(ref, bytes, flags, TYPE_CHANGED, length, expiry);
    const { arena, allocator } = store;
    const view = arena.view(to);
    copyBytes(view, arena.bytes(to), objectValueAt(view, arena.offset(to)), from, arena.bytes(handle), valueAt, before);
    allocator.free(handle, VALUE_STRING);
  }

  private writeDigits(value: number | bigint): number {
    if (typeof value === 'number' && Math.abs(value) < 2 ** 31) {
      const { digits } = this;
      let rest = Math.abs(value);
      let at = 20;
      do {
        const tenth = Math.floor(rest / 10);
        digits[--at] = 48 + rest - tenth * 10;
        rest = tenth;
      } while (rest > 0);
      if (value < 0) digits[--at] = 45;
      digits.copyWithin(0, at, 20);
      return 20 - at;
    }
    return this.digits.write(formatInt64(value), 0, 'latin1');
  }
}
