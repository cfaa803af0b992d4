import { copyBytes } from '../../../tiers/base/bytes.ts';
import { Slice } from '../../../tiers/tree/slice.ts';

/**
 * Keys of a sorted set's order: a score in 8 bytes, then the member.
 *
 *   0   score: its double's bits, big endian, the sign bit flipped when it was 0 and all bits when it was 1,
 *       so that bytes sort as numbers do. -0 and 0 are the same.
 *   8   member
 */
export const SCORE_BYTES = 8;

const scratch = new DataView(new ArrayBuffer(SCORE_BYTES));

/** The score at `at`. */
export function readScore(view: DataView, at: number): number {
  const high = view.getInt32(at, false);
  const low = view.getInt32(at + 4, false);
  const flip = high < 0 ? 0 : -1;
  scratch.setInt32(0, high < 0 ? high ^ 0x80000000 : ~high, false);
  scratch.setInt32(4, low ^ flip, false);
  return scratch.getFloat64(0, false);
}

/** Writes a score (not NaN). */
export function writeScore(view: DataView, at: number, score: number): void {
  scratch.setFloat64(0, score + 0, false);
  const high = scratch.getInt32(0, false);
  const low = scratch.getInt32(4, false);
  view.setInt32(at, high < 0 ? ~high : high ^ 0x80000000, false);
  view.setInt32(at + 4, high < 0 ? ~low : low, false);
}

/** Builds keys; what it answers is good until the next one. */
export class ScoreKey {
  private readonly slice = new Slice();
  private bytes = new Uint8Array(256);
  private view = new DataView(this.bytes.buffer);

  /** The key of a member with a score. */
  of(score: number, member: Slice): Slice {
    const length = SCORE_BYTES + member.length;
    if (length >= this.bytes.length) this.grow(length);
    writeScore(this.view, 0, score);
    copyBytes(this.view, this.bytes, SCORE_BYTES, member.view, member.bytes, member.at, member.length);
    return this.slice.set(this.view, this.bytes, 0, length);
  }

  /** The least key after that. */
  after(score: number, member: Slice): Slice {
    const key = this.of(score, member);
    this.view.setUint8(key.length, 0);
    key.length++;
    return key;
  }

  /** Not greater than any key with this score (`after`: greater than all of them), and greater than all keys with lower scores. */
  bound(score: number, after: boolean): Slice {
    const { view } = this;
    writeScore(view, 0, score);
    if (after) {
      const low = (view.getUint32(4, false) + 1) >>> 0;
      view.setUint32(4, low, false);
      if (low === 0) view.setUint32(0, view.getUint32(0, false) + 1, false);
    }
    return this.slice.set(view, this.bytes, 0, SCORE_BYTES);
  }

  private grow(length: number): void {
    this.bytes = new Uint8Array(length * 2);
    this.view = new DataView(this.bytes.buffer);
  }
}
