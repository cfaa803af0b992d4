import { Slice } from '../../../tiers/tree/slice.ts';
import { VALUE_ZSET } from '../../keyspace/key-ref.ts';
import { cellsOf } from '../../types/zset/geo-cells.ts';
import { distanceWithin, exactDistanceBetween } from '../../types/zset/geo-shape.ts';
import { GeoPoint } from '../../types/zset/geohash.ts';
import { ScoredMembers } from '../../types/zset/scored-members.ts';
import { WINDOW } from '../../types/zset/shared-sorted-sets.ts';
import type { CommandContext } from '../context.ts';
import { storeMembers } from '../sorted-set/store.ts';
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

function store(context: CommandContext, query: GeoQuery, found: Found, target: number, event: string): void {
  const stored = new ScoredMembers();
  const place = new GeoPoint();
  const numbers = chosen(found, query);
  for (const n of numbers) {
    let score = found.members.score(n);
    if (query.storesDistance) score = exactDistanceBetween(query.shape, place.decode(score)) / query.shape.metres;
    stored.add(found.members.member(n), score);
  }
  storeMembers(context, context.keys.at(target), stored, numbers.length, event);
}

/** Searches the sorted set that is key `source`; results that are stored go to key `target`. */
export function run(context: CommandContext, grammar: GeoGrammar, source: number, target: number): void {
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
  if (query.stores) {
    store(context, query, found, target, grammar.stores === 'always' ? 'geosearchstore' : 'georadiusstore');
  } else answer(context, query, found);
}

/** The sorted set, and the key that STORE or STOREDIST names last. */
export function declareStore({ keys, request, session }: CommandContext, options: number): void {
  keys.add(1, session.db);
  let target = 0;
  for (let i = options; i < request.count; i++) {
    const named = i + 1 < request.count;
    if (named && (request.is(i, 'store') || request.is(i, 'storedist'))) target = ++i;
    else if (named && request.is(i, 'count')) i++;
  }
  if (target > 0) keys.add(target, session.db, true);
}
