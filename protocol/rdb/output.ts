import { assert } from '../../tiers/base/assert.ts';
import { parseInt64 } from '../text/numbers.ts';
import { Crc64 } from './crc64.ts';
import { ENCODED, ENCODING_LZF, LENGTH_64BIT, MAX_LENGTH_BYTES, writeEncodedInteger, writeLength } from './lengths.ts';
import { lzfCompress } from './lzf.ts';
import { ListpackWriter } from './packed/listpack-writer.ts';
import { RDB_VERSION } from './types.ts';

const INITIAL_BYTES = 256;
/** From here on, what is written is handed on at the next opportunity. */
const CHUNK_BYTES = 256 * 1024;
/** Longer strings are not tried as integers: `-2147483648` has 11 characters. */
const MAX_INTEGER_BYTES = 11;
/** Strings up to this length are not compressed. */
const MIN_COMPRESSED_BYTES = 20;
/** Room for counts of up to 32 bits. */
const PLACED_COUNT_BYTES = 5;
/** What compression has to save at least. */
const MIN_SAVED_BYTES = 4;
const NO_BYTES = Buffer.alloc(0);

export interface RdbOutputOptions {
  /** Redis's `rdbcompression`; true unless said otherwise. */
  readonly compress?: boolean;
  /** 10 (Redis 7.0) unless said otherwise, or 11 (7.2), which knows active times of a stream's consumers. */
  readonly version?: number;
  /** Takes pieces of what is written, which are its own from then on. Without it everything is kept. */
  readonly drain?: (piece: Buffer) => void;
  /** How many bytes to make room for at first. */
  readonly sizeHint?: number;
}

/** Writes RDB elements behind each other, equal byte for byte to Redis's, into a buffer that grows or is drained. */
export class RdbOutput {
  readonly version: number;
  private readonly compress: boolean;
  private readonly drain: ((piece: Buffer) => void) | undefined;
  private readonly crc = new Crc64();
  private bytes: Buffer;
  private view: DataView;
  private at = 0;
  private held = 0;
  private scratch: Buffer = NO_BYTES;
  private packer: ListpackWriter | undefined;
  private beforeValue: ((type: number) => void) | undefined;

  constructor(options: RdbOutputOptions = {}) {
    this.version = options.version ?? RDB_VERSION;
    this.compress = options.compress ?? true;
    this.drain = options.drain;
    this.bytes = Buffer.allocUnsafeSlow(options.sizeHint ?? INITIAL_BYTES);
    this.view = new DataView(this.bytes.buffer);
  }

  /** How a value begins: with its type, unless a file's writer has more to say. */
  valueType(type: number): void {
    const before = this.beforeValue;
    this.beforeValue = undefined;
    if (before === undefined) this.byte(type);
    else before(type);
  }

  /** For the next value only: who writes its type. */
  onNextValue(write: (type: number) => void): void {
    this.beforeValue = write;
  }

  byte(value: number): void {
    const at = this.room(1);
    this.view.setUint8(at, value);
    this.at = at + 1;
  }

  length(value: number): void {
    const at = this.room(MAX_LENGTH_BYTES);
    this.at = writeLength(this.view, at, value);
  }

  /** Any number of 64 bits; negative ones as two's complement. */
  number64(value: bigint): void {
    if (value >= 0n && value <= 0xffffffffn) {
      this.length(Number(value));
      return;
    }
    const at = this.room(MAX_LENGTH_BYTES);
    this.view.setUint8(at, LENGTH_64BIT);
    this.view.setBigUint64(at + 1, BigInt.asUintN(64, value));
    this.at = at + 9;
  }

  double(value: number): void {
    const at = this.room(8);
    this.view.setFloat64(at, value, true);
    this.at = at + 8;
  }

  milliseconds(value: number): void {
    const at = this.room(8);
    this.view.setBigInt64(at, BigInt(value), true);
    this.at = at + 8;
  }

  /** 64 bits as they are, little-endian, unsigned. */
  raw64(value: bigint): void {
    const at = this.room(8);
    this.view.setBigUint64(at, BigInt.asUintN(64, value), true);
    this.at = at + 8;
  }

  /** A stream entry's id as 16 bytes, big-endian. */
  rawId(ms: bigint, seq: bigint): void {
    const at = this.room(16);
    this.view.setBigUint64(at, ms);
    this.view.setBigUint64(at + 8, seq);
    this.at = at + 16;
  }

  /** A string: as an integer if it is one, compressed if that pays, else as it is. */
  string(bytes: Uint8Array, start = 0, length = bytes.length): void {
    if (length <= MAX_INTEGER_BYTES) {
      const integer = parseInt64(bytes, start, length);
      if (typeof integer === 'number' && integer === (integer | 0)) {
        const at = this.room(5);
        this.at = writeEncodedInteger(this.view, at, integer);
        return;
      }
    } else if (this.compress && length > MIN_COMPRESSED_BYTES && this.compressed(bytes, start, length)) {
      return;
    }
    this.length(length);
    this.raw(bytes, start, length);
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array, start = 0, length = bytes.length): void {
    const at = this.room(length);
    if (length < 32) for (let i = 0; i < length; i++) this.bytes[at + i] = bytes[start + i] ?? 0;
    else this.bytes.set(bytes.subarray(start, start + length), at);
    this.at = at + length;
  }

  /** For whoever writes a value that holds listpacks, one after the other. */
  get listpack(): ListpackWriter {
    this.packer ??= new ListpackWriter();
    return this.packer;
  }

  /** The listpack in `listpack`, finished, as a string. */
  packed(): void {
    const { bytes, length } = this.listpack.finish();
    this.string(bytes, 0, length);
  }

  /** Leaves room for a count that is not known yet; until it is, nothing is drained. The place is for `setCount`. */
  placeCount(): number {
    this.held++;
    const place = this.room(PLACED_COUNT_BYTES);
    this.at = place + PLACED_COUNT_BYTES;
    return place;
  }

  /** What was written since moves up if the count needs less room. */
  setCount(place: number, count: number): void {
    const end = writeLength(this.view, place, count);
    assert(end <= place + PLACED_COUNT_BYTES, 'a count beyond 32 bits');
    this.bytes.copyWithin(end, place + PLACED_COUNT_BYTES, this.at);
    this.at -= place + PLACED_COUNT_BYTES - end;
    this.held--;
  }

  /** The payload of DUMP: what was written (one value), version and checksum. */
  dump(): Buffer {
    assert(this.drain === undefined && this.held === 0, 'a dump of something unfinished');
    const at = this.room(2);
    this.view.setUint16(at, this.version, true);
    this.at = at + 2;
    this.checksum(true);
    return this.bytes.subarray(0, this.at);
  }

  /** The checksum of everything written, or zero for none; and with it the end: what is left is drained. */
  checksum(enabled: boolean): void {
    const at = this.room(8);
    this.crc.update(this.bytes, 0, at);
    this.view.setUint32(at, enabled ? this.crc.low : 0, true);
    this.view.setUint32(at + 4, enabled ? this.crc.high : 0, true);
    this.at = at + 8;
    this.drain?.(this.bytes.subarray(0, this.at));
  }

  private compressed(bytes: Uint8Array, start: number, length: number): boolean {
    const limit = length - MIN_SAVED_BYTES;
    if (this.scratch.length < limit) this.scratch = Buffer.allocUnsafeSlow(Math.max(limit, 2 * this.scratch.length));
    const size = lzfCompress(bytes.subarray(start, start + length), this.scratch.subarray(0, limit));
    if (size === 0) return false;
    this.byte(ENCODED | ENCODING_LZF);
    this.length(size);
    this.length(length);
    this.raw(this.scratch, 0, size);
    return true;
  }

  /** Where the next `length` bytes go; there is room for them. */
  private room(length: number): number {
    if (this.at + length <= this.bytes.length) return this.at;
    if (this.drain !== undefined && this.held === 0 && this.at >= CHUNK_BYTES) {
      this.crc.update(this.bytes, 0, this.at);
      this.drain(this.bytes.subarray(0, this.at));
      this.at = 0;
      this.replace(Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, length)));
    } else {
      this.replace(Buffer.allocUnsafeSlow(Math.max(this.at + length, this.bytes.length * 2)));
    }
    return this.at;
  }

  private replace(bytes: Buffer): void {
    this.bytes.copy(bytes, 0, 0, this.at);
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }
}
