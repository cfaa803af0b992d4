import type { Request } from '../../../protocol/resp/request.ts';
import { isOnMap } from '../../types/zset/geohash.ts';
import { CommandError } from '../errors.ts';
import { scoreArgument } from '../sorted-set/arguments.ts';
import type { ArgumentSpec } from '../spec.ts';

const unknownUnit = new CommandError('ERR unsupported unit provided. please use M, KM, FT, MI');

/** Metres of each unit. */
const units: readonly (readonly [name: string, metres: number])[] = [
  ['m', 1],
  ['km', 1000],
  ['ft', 0.3048],
  ['mi', 1609.34],
];

export function unitArgument(request: Request, argIndex: number): number {
  for (const [name, metres] of units) if (request.is(argIndex, name)) return metres;
  throw unknownUnit;
}

/** Checks the longitude at an argument and the latitude after it. */
export function placeArgument(
  request: Request,
  argIndex: number,
): { readonly longitude: number; readonly latitude: number } {
  const longitude = scoreArgument(request, argIndex);
  const latitude = scoreArgument(request, argIndex + 1);
  if (!isOnMap(longitude, latitude)) {
    throw new CommandError(`ERR invalid longitude,latitude pair ${sixDigits(longitude)},${sixDigits(latitude)}`);
  }
  return { longitude, latitude };
}

/** C's `%f`. */
function sixDigits(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Math.abs(value) >= 1e21) return `${BigInt(value)}.000000`;
  return Object.is(value, -0) ? '-0.000000' : value.toFixed(6);
}

/** Arguments that many commands of the family have. */
const tokens = (...names: string[]): ArgumentSpec[] =>
  names.map((name) => ({ name, type: 'pure-token', token: name.toUpperCase() }));
export const unit: ArgumentSpec = { name: 'unit', type: 'oneof', arguments: tokens('m', 'km', 'ft', 'mi') };
export const order: ArgumentSpec = { name: 'order', type: 'oneof', optional: true, arguments: tokens('asc', 'desc') };
export const withcoord: ArgumentSpec = { name: 'withcoord', type: 'pure-token', token: 'WITHCOORD', optional: true };
export const withdist: ArgumentSpec = { name: 'withdist', type: 'pure-token', token: 'WITHDIST', optional: true };
export const withhash: ArgumentSpec = { name: 'withhash', type: 'pure-token', token: 'WITHHASH', optional: true };
export const longitude: ArgumentSpec = { name: 'longitude', type: 'double' };
export const latitude: ArgumentSpec = { name: 'latitude', type: 'double' };
export const radius: ArgumentSpec = { name: 'radius', type: 'double' };
export const countAny: ArgumentSpec = {
  name: 'count',
  type: 'block',
  optional: true,
  arguments: [
    { name: 'count', type: 'integer', token: 'COUNT' },
    { name: 'any', type: 'pure-token', token: 'ANY', optional: true },
  ],
};
export const from: ArgumentSpec = {
  name: 'from',
  type: 'oneof',
  arguments: [
    { name: 'member', type: 'string', token: 'FROMMEMBER' },
    { name: 'longitude_latitude', type: 'block', token: 'FROMLONLAT', arguments: [longitude, latitude] },
  ],
};
export const by: ArgumentSpec = {
  name: 'by',
  type: 'oneof',
  arguments: [
    { name: 'circle', type: 'block', arguments: [{ name: 'radius', type: 'double', token: 'BYRADIUS' }, unit] },
    {
      name: 'box',
      type: 'block',
      arguments: [{ name: 'width', type: 'double', token: 'BYBOX' }, { name: 'height', type: 'double' }, unit],
    },
  ],
};
