import { parseInt64 } from '../text/numbers.ts';
import { Crc64 } from './crc64.ts';
import { ENCODED, ENCODING_LZF, MAX_LENGTH_BYTES, writeEncodedInteger, writeLength } from './lengths.ts';
import { lzfCompress } from './lzf.ts';
import { type RdbFailure, RdbReader } from './reader.ts';

/**
 * The payload of DUMP and RESTORE:
 *
 *     ┌──────┬───────────────┬─────────────────────┬───────────────────────┐
 *     │ type │ the value     │ RDB version, u16 LE │ CRC-64 of all before, │
 *     │ u8   │ as in an RDB  │                     │ u64 LE                │
 *     └──────┴───────────────┴─────────────────────┴───────────────────────┘
 */
export const TYPE_STRING = 0;
/** The version that payloads are written with: that of Redis 7.0. */
export const DUMP_VERSION = 10;
/** The newest version that is read: that of Redis 7.2, whose strings are the same. */
export const MAX_DUMP_VERSION = 11;

const VERSION_BYTES = 2;
const FOOTER_BYTES = VERSION_BYTES + 8;
/** Longer strings are not tried as integers: `-2147483648` has 11 characters. */
const MAX_INTEGER_BYTES = 11;
/** Strings up to this length are not compressed. */
const MIN_COMPRESSED_BYTES = 20;
/** What compression has to save at least. */
const MIN_SAVED_BYTES = 4;

export type DumpFailure =
  | RdbFailure
  /** Too short for a footer, or a version that is not known. */
  | 'version'
  | 'checksum'
  /** The payload is in order, but its type is not read here. */
  | 'unsupported type';

export type DumpResult =
  | { readonly ok: true; readonly type: number; readonly value: Buffer }
  | { readonly ok: false; readonly failure: DumpFailure; readonly type?: number };

/** The payload of a string, equal byte for byte to redis-server 7.0's; `compress` is its `rdbcompression`. */
export function encodeStringDump(value: Uint8Array, compress = true): Buffer {
  const payload = Buffer.allocUnsafeSlow(1 + 2 * MAX_LENGTH_BYTES + 1 + value.length + FOOTER_BYTES);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  payload[0] = TYPE_STRING;
  let end = encodeInteger(view, 1, value);
  if (end === 0 && compress && value.length > MIN_COMPRESSED_BYTES) end = encodeCompressed(payload, view, 1, value);
  if (end === 0) {
    end = writeLength(view, 1, value.length);
    payload.set(value, end);
    end += value.length;
  }
  view.setUint16(end, DUMP_VERSION, true);
  const crc = new Crc64();
  crc.update(payload, 0, end + VERSION_BYTES);
  view.setUint32(end + VERSION_BYTES, crc.low, true);
  view.setUint32(end + VERSION_BYTES + 4, crc.high, true);
  return payload.subarray(0, end + FOOTER_BYTES);
}

/** Where the encoding ends, or 0 when the value is not the decimal text of a 32-bit integer. */
function encodeInteger(view: DataView, at: number, value: Uint8Array): number {
  if (value.length > MAX_INTEGER_BYTES) return 0;
  const integer = parseInt64(value, 0, value.length);
  return typeof integer === 'number' && integer === (integer | 0) ? writeEncodedInteger(view, at, integer) : 0;
}

/** Where the encoding ends, or 0 when compression does not pay. */
function encodeCompressed(payload: Buffer, view: DataView, at: number, value: Uint8Array): number {
  const stream = Buffer.allocUnsafe(value.length - MIN_SAVED_BYTES);
  const length = lzfCompress(value, stream);
  if (length === 0) return 0;
  view.setUint8(at, ENCODED | ENCODING_LZF);
  const streamAt = writeLength(view, writeLength(view, at + 1, length), value.length);
  payload.set(stream.subarray(0, length), streamAt);
  return streamAt + length;
}

/**
 * Reads a payload that may be anything. A checksum of zero means that the writer had checksums switched off; pass
 * `allowUnchecked: false` to refuse it.
 */
export function decodeStringDump(payload: Uint8Array, allowUnchecked = true): DumpResult {
  const bodyEnd = payload.length - FOOTER_BYTES;
  if (bodyEnd < 0) return { ok: false, failure: 'version' };
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  if (view.getUint16(bodyEnd, true) > MAX_DUMP_VERSION) return { ok: false, failure: 'version' };
  const low = view.getUint32(bodyEnd + VERSION_BYTES, true);
  const high = view.getUint32(bodyEnd + VERSION_BYTES + 4, true);
  if (!(allowUnchecked && low === 0 && high === 0)) {
    const crc = new Crc64();
    crc.update(payload, 0, bodyEnd + VERSION_BYTES);
    if (crc.low !== low || crc.high !== high) return { ok: false, failure: 'checksum' };
  }
  const reader = new RdbReader(payload, 0, bodyEnd);
  const type = reader.byte();
  if (type === undefined) return { ok: false, failure: 'truncated' };
  if (type !== TYPE_STRING) return { ok: false, failure: 'unsupported type', type };
  const value = reader.string();
  if (value === undefined) return { ok: false, failure: reader.failure ?? 'malformed', type };
  if (reader.left > 0) return { ok: false, failure: 'truncated', type };
  return { ok: true, type, value };
}
