import type { ReplyWriter } from '../../../protocol/resp/writer.ts';
import type { GeoPoint } from '../../types/zset/geohash.ts';

/** Decimals of a coordinate. */
const DECIMALS = 17;

/** A distance with four decimals, always as text. */
export function writeDistance(reply: ReplyWriter, distance: number): void {
  reply.text(distance.toFixed(4));
}

export function writePlace(reply: ReplyWriter, { longitude, latitude }: GeoPoint): void {
  reply.array(2);
  reply.decimal(coordinateText(longitude));
  reply.decimal(coordinateText(latitude));
}

/** C's `%.17f` without trailing zeros. Coordinates are often exact with 18 decimals, the last of them 5: C rounds that to even, JS away from 0. */
export function coordinateText(value: number): string {
  let text = value.toFixed(DECIMALS);
  if (Number.isInteger(value * 2 ** (DECIMALS + 1))) {
    const exact = value.toFixed(DECIMALS + 1);
    const cut = exact.slice(0, -1);
    if (exact.endsWith('5') && (cut.charCodeAt(cut.length - 1) & 1) === 0) text = cut;
  }
  const trimmed = text.replace(/\.?0+$/, '');
  return trimmed === '-0' ? '0' : trimmed;
}
