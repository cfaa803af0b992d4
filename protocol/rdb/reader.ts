import {
  ENCODED,
  ENCODING_INT8,
  ENCODING_INT16,
  ENCODING_INT32,
  ENCODING_LZF,
  LENGTH_14BIT,
  LENGTH_32BIT,
  LENGTH_64BIT,
} from './lengths.ts';
import { lzfDecompress, lzfMaxExpansion } from './lzf.ts';

export type RdbFailure =
  /** Something reaches beyond the payload, or is left over. */
  | 'truncated'
  /** An encoding that does not exist, or a stream that contradicts itself. */
  | 'malformed';

/**
 * Reads RDB elements off `bytes[start, end)` and nothing outside. The first failure is kept in `failure`, and from then on every
 * method answers undefined; no method allocates more than what is left can justify.
 */
export class RdbReader {
  failure: RdbFailure | undefined;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private at: number;
  private readonly end: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = start;
    this.end = Math.min(end, bytes.length);
  }

  get left(): number {
    return this.end - this.at;
  }

  byte(): number | undefined {
    const at = this.take(1);
    return at === undefined ? undefined : this.view.getUint8(at);
  }

  /** A length, not an encoding. */
  length(): number | undefined {
    const first = this.byte();
    if (first === undefined) return undefined;
    if ((first & ENCODED) === ENCODED) return this.fail('malformed');
    return this.lengthAfter(first);
  }

  /** A string in any encoding, as a copy of its own. */
  string(): Buffer | undefined {
    const first = this.byte();
    if (first === undefined) return undefined;
    if ((first & ENCODED) === ENCODED) return this.encodedString(first & ~ENCODED);
    const length = this.lengthAfter(first);
    const at = length === undefined ? undefined : this.take(length);
    if (length === undefined || at === undefined) return undefined;
    return Buffer.from(this.bytes.subarray(at, at + length));
  }

  private lengthAfter(first: number): number | undefined {
    if (first < LENGTH_14BIT) return first;
    if (first < LENGTH_32BIT) {
      const low = this.byte();
      return low === undefined ? undefined : ((first & 0x3f) << 8) | low;
    }
    if (first === LENGTH_32BIT) {
      const at = this.take(4);
      return at === undefined ? undefined : this.view.getUint32(at);
    }
    if (first !== LENGTH_64BIT) return this.fail('malformed');
    const at = this.take(8);
    // Lengths beyond 2^53 lose their last bits, but reach beyond any payload all the same.
    return at === undefined ? undefined : Number(this.view.getBigUint64(at));
  }

  private encodedString(encoding: number): Buffer | undefined {
    switch (encoding) {
      case ENCODING_INT8: {
        const at = this.take(1);
        return at === undefined ? undefined : Buffer.from(String(this.view.getInt8(at)));
      }
      case ENCODING_INT16: {
        const at = this.take(2);
        return at === undefined ? undefined : Buffer.from(String(this.view.getInt16(at, true)));
      }
      case ENCODING_INT32: {
        const at = this.take(4);
        return at === undefined ? undefined : Buffer.from(String(this.view.getInt32(at, true)));
      }
      case ENCODING_LZF:
        return this.compressedString();
      default:
        return this.fail('malformed');
    }
  }

  private compressedString(): Buffer | undefined {
    const compressed = this.length();
    const full = this.length();
    if (compressed === undefined || full === undefined) return undefined;
    const at = this.take(compressed);
    if (at === undefined) return undefined;
    if (full === 0 || full > lzfMaxExpansion(compressed)) return this.fail('malformed');
    const value = Buffer.allocUnsafeSlow(full);
    return lzfDecompress(this.bytes.subarray(at, at + compressed), value) ? value : this.fail('malformed');
  }

  /** Passes over `count` bytes; where they begin. */
  private take(count: number): number | undefined {
    if (this.failure !== undefined) return undefined;
    if (count > this.left) return this.fail('truncated');
    const at = this.at;
    this.at += count;
    return at;
  }

  private fail(failure: RdbFailure): undefined {
    this.failure ??= failure;
    return undefined;
  }
}
