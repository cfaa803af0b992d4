import { FastRandom } from './key-picker.ts';

/** `key:` and twelve digits, as redis-benchmark names its keys. */
export const KEY_BYTES = 16;
const POOL_BYTES = 4 << 20;
/** Key number and version, little-endian, in front of every value that has room for them. */
const STAMP_BYTES = 8;

/**
 * Values that can be checked: key number, version, then random bytes from a place in a fixed pool that key and version
 * decide. Incompressible in blocks of any usual size, since two slices of a 4 MiB pool seldom overlap.
 */
export class ValueMaker {
  readonly valueBytes: number;
  private readonly pool = Buffer.alloc(POOL_BYTES);
  private readonly stampBytes: number;

  constructor(valueBytes: number) {
    this.valueBytes = valueBytes;
    this.stampBytes = valueBytes >= STAMP_BYTES ? STAMP_BYTES : 0;
    const random = new FastRandom(0x5eed);
    for (let i = 0; i < POOL_BYTES; i += 4) this.pool.writeUInt32LE(random.nextUint32(), i);
  }

  private placeOf(key: number, version: number): number {
    const mixed = Math.imul(key ^ Math.imul(version, 0x85ebca6b), 0x9e3779b1);
    return (mixed >>> 0) % (POOL_BYTES - this.valueBytes);
  }

  write(target: Buffer, at: number, key: number, version: number): void {
    if (this.stampBytes > 0) {
      target.writeUInt32LE(key, at);
      target.writeUInt32LE(version, at + 4);
    }
    const from = this.placeOf(key, version);
    this.pool.copy(target, at + this.stampBytes, from, from + this.valueBytes - this.stampBytes);
  }

  /** The version that a value of `key` carries, or -1 when the bytes are not a value of that key. */
  check(bytes: Buffer, at: number, key: number): number {
    const version = this.stampBytes > 0 ? bytes.readUInt32LE(at + 4) : 0;
    if (this.stampBytes > 0 && bytes.readUInt32LE(at) !== key) return -1;
    const from = this.placeOf(key, version);
    const length = this.valueBytes - this.stampBytes;
    const start = at + this.stampBytes;
    return this.pool.compare(bytes, start, start + length, from, from + length) === 0 ? version : -1;
  }
}

/** Overwrites the twelve digits of a key that starts at `at`. */
export function writeKeyDigits(target: Uint8Array, at: number, key: number): void {
  let rest = key;
  for (let i = at + KEY_BYTES - 1; i >= at + 4; i--) {
    const next = (rest / 10) | 0;
    target[i] = 48 + (rest - next * 10);
    rest = next;
  }
}
