import { keyAt } from '../key-specs.ts';
import { destination, key, member } from '../sorted-set/arguments.ts';
import { declareTarget } from '../sorted-set/store.ts';
import type { ArgumentSpec, CommandSpec, KeySpec } from '../spec.ts';
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
import type { GeoGrammar } from './query.ts';
import { declareStore, run } from './search.ts';

const searching: GeoGrammar = { kind: 'search', options: 2, stores: 'never' };
const searchStoring: GeoGrammar = { kind: 'search', options: 3, stores: 'always' };
const aroundPlace: GeoGrammar = { kind: 'around-place', options: 6, stores: 'may' };
const aroundMember: GeoGrammar = { kind: 'around-member', options: 5, stores: 'may' };
const aroundPlaceReading: GeoGrammar = { ...aroundPlace, stores: 'never' };
const aroundMemberReading: GeoGrammar = { ...aroundMember, stores: 'never' };

/** COUNT as commands have it that are older than its ANY. */
const countSinceAny = {
  name: 'count',
  type: 'block',
  optional: true,
  arguments: [
    { name: 'count', type: 'integer', token: 'COUNT' },
    { name: 'any', type: 'pure-token', token: 'ANY', since: '6.2.0', optional: true },
  ],
} as const satisfies ArgumentSpec;

/** The key behind a word, to be looked for from an argument on. */
function storeAt(keyword: string, startFrom: number): KeySpec {
  return { flags: ['OW', 'update'], begin: { keyword, startFrom }, find: { lastKey: 0, step: 1, limit: 0 } };
}

/** What all GEORADIUS commands have in common. */
const around = {
  group: 'geo',
  complexity: 'O(N+log(M)) for N places in the cells around the circle and M within it',
  categories: ['geo'],
  deprecatedSince: '6.2.0',
  tiers: 'value',
} as const satisfies Partial<CommandSpec>;

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
    ...around,
    name: 'georadius',
    summary: 'List or store the places around a point',
    since: '3.2.0',
    arity: -6,
    flags: ['write', 'denyoom'],
    keySpecs: [keyAt(1, ['RO', 'access']), storeAt('STORE', 6), storeAt('STOREDIST', 6)],
    history: [
      ['6.2.0', 'Option ANY of COUNT'],
      ['7.0.0', 'Units in upper case too'],
    ],
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
      countSinceAny,
      order,
      { name: 'key', type: 'key', token: 'STORE', keySpecIndex: 1, optional: true },
      { name: 'key', type: 'key', token: 'STOREDIST', keySpecIndex: 2, optional: true },
    ],
    declareKeys: (context) => declareStore(context, aroundPlace.options),
    execute: (context) => run(context, aroundPlace, 0, 1),
  },
  {
    ...around,
    name: 'georadius_ro',
    summary: 'List the places around a point',
    since: '3.2.10',
    arity: -6,
    flags: ['readonly'],
    keySpecs: [keyAt(1, ['RO', 'access'])],
    history: [['6.2.0', 'Option ANY of COUNT']],
    replacedBy: '`GEOSEARCH` with the `BYRADIUS` argument',
    arguments: [key, longitude, latitude, radius, unit, withcoord, withdist, withhash, countSinceAny, order],
    execute: (context) => run(context, aroundPlaceReading, 0, -1),
  },
  {
    ...around,
    name: 'georadiusbymember',
    summary: 'List or store the places around a member',
    since: '3.2.0',
    arity: -5,
    flags: ['write', 'denyoom'],
    keySpecs: [keyAt(1, ['RO', 'access']), storeAt('STORE', 5), storeAt('STOREDIST', 5)],
    history: [['7.0.0', 'Units in upper case too']],
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
    declareKeys: (context) => declareStore(context, aroundMember.options),
    execute: (context) => run(context, aroundMember, 0, 1),
  },
  {
    ...around,
    name: 'georadiusbymember_ro',
    summary: 'List the places around a member',
    since: '3.2.10',
    arity: -5,
    flags: ['readonly'],
    keySpecs: [keyAt(1, ['RO', 'access'])],
    replacedBy: '`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments',
    arguments: [key, member, radius, unit, withcoord, withdist, withhash, countAny, order],
    execute: (context) => run(context, aroundMemberReading, 0, -1),
  },
];
