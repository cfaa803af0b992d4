import { Slice } from '../../../tiers/tree/slice.ts';
import { VALUE_ZSET } from '../../keyspace/key-ref.ts';
import { cellsOf } from '../../types/zset/geo-cells.ts';
import { distanceWithin, exactDistanceBetween } from '../../types/zset/geo-shape.ts';
import { GeoPoint } from '../../types/zset/geohash.ts';
import { ScoredMembers } from '../../types/zset/scored-members.ts';
import { WINDOW } from '../../types/zset/shared-sorted-sets.ts';
import type { CommandContext } from '../context.ts';
import { keyAt } from '../key-specs.ts';
import { destination, key, member } from '../sorted-set/arguments.ts';
import { declareTarget, storeMembers } from '../sorted-set/store.ts';
import type { CommandSpec } from '../spec.ts';
import {
  by,
  countAny,
  from,
  latitude,
  longitude,
  order,
  radius,
  unit,
  withcoord,
  withdist,
  withhash,
} from './arguments.ts';
import { type GeoGrammar, GeoQuery } from './query.ts';
import { writeDistance, writePlace } from './replies.ts';

/** Places that a search found: members with their scores, and how far each is from the middle, in m. */
interface Found {
  readonly members: ScoredMembers;
  readonly distances: number[];
}

/** `limit`: how many are enough, 0 for all. */
function search({ keyspace }: CommandContext, { shape }: GeoQuery, limit: number): Found {
  const zset = keyspace.sortedSets;
  const found: Found = { members: new ScoredMembers(), distances: [] };
  const place = new GeoPoint();
  const slice = new Slice();
  for (const { min, max } of cellsOf(shape)) {
    const end = zset.rankOfScore(max, false);
    for (let rank = zset.rankOfScore(min, false); rank < end; rank += WINDOW) {
      const n = zset.window(rank, Math.min(WINDOW, end - rank));
      for (let i = 0; i < n; i++) {
        zset.pick(i);
        const distance = distanceWithin(shape, place.decode(zset.score));
        if (distance < 0) continue;
        found.members.add(zset.member(slice), zset.score);
        found.distances.push(distance);
        if (found.members.count === limit) return found;
      }
    }
  }
  return found;
}

/** Numbers of the places to answer, in their order. */
function chosen(found: Found, { sort, count }: GeoQuery): number[] {
  const numbers = found.distances.map((_, n) => n);
  const by = sort === 'desc' ? -1 : 1;
  if (sort !== 'none') numbers.sort((a, b) => by * ((found.distances[a] ?? 0) - (found.distances[b] ?? 0)));
  return count === 0 ? numbers : numbers.slice(0, count);
}

function answer({ reply }: CommandContext, query: GeoQuery, found: Found): void {
  const { withDistance, withHash, withPlace } = query;
  const extras = Number(withDistance) + Number(withHash) + Number(withPlace);
  const numbers = chosen(found, query);
  const place = new GeoPoint();
  reply.array(numbers.length);
  for (const n of numbers) {
    if (extras > 0) reply.array(1 + extras);
    const { bytes, at, length } = found.members.member(n);
    reply.bulk(bytes, at, length);
    const score = found.members.score(n);
    if (withDistance) writeDistance(reply, (found.distances[n] ?? 0) / query.shape.metres);
    if (withHash) reply.integer(asInt64(score));
    if (withPlace) writePlace(reply, place.decode(score));
  }
}

/** A double as C makes a signed integer of it on x86-64. */
function asInt64(score: number): number | bigint {
  if (Number.isSafeInteger(score)) return score;
  return Math.abs(score) < 2 ** 63 ? BigInt(Math.trunc(score)) : -(2n ** 63n);
}

function store(context: CommandContext, query: GeoQuery, found: Found, target: number): void {
  const stored = new ScoredMembers();
  const place = new GeoPoint();
  const numbers = chosen(found, query);
  for (const n of numbers) {
    let score = found.members.score(n);
    if (query.storesDistance) score = exactDistanceBetween(query.shape, place.decode(score)) / query.shape.metres;
    stored.add(found.members.member(n), score);
  }
  storeMembers(context, context.keys.at(target), stored, numbers.length);
}

function run(context: CommandContext, grammar: GeoGrammar, source: number, target: number): void {
  const { keys, keyspace } = context;
  const ref = keys.at(source);
  if (grammar.stores !== 'never') keys.countLookup(source);
  keyspace.requireType(ref, VALUE_ZSET);
  const query = new GeoQuery();
  query.parse(context, grammar, ref);
  let found: Found = { members: new ScoredMembers(), distances: [] };
  if (ref.exists) {
    keyspace.sortedSets.open(ref);
    found = search(context, query, query.any ? query.count : 0);
  }
  if (query.stores) store(context, query, found, target);
  else answer(context, query, found);
}

/** The sorted set, and the key that STORE or STOREDIST names last. */
function declareStore({ keys, request, session }: CommandContext, options: number): void {
  keys.add(1, session.db);
  let target = 0;
  for (let i = options; i < request.count; i++) {
    const named = i + 1 < request.count;
    if (named && (request.is(i, 'store') || request.is(i, 'storedist'))) target = ++i;
    else if (named && request.is(i, 'count')) i++;
  }
  if (target > 0) keys.add(target, session.db, true);
}

const searching: GeoGrammar = { kind: 'search', options: 2, stores: 'never' };
const searchStoring: GeoGrammar = { kind: 'search', options: 3, stores: 'always' };
const aroundPlace: GeoGrammar = { kind: 'around-place', options: 6, stores: 'may' };
const aroundMember: GeoGrammar = { kind: 'around-member', options: 5, stores: 'may' };
const aroundPlaceReading: GeoGrammar = { ...aroundPlace, stores: 'never' };
const aroundMemberReading: GeoGrammar = { ...aroundMember, stores: 'never' };

export const searchCommands: readonly CommandSpec[] = [
  {
    name: 'geosearch',
    summary: 'List the places in a circle or box',
    since: '6.2.0',
    group: 'geo',
    complexity: 'O(N+log(M)) for N places in the cells around the area and M within it',
    arity: -7,
    flags: ['readonly'],
    categories: ['geo'],
    keySpecs: [keyAt(1, ['RO', 'access'])],
    history: [['7.0.0', 'Units in upper case too']],
    arguments: [key, from, by, order, countAny, withcoord, withdist, withhash],
    tiers: 'value',
    execute: (context) => run(context, searching, 0, -1),
  },
  {
    name: 'geosearchstore',
    summary: 'Store the places in a circle or box',
    since: '6.2.0',
    group: 'geo',
    complexity: 'O(N+log(M)) for N places in the cells around the area and M within it',
    arity: -8,
    flags: ['write', 'denyoom'],
    categories: ['geo'],
    keySpecs: [keyAt(1, ['OW', 'update']), keyAt(2, ['RO', 'access'])],
    history: [['7.0.0', 'Units in upper case too']],
    arguments: [
      destination,
      { name: 'source', type: 'key', keySpecIndex: 1 },
      from,
      by,
      order,
      countAny,
      { name: 'storedist', type: 'pure-token', token: 'STOREDIST', optional: true },
    ],
    tiers: 'value',
    declareKeys: (context) => declareTarget(context, 2, 1),
    execute: (context) => run(context, searchStoring, 1, 0),
  },
  {
    name: 'georadius',
    summary: 'List or store the places around a point',
    since: '3.2.0',
    group: 'geo',
    complexity: 'O(N+log(M)) for N places in the cells around the circle and M within it',
    arity: -6,
    flags: ['write', 'denyoom'],
    categories: ['geo'],
    keySpecs: [
      keyAt(1, ['RO', 'access']),
      { flags: ['OW', 'update'], begin: { keyword: 'STORE', startFrom: 6 }, find: { lastKey: 0, step: 1, limit: 0 } },
      {
        flags: ['OW', 'update'],
        begin: { keyword: 'STOREDIST', startFrom: 6 },
        find: { lastKey: 0, step: 1, limit: 0 },
      },
    ],
    history: [
      ['6.2.0', 'Option ANY of COUNT'],
      ['7.0.0', 'Units in upper case too'],
    ],
    deprecatedSince: '6.2.0',
    replacedBy: '`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument',
    arguments: [
      key,
      longitude,
      latitude,
      radius,
      unit,
      withcoord,
      withdist,
      withhash,
      {
        name: 'count',
        type: 'block',
        optional: true,
        arguments: [
          { name: 'count', type: 'integer', token: 'COUNT' },
          { name: 'any', type: 'pure-token', token: 'ANY', since: '6.2.0', optional: true },
        ],
      },
      order,
      { name: 'key', type: 'key', token: 'STORE', keySpecIndex: 1, optional: true },
      { name: 'key', type: 'key', token: 'STOREDIST', keySpecIndex: 2, optional: true },
    ],
    tiers: 'value',
    declareKeys: (context) => declareStore(context, aroundPlace.options),
    execute: (context) => run(context, aroundPlace, 0, 1),
  },
  {
    name: 'georadius_ro',
    summary: 'List the places around a point',
    since: '3.2.10',
    group: 'geo',
    complexity: 'O(N+log(M)) for N places in the cells around the circle and M within it',
    arity: -6,
    flags: ['readonly'],
    categories: ['geo'],
    keySpecs: [keyAt(1, ['RO', 'access'])],
    history: [['6.2.0', 'Option ANY of COUNT']],
    deprecatedSince: '6.2.0',
    replacedBy: '`GEOSEARCH` with the `BYRADIUS` argument',
    arguments: [
      key,
      longitude,
      latitude,
      radius,
      unit,
      withcoord,
      withdist,
      withhash,
      {
        name: 'count',
        type: 'block',
        optional: true,
        arguments: [
          { name: 'count', type: 'integer', token: 'COUNT' },
          { name: 'any', type: 'pure-token', token: 'ANY', since: '6.2.0', optional: true },
        ],
      },
      order,
    ],
    tiers: 'value',
    execute: (context) => run(context, aroundPlaceReading, 0, -1),
  },
  {
    name: 'georadiusbymember',
    summary: 'List or store the places around a member',
    since: '3.2.0',
    group: 'geo',
    complexity: 'O(N+log(M)) for N places in the cells around the circle and M within it',
    arity: -5,
    flags: ['write', 'denyoom'],
    categories: ['geo'],
    keySpecs: [
      keyAt(1, ['RO', 'access']),
      { flags: ['OW', 'update'], begin: { keyword: 'STORE', startFrom: 5 }, find: { lastKey: 0, step: 1, limit: 0 } },
      {
        flags: ['OW', 'update'],
        begin: { keyword: 'STOREDIST', startFrom: 5 },
        find: { lastKey: 0, step: 1, limit: 0 },
      },
    ],
    history: [['7.0.0', 'Units in upper case too']],
    deprecatedSince: '6.2.0',
    replacedBy: '`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments',
    arguments: [
      key,
      member,
      radius,
      unit,
      withcoord,
      withdist,
      withhash,
      countAny,
      order,
      { name: 'key', type: 'key', token: 'STORE', keySpecIndex: 1, optional: true },
      { name: 'key', type: 'key', token: 'STOREDIST', keySpecIndex: 2, optional: true },
    ],
    tiers: 'value',
    declareKeys: (context) => declareStore(context, aroundMember.options),
    execute: (context) => run(context, aroundMember, 0, 1),
  },
  {
    name: 'georadiusbymember_ro',
    summary: 'List the places around a member',
    since: '3.2.10',
    group: 'geo',
    complexity: 'O(N+log(M)) for N places in the cells around the circle and M within it',
    arity: -5,
    flags: ['readonly'],
    categories: ['geo'],
    keySpecs: [keyAt(1, ['RO', 'access'])],
    deprecatedSince: '6.2.0',
    replacedBy: '`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments',
    arguments: [key, member, radius, unit, withcoord, withdist, withhash, countAny, order],
    tiers: 'value',
    execute: (context) => run(context, aroundMemberReading, 0, -1),
  },
];
