import type { ReplyWriter } from '../../../protocol/resp/writer.ts';
import type { KeyRef } from '../../keyspace/key-ref.ts';

/** The bytes of a string value in place. Valid, and stable, only while the key's slot is locked. */
export interface Region {
  /** View and bytes of the whole segment that holds the value; add `offset` to every position. */
  view: DataView;
  bytes: Uint8Array;
  offset: number;
  length: number;
}

/** What becomes of a key's expiry when its value is replaced. Otherwise an absolute time in ms. */
export const EXPIRY_KEEP = -2;
export const EXPIRY_NONE = -1;

/**
 * What OBJECT ENCODING says of a string: whatever its bytes allow (int, embstr or raw, as after SET), always raw (changed in
 * place, or made by BITOP), or text that is no int even if it reads as one (INCRBYFLOAT). The object header's high nibble.
 */
export const ENCODING_FOUND = 0;
export const ENCODING_RAW = 1;
export const ENCODING_TEXT = 2;
/** As ENCODING_FOUND; COPY made the value, and Redis does not share a copied integer (OBJECT REFCOUNT tells). */
export const ENCODING_COPIED = 3;
export type StringEncoding =
  | typeof ENCODING_FOUND
  | typeof ENCODING_RAW
  | typeof ENCODING_TEXT
  | typeof ENCODING_COPIED;

/**
 * String values. Every method needs the key's slot locked and (except `set`) its value in RAM, which is what the dispatcher
 * gives to commands whose `tiers` is `value`. Type checks are the caller's: `keyspace.requireString(ref)`.
 * Writers mark the key dirty and give it a new version; they throw errors.stringTooLong / errors.oom before changing anything.
 */
export interface StringValues {
  /** Bytes of the value; 0 for a missing key. */
  length(ref: KeyRef): number;
  /** Writes the value as a bulk string. */
  reply(ref: KeyRef, reply: ReplyWriter): void;
  /** A copy of bytes [from, to). */
  copy(ref: KeyRef, from: number, to: number): Buffer;
  /** Where the value lies, for work in place. The same object every time. */
  locate(ref: KeyRef): Region;
  /** The value as an integer when it is one as Redis's string2ll reads it (no spaces, no plus, no leading zero), else undefined. */
  integer(ref: KeyRef): number | bigint | undefined;
  /** `raw`, `embstr` or `int`, as Redis 7.0 would say. */
  encoding(ref: KeyRef): 'raw' | 'embstr' | 'int';
  /** Whether COPY made the value, and nothing has changed it since. */
  copied(ref: KeyRef): boolean;
  /**
   * Creates or replaces the key (whatever its type was) with a string. `expireAtMs`: EXPIRY_KEEP, EXPIRY_NONE or a time.
   * `ref` describes the new key afterwards. `encoding` is ENCODING_FOUND unless given.
   */
  set(
    ref: KeyRef,
    bytes: Uint8Array,
    start: number,
    length: number,
    expireAtMs: number,
    encoding?: StringEncoding,
  ): void;
  /** The same for a number's decimal text; keeps the expiry of an existing key (INCR and family). */
  setNumber(ref: KeyRef, value: number | bigint): void;
  /** Appends, creating the key if need be; answers the new length. The encoding becomes raw. */
  append(ref: KeyRef, bytes: Uint8Array, start: number, length: number): number;
  /**
   * Makes an existing or new value at least `length` bytes long, padding with zero bytes, and says where it lies for writing
   * in place. Marks it changed; the encoding becomes raw.
   */
  grow(ref: KeyRef, length: number): Region;
  /**
   * Where an existing value lies for writing in place, its length unchanged; the encoding becomes raw. Call `changed` after
   * writing: nothing else says that the value is another one.
   */
  edit(ref: KeyRef): Region;
  changed(ref: KeyRef): void;
}
