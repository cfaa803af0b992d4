import type { Random } from '../../support/random.ts';
import type { Argument } from '../../support/raw-client.ts';
import { maybe, own, type TypeFamily } from '../template.ts';
import type { Values } from '../values.ts';

/** Most are of one millisecond, so that XADD of `ms-*` keeps succeeding and ranges find something. */
const ms = (random: Random): string =>
  random.weighted<string>([
    ['100', 70],
    ['1', 6],
    ['2', 6],
    ['99', 4],
    ['101', 2],
    ['0', 3],
    ['4294967296', 0.3],
    ['18446744073709551615', 0.2],
  ]);

/** Not 2^64 - 1: after it redis-server 7.0.15 answers XADD of `ms-*` with the error of an earlier command (a stale errno). */
const sequence = (random: Random): string =>
  random.weighted<() => string>([
    [() => String(random.integer(0, 12)), 20],
    [() => String(random.integer(0, 60)), 6],
    [() => random.pick(['4294967295', '4294967296', '18446744073709551616']), 1],
  ])();

const broken = ['', '-', '+', 'x', '1-', '-1', '1-x', '1-1-1', '5-*', '01-01', ' 1-1', '1.5', '(1', '(', '$', '>'];

const id = (random: Random): Argument =>
  random.weighted<() => string>([
    [() => `${ms(random)}-${sequence(random)}`, 20],
    [() => ms(random), 2],
    [() => random.pick(broken), 1],
  ])();

const newId = (random: Random): Argument =>
  random.weighted<() => Argument>([
    [() => `${ms(random)}-*`, 16],
    [() => id(random), 6],
  ])();

const bound = (random: Random): Argument =>
  random.weighted<() => Argument>([
    [() => random.pick(['-', '+']), 8],
    [() => id(random), 6],
    [() => `(${String(id(random))}`, 3],
    [() => `${ms(random)}-18446744073709551615`, 0.5],
    [() => random.pick(['(-', '(+', '(0-0', '(18446744073709551615-18446744073709551615']), 0.5],
  ])();

const ids = (random: Random): Argument[] => Array.from({ length: random.integer(1, 4) }, () => id(random));
const group = (random: Random): string => random.pick(['g', 'g', 'h', '', 'none']);
const consumer = (random: Random): string => random.pick(['c', 'd', 'e', '', 'long'.repeat(20)]);
const count = (values: Values, random: Random): readonly Argument[] =>
  maybe(random, 0.5, () => ['COUNT', random.chance(0.9) ? String(random.integer(1, 12)) : values.integer()]);
/** Either everything was idle for so long, or nothing. */
const minIdle = (random: Random): string => random.pick(['0', '0', '0', '-5', '100000000', 'x']);

const pairs = (values: Values, random: Random): Argument[] => {
  const names = random.weighted<readonly string[]>([
    [['a', 'b'], 10],
    [['a'], 4],
    [['b', 'a'], 2],
    [['c', 'd', 'e', 'f'], 2],
    [['1', '22', '333'], 1],
    [[''], 1],
  ]);
  return names.flatMap((name) => [name, values.value()]);
};

const trim = (values: Values, random: Random): Argument[] => [
  ...random.weighted<() => Argument[]>([
    [() => ['MAXLEN', ...operator(random), random.chance(0.9) ? String(random.integer(0, 40)) : values.integer()], 10],
    [() => ['MINID', ...operator(random), id(random)], 6],
  ])(),
  ...maybe(random, 0.15, () => ['LIMIT', random.chance(0.8) ? String(random.integer(0, 30)) : values.integer()]),
  ...maybe(random, 0.02, () => ['MINID', '3']),
];

const operator = (random: Random): Argument[] => random.pick([[], ['~'], ['~'], ['='], ['x']]);

const read = (values: Values, random: Random, last: readonly Argument[]): Argument[] => {
  const keys = values.keys(3);
  return [
    'STREAMS',
    ...keys,
    ...keys.map(() => (random.chance(0.7) ? random.pick(last) : id(random))),
    ...maybe(random, 0.02, () => ['5']),
  ];
};

/** Streams with their consumer groups. */
export const stream: TypeFamily = {
  templates: {
    XADD: own(60, (v, r) => [
      v.key(),
      ...maybe(r, 0.05, () => ['NOMKSTREAM']),
      ...maybe(r, 0.12, () => trim(v, r)),
      newId(r),
      ...pairs(v, r),
      ...maybe(r, 0.02, () => ['odd']),
    ]),
    XLEN: own(4, (v) => [v.key()]),
    XRANGE: own(8, (v, r) => [v.key(), bound(r), bound(r), ...count(v, r)]),
    XREVRANGE: own(8, (v, r) => [v.key(), bound(r), bound(r), ...count(v, r)]),
    XDEL: own(10, (v, r) => [v.key(), ...ids(r)]),
    XTRIM: own(4, (v, r) => [v.key(), ...trim(v, r)]),
    XSETID: own(3, (v, r) => [
      v.key(),
      id(r),
      ...maybe(r, 0.3, () => ['ENTRIESADDED', r.chance(0.8) ? String(r.integer(0, 100)) : v.integer()]),
      ...maybe(r, 0.3, () => ['MAXDELETEDID', id(r)]),
    ]),
    XREAD: own(6, (v, r) => [...count(v, r), ...read(v, r, ['0', '0-0', '$', '1', '>'])]),
    XGROUP: own(14, (v, r) =>
      r.weighted<() => Argument[]>([
        [
          () => [
            'CREATE',
            v.key(),
            group(r),
            r.chance(0.6) ? r.pick(['0', '$']) : id(r),
            ...maybe(r, 0.4, () => ['MKSTREAM']),
            ...maybe(r, 0.2, () => ['ENTRIESREAD', r.chance(0.8) ? String(r.integer(-2, 30)) : v.integer()]),
          ],
          12,
        ],
        [() => ['CREATECONSUMER', v.key(), group(r), consumer(r)], 4],
        [() => ['DELCONSUMER', v.key(), group(r), consumer(r)], 2],
        [() => ['DESTROY', v.key(), group(r)], 1.5],
        [
          () => [
            'SETID',
            v.key(),
            group(r),
            r.chance(0.6) ? r.pick(['0', '$', '-', '+']) : id(r),
            ...maybe(r, 0.3, () => ['ENTRIESREAD', String(r.integer(-2, 30))]),
          ],
          4,
        ],
        [() => ['NOPE', v.key()], 0.3],
      ])(),
    ),
    XREADGROUP: own(20, (v, r) => [
      'GROUP',
      group(r),
      consumer(r),
      ...count(v, r),
      ...maybe(r, 0.15, () => ['NOACK']),
      ...read(v, r, ['>', '>', '>', '>', '0', '$']),
    ]),
    XACK: own(8, (v, r) => [v.key(), group(r), ...ids(r)]),
    XPENDING: own(8, (v, r) => [
      v.key(),
      group(r),
      ...maybe(r, 0.6, () => [
        ...maybe(r, 0.2, () => ['IDLE', minIdle(r)]),
        bound(r),
        bound(r),
        r.chance(0.9) ? String(r.integer(0, 20)) : v.integer(),
        ...maybe(r, 0.4, () => [consumer(r)]),
      ]),
    ]),
    XCLAIM: own(8, (v, r) => [
      v.key(),
      group(r),
      consumer(r),
      minIdle(r),
      ...ids(r),
      ...maybe(r, 0.2, () => ['IDLE', r.pick(['0', '5000', '-1', 'x'])]),
      ...maybe(r, 0.2, () => ['TIME', r.pick(['0', '1000', '-1', '99999999999999'])]),
      ...maybe(r, 0.2, () => ['RETRYCOUNT', r.chance(0.8) ? String(r.integer(0, 9)) : v.integer()]),
      ...maybe(r, 0.5, () => ['FORCE']),
      ...maybe(r, 0.4, () => ['JUSTID']),
      ...maybe(r, 0.1, () => ['LASTID', id(r)]),
      ...maybe(r, 0.02, () => ['NOPE']),
    ]),
    XAUTOCLAIM: own(8, (v, r) => [
      v.key(),
      group(r),
      consumer(r),
      minIdle(r),
      bound(r),
      ...maybe(r, 0.5, () => ['COUNT', r.chance(0.9) ? String(r.integer(1, 6)) : r.pick(['0', '-1', 'x'])]),
      ...maybe(r, 0.4, () => ['JUSTID']),
    ]),
    XINFO: own(10, (v, r) =>
      r.weighted<() => Argument[]>([
        [() => ['STREAM', v.key()], 6],
        [() => ['STREAM', v.key(), 'FULL', ...maybe(r, 0.5, () => ['COUNT', r.pick(['0', '1', '3', '-1', 'x'])])], 6],
        [() => ['GROUPS', v.key()], 6],
        [() => ['CONSUMERS', v.key(), group(r)], 4],
        [() => ['STREAM', v.key(), 'nope'], 0.5],
      ])(),
    ),
  },
  allowances: {
    XPENDING: 'streamTimes',
    XINFO: 'streamTimes',
  },
  looks: (key) => [
    ['XINFO', 'STREAM', key, 'FULL', 'COUNT', '0'],
    ['XREVRANGE', key, '+', '-'],
    ['XINFO', 'GROUPS', key],
  ],
};
