import { type KeyRef, VALUE_ZSET } from '../../keyspace/key-ref.ts';
import { distanceBetween } from '../../types/zset/geo-shape.ts';
import { GeoPoint, geohashText } from '../../types/zset/geohash.ts';
import type { CommandContext } from '../context.ts';
import { errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import { key, memberArgument, members } from '../sorted-set/arguments.ts';
import type { CommandSpec } from '../spec.ts';
import { unitArgument } from './arguments.ts';
import { writeDistance, writePlace } from './replies.ts';

const place = new GeoPoint();
const other = new GeoPoint();

/** Key 0, which is missing or a sorted set, and open then. */
function openSortedSet({ keys, keyspace }: CommandContext): KeyRef {
  const ref = keys.at(0);
  keyspace.requireType(ref, VALUE_ZSET);
  if (ref.exists) keyspace.sortedSets.open(ref);
  return ref;
}

/** Decodes the place of the member at an argument; false when there is none. */
function locate({ keyspace, request }: CommandContext, ref: KeyRef, argIndex: number, out: GeoPoint): boolean {
  const zset = keyspace.sortedSets;
  if (!ref.exists || !zset.find(memberArgument(request, argIndex))) return false;
  out.decode(zset.score);
  return true;
}

function geodist(context: CommandContext): void {
  const { reply, request } = context;
  if (request.count > 5) throw errors.syntax;
  const metres = request.count === 5 ? unitArgument(request, 4) : 1;
  const ref = openSortedSet(context);
  if (!locate(context, ref, 2, place) || !locate(context, ref, 3, other)) {
    reply.nil();
    return;
  }
  writeDistance(reply, distanceBetween(place.longitude, place.latitude, other.longitude, other.latitude) / metres);
}

function geohash(context: CommandContext): void {
  const { reply, request } = context;
  const ref = openSortedSet(context);
  reply.array(request.count - 2);
  for (let i = 2; i < request.count; i++) {
    if (locate(context, ref, i, place)) reply.text(geohashText(place));
    else reply.nil();
  }
}

function geopos(context: CommandContext): void {
  const { reply, request } = context;
  const ref = openSortedSet(context);
  reply.array(request.count - 2);
  for (let i = 2; i < request.count; i++) {
    if (locate(context, ref, i, place)) writePlace(reply, place);
    else reply.nilArray();
  }
}

export const readCommands: readonly CommandSpec[] = [
  {
    name: 'geodist',
    summary: 'Tell the distance between two places',
    since: '3.2.0',
    group: 'geo',
    complexity: 'O(1)',
    arity: -4,
    flags: ['readonly'],
    categories: ['geo'],
    keySpecs: [keyAt(1, ['RO', 'access'])],
    arguments: [
      key,
      { name: 'member1', type: 'string' },
      { name: 'member2', type: 'string' },
      {
        name: 'unit',
        type: 'oneof',
        optional: true,
        arguments: [
          { name: 'm', type: 'pure-token', token: 'M' },
          { name: 'km', type: 'pure-token', token: 'KM' },
          { name: 'ft', type: 'pure-token', token: 'FT' },
          { name: 'mi', type: 'pure-token', token: 'MI' },
        ],
      },
    ],
    tiers: 'value',
    execute: geodist,
  },
  {
    name: 'geohash',
    summary: 'Tell the geohash of places as text',
    since: '3.2.0',
    group: 'geo',
    complexity: 'O(1) for each member asked for',
    arity: -2,
    flags: ['readonly'],
    categories: ['geo'],
    keySpecs: [keyAt(1, ['RO', 'access'])],
    arguments: [key, members],
    tiers: 'value',
    execute: geohash,
  },
  {
    name: 'geopos',
    summary: 'Tell longitude and latitude of places',
    since: '3.2.0',
    group: 'geo',
    complexity: 'O(1) for each member asked for',
    arity: -2,
    flags: ['readonly'],
    categories: ['geo'],
    keySpecs: [keyAt(1, ['RO', 'access'])],
    arguments: [key, members],
    tiers: 'value',
    execute: geopos,
  },
];
