import { assert } from '../../../tiers/base/assert.ts';
import { expect } from '../errors.ts';
import type { ByteSpan } from '../span.ts';

/**
 * An intset: the bytes per integer (u32 LE: 2, 4 or 8), the count (u32 LE), and the integers, little-endian, ascending.
 */
const HEADER_BYTES = 8;

/** Calls `member` for each integer, as text in `span`, of an intset that may be anything, checking all of it. Throws `BadRdb`. */
export function readIntset(blob: ByteSpan, span: ByteSpan, member: () => void): void {
  const { view, at: start, length } = blob;
  expect(length > HEADER_BYTES, 'an intset without members');
  const width = view.getUint32(start, true);
  expect(width === 2 || width === 4 || width === 8, 'an intset of no known width');
  const count = view.getUint32(start + 4, true);
  expect(HEADER_BYTES + count * width === length, 'an intset of another length than it says');
  const end = start + length;
  if (width === 8) {
    let previous: bigint | undefined;
    for (let at = start + HEADER_BYTES; at < end; at += width) {
      const integer = view.getBigInt64(at, true);
      expect(previous === undefined || integer > previous, 'an intset that is not ascending');
      previous = integer;
      span.setInteger(integer);
      member();
    }
    return;
  }
  let previous = Number.NEGATIVE_INFINITY;
  for (let at = start + HEADER_BYTES; at < end; at += width) {
    const integer = width === 2 ? view.getInt16(at, true) : view.getInt32(at, true);
    expect(integer > previous, 'an intset that is not ascending');
    previous = integer;
    span.setInteger(integer);
    member();
  }
}

/** Builds an intset from at most `capacity` different integers in any order. */
export class IntsetWriter {
  private readonly members: BigInt64Array;
  private count = 0;

  constructor(capacity: number) {
    this.members = new BigInt64Array(capacity);
  }

  add(integer: number | bigint): void {
    assert(this.count < this.members.length, 'more members than announced');
    this.members[this.count++] = BigInt(integer);
  }

  finish(): Buffer {
    assert(this.count === this.members.length, 'fewer members than announced');
    const members = this.members.sort();
    const least = members[0] ?? 0n;
    const most = members[members.length - 1] ?? 0n;
    const width = fits(16, least, most) ? 2 : fits(32, least, most) ? 4 : 8;
    const bytes = Buffer.allocUnsafeSlow(HEADER_BYTES + members.length * width);
    bytes.writeUInt32LE(width, 0);
    bytes.writeUInt32LE(members.length, 4);
    let at = HEADER_BYTES;
    for (const member of members) {
      if (width === 8) bytes.writeBigInt64LE(member, at);
      else bytes.writeIntLE(Number(member), at, width);
      at += width;
    }
    return bytes;
  }
}

function fits(bits: number, least: bigint, most: bigint): boolean {
  return BigInt.asIntN(bits, least) === least && BigInt.asIntN(bits, most) === most;
}
