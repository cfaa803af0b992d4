import type { Random } from '../../support/random.ts';
import type { Argument } from '../../support/raw-client.ts';
import { maybe, own, type TypeFamily } from '../template.ts';
import type { Values } from '../values.ts';

const NAMES = ['Palermo', 'Catania', 'a', 'b', 'c', '', '\0'];
const MEMBERS: readonly string[] = [...NAMES, ...Array.from({ length: 40 }, (_, n) => `p${n}`)];
/** Where cells meet, where the map ends, and what is beyond it. */
const LONGITUDES = [
  '-180',
  '180',
  '0',
  '-0',
  '90',
  '-90',
  '45',
  '179.9999',
  '181',
  'x',
  'inf',
  '1e-7',
  '13.361389',
  '-180.0001',
];
const LATITUDES = [
  '-85.05112878',
  '85.05112878',
  '0',
  '66',
  '66.51326',
  '80.5',
  '-80.5',
  '85.06',
  'nan',
  '38.115556',
  '-70',
  '1e22',
];

const member = (r: Random): Argument => Buffer.from(r.pick(MEMBERS), 'latin1');
const near = (r: Random, max: number): string =>
  ((r.integer(0, 2_000_000) / 1_000_000 - 1) * max).toFixed(r.integer(0, 12));
const longitude = (r: Random): string => (r.chance(0.1) ? r.pick(LONGITUDES) : near(r, r.pick([180, 180, 1, 0.01])));
const latitude = (r: Random): string => (r.chance(0.1) ? r.pick(LATITUDES) : near(r, r.pick([85.05, 85.05, 1, 0.01])));
const places = (r: Random, most: number): Argument[] =>
  Array.from({ length: r.integer(1, most) }, () => [longitude(r), latitude(r), member(r)]).flat();
const unit = (r: Random): string =>
  r.chance(0.04) ? r.pick(['x', '', 'mm']) : r.pick(['m', 'km', 'ft', 'mi', 'KM', 'Mi']);
const distance = (r: Random): string =>
  r.chance(0.05) ? r.pick(['-1', 'x', '0', 'inf', '', '1e300']) : String(r.integer(1, 9_999) * 10 ** r.integer(-2, 4));

const words = (r: Random, list: readonly string[], probability: number): readonly Argument[] =>
  list.flatMap((word) => maybe(r, probability, () => [word]));
/** Without COUNT, ties have one order: that of the scores. With ANY the first found are answered. */
const count = (r: Random): readonly Argument[] =>
  maybe(r, 0.3, () => [
    'COUNT',
    r.pick(['1', '2', '5', '100', '100', '0', '-1', 'x']),
    ...maybe(r, 0.4, () => ['ANY']),
  ]);
const options = (r: Random): readonly Argument[] => [
  ...words(r, ['ASC', 'DESC'], 0.2),
  ...count(r),
  ...words(r, ['WITHDIST', 'WITHHASH', 'WITHCOORD'], 0.3),
  ...words(r, ['ANY', 'odd', 'STOREDIST'], 0.01),
];
const area = (r: Random): readonly Argument[] => {
  const from = r.chance(0.3) ? ['FROMMEMBER', member(r)] : ['FROMLONLAT', longitude(r), latitude(r)];
  const by = r.chance(0.5) ? ['BYRADIUS', distance(r), unit(r)] : ['BYBOX', distance(r), distance(r), unit(r)];
  const parts = r.chance(0.5) ? [from, by] : [by, from];
  return r.chance(0.04) ? (parts[0] ?? []) : parts.flat();
};
const target = (v: Values, r: Random): readonly Argument[] =>
  maybe(r, 0.15, () => [r.pick(['STORE', 'STOREDIST']), v.key()]);

/** Geospatial indexes. */
export const geo: TypeFamily = {
  templates: {
    GEOADD: own(40, (v, r) => [v.key(), ...words(r, ['NX', 'XX', 'CH'], 0.1), ...places(r, r.chance(0.2) ? 60 : 4)]),
    GEODIST: own(8, (v, r) => [v.key(), member(r), member(r), ...maybe(r, 0.6, () => [unit(r)])]),
    GEOHASH: own(6, (v, r) => [v.key(), member(r), ...maybe(r, 0.5, () => [member(r)])]),
    GEOPOS: own(6, (v, r) => [v.key(), member(r), ...maybe(r, 0.5, () => [member(r)])]),
    GEOSEARCH: own(25, (v, r) => [v.key(), ...area(r), ...options(r)]),
    GEOSEARCHSTORE: own(8, (v, r) => [
      v.key(),
      v.key(),
      ...area(r),
      ...words(r, ['ASC', 'DESC', 'STOREDIST'], 0.2),
      ...count(r),
    ]),
    GEORADIUS: own(8, (v, r) => [
      v.key(),
      longitude(r),
      latitude(r),
      distance(r),
      unit(r),
      ...options(r),
      ...target(v, r),
    ]),
    GEORADIUS_RO: own(4, (v, r) => [
      v.key(),
      longitude(r),
      latitude(r),
      distance(r),
      unit(r),
      ...options(r),
      ...maybe(r, 0.03, () => ['STORE', 'x']),
    ]),
    GEORADIUSBYMEMBER: own(8, (v, r) => [v.key(), member(r), distance(r), unit(r), ...options(r), ...target(v, r)]),
    GEORADIUSBYMEMBER_RO: own(4, (v, r) => [v.key(), member(r), distance(r), unit(r), ...options(r)]),
    // Any score is a place.
    ZADD: own(2, (v, r) => [
      v.key(),
      r.pick(['-1', '-5.5', '1e300', 'inf', '-inf', '9007199254740993', '3479099956230698.5']),
      member(r),
    ]),
    ZREM: own(3, (v, r) => [v.key(), member(r), member(r)]),
  },
  allowances: {},
  looks: (key) => [
    ['ZRANGE', key, '0', '-1', 'WITHSCORES'],
    ['OBJECT', 'ENCODING', key],
  ],
};
