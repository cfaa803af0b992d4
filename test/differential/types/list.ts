import type { Random } from '../../support/random.ts';
import type { Argument } from '../../support/raw-client.ts';
import { maybe, own, type TypeFamily } from '../template.ts';
import type { Values } from '../values.ts';

/** Few different ones, so that searches find something. */
const common = ['a', 'b', 'c', '', '1', '01', '-1', 'x'.repeat(64), '9223372036854775807'];

function element(values: Values, random: Random): Argument {
  return random.chance(0.6) ? random.pick(common) : values.value();
}

function elements(values: Values, random: Random): readonly Argument[] {
  const most = random.chance(0.05) ? 400 : 5;
  return Array.from({ length: random.integer(1, most) }, () => element(values, random));
}

const side = (random: Random): string =>
  random.chance(0.02) ? 'middle' : random.pick(['LEFT', 'RIGHT', 'left', 'Right']);

function lposOptions(values: Values, random: Random): readonly Argument[] {
  return [
    ...maybe(random, 0.4, () => ['RANK', random.chance(0.8) ? String(random.integer(-3, 3)) : values.integer()]),
    ...maybe(random, 0.5, () => ['COUNT', random.chance(0.8) ? String(random.integer(0, 5)) : values.integer()]),
    ...maybe(random, 0.3, () => ['MAXLEN', random.chance(0.8) ? String(random.integer(0, 20)) : values.integer()]),
  ];
}

/** What redis-server 7.0.15 survives: a count of keys near 2^63 makes it read beyond its arguments. */
function keyCount(values: Values, random: Random, keys: number): string {
  if (random.chance(0.9)) return String(keys);
  return random.pick(['0', '-1', 'x', '', String(keys + 1), '100', '9223372036854775808', values.key()]);
}

/** Keys whose names end with an element, or a field in them. */
const derived = (values: Values, random: Random): string =>
  values.key().replace(/\d+$/, random.chance(0.7) ? '*' : '*->a');

/**
 * Always with STORE, and never by weights: replies of sets may come in any order, and a number out of range spoils redis-server's later ones
 * (sort/scenarios.ts).
 */
const sortOptions = (values: Values, random: Random): readonly Argument[] => [
  ...(random.chance(0.5) ? ['ALPHA'] : ['BY', 'nosort']),
  ...maybe(random, 0.4, () => ['DESC']),
  ...maybe(random, 0.4, () => ['LIMIT', String(random.integer(-2, 5)), String(random.integer(-1, 8))]),
  ...maybe(random, 0.2, () => ['GET', '#']),
  ...maybe(random, 0.4, () => ['GET', derived(values, random)]),
  'STORE',
];

/** Lists. */
export const list: TypeFamily = {
  templates: {
    LPUSH: own(20, (v, r) => [v.key(), ...elements(v, r)]),
    RPUSH: own(24, (v, r) => [v.key(), ...elements(v, r)]),
    LPUSHX: own(4, (v, r) => [v.key(), ...elements(v, r)]),
    RPUSHX: own(4, (v, r) => [v.key(), ...elements(v, r)]),
    LPOP: own(8, (v, r) => [v.key(), ...maybe(r, 0.3, () => [v.integer()])]),
    RPOP: own(8, (v, r) => [v.key(), ...maybe(r, 0.3, () => [v.integer()])]),
    LLEN: own(4, (v) => [v.key()]),
    LINDEX: own(6, (v) => [v.key(), v.range()]),
    LRANGE: own(6, (v) => [v.key(), v.range(), v.range()]),
    LSET: own(8, (v, r) => [v.key(), v.range(), element(v, r)]),
    LINSERT: own(8, (v, r) => [
      v.key(),
      r.pick(['BEFORE', 'AFTER', 'after', 'Before', 'beside']),
      element(v, r),
      element(v, r),
    ]),
    LREM: own(8, (v, r) => [v.key(), r.chance(0.8) ? String(r.integer(-3, 3)) : v.integer(), element(v, r)]),
    LTRIM: own(4, (v, r) => [
      v.key(),
      r.chance(0.7) ? String(r.integer(0, 3)) : v.range(),
      r.chance(0.7) ? String(r.integer(-4, -1)) : v.range(),
    ]),
    LPOS: own(8, (v, r) => [v.key(), element(v, r), ...lposOptions(v, r)]),
    LMOVE: own(8, (v, r) => [v.key(), v.key(), side(r), side(r)]),
    RPOPLPUSH: own(4, (v) => [v.key(), v.key()]),
    LMPOP: own(6, (v, r) => {
      const keys = v.keys(4);
      const count = maybe(r, 0.5, () => ['COUNT', r.chance(0.8) ? String(r.integer(1, 20)) : v.integer()]);
      return [keyCount(v, r, keys.length), ...keys, side(r), ...count];
    }),
    SORT: own(8, (v, r) => [v.key(), ...sortOptions(v, r), v.key()]),
    // For SORT ... GET.
    HSET: own(2, (v) => [v.key(), 'a', v.value()]),
  },
  allowances: {},
  looks: (key) => [
    ['LRANGE', key, '0', '-1'],
    ['LLEN', key],
    ['OBJECT', 'ENCODING', key],
  ],
};
