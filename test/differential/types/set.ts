import type { Random } from '../../support/random.ts';
import type { Argument } from '../../support/raw-client.ts';
import { maybe, own, type TypeFamily } from '../template.ts';
import type { Values } from '../values.ts';

const common = ['a', 'b', 'c', 'd', '', '1', '2', '3', '-1', '01', '-0', '\0', 'x'.repeat(64), '9223372036854775807'];

/** Few members that collide, integers that keep sets intsets, and others. */
const member = (values: Values, random: Random): Argument =>
  random.weighted<() => Argument>([
    [() => random.pick(common), 40],
    [() => String(random.integer(-30, 30)), 40],
    [() => `m${random.integer(0, 700)}`, 10],
    [() => values.value(), 5],
  ])();

/** Enough to change the encoding by number, or so many that the set becomes a tree. */
const many = (random: Random): Argument[] => {
  const from = random.integer(-300, 300);
  const prefix = random.pick(['', '', 'm', 'member:']);
  return Array.from({ length: random.pick([30, 100, 513, 700]) }, (_, i) => `${prefix}${from + i}`);
};

const members = (values: Values, random: Random): Argument[] =>
  random.chance(0.08) ? many(random) : Array.from({ length: random.integer(1, 5) }, () => member(values, random));

const numberOfKeys = (random: Random, keys: readonly string[]): string =>
  random.chance(0.9)
    ? String(keys.length)
    : random.pick(['0', '-1', 'x', '', String(keys.length + 1), String(Math.max(1, keys.length - 1)), '1.5']);

function intersectionCount(values: Values, random: Random): readonly Argument[] {
  const keys = values.keys(4);
  return [
    numberOfKeys(random, keys),
    ...keys,
    ...maybe(random, 0.4, () => ['LIMIT', random.pick(['0', '1', '2', '5', '1000', '-1', 'x', ''])]),
    ...maybe(random, 0.05, () => [random.pick(['LIMIT', 'LIMITS', '3'])]),
  ];
}

/** Counts whose reply does not depend on chance: none, or all. */
const count = (random: Random): string =>
  random.pick(['0', '100000', '9223372036854775807', '-9223372036854775808', '9223372036854775808', 'x', '', '1.5']);

/** Sets. */
export const set: TypeFamily = {
  templates: {
    SADD: own(40, (v, r) => [v.key(), ...members(v, r)]),
    SREM: own(14, (v, r) => [v.key(), ...members(v, r)]),
    SISMEMBER: own(6, (v, r) => [v.key(), member(v, r)]),
    SMISMEMBER: own(5, (v, r) => [v.key(), ...members(v, r)]),
    SCARD: own(4, (v) => [v.key()]),
    SMEMBERS: own(4, (v) => [v.key()]),
    SMOVE: own(10, (v, r) => [v.key(), v.key(), member(v, r)]),
    SPOP: own(4, (v, r) => [v.key(), count(r), ...maybe(r, 0.03, () => ['more'])]),
    SRANDMEMBER: own(4, (v, r) => [v.key(), count(r), ...maybe(r, 0.03, () => ['more'])]),
    SINTER: own(6, (v) => v.keys(4)),
    SINTERCARD: own(8, intersectionCount),
    SINTERSTORE: own(7, (v) => [v.key(), ...v.keys(4)]),
    SUNION: own(6, (v, r) => v.keys(r.chance(0.1) ? 20 : 4)),
    SUNIONSTORE: own(8, (v, r) => [v.key(), ...v.keys(r.chance(0.1) ? 20 : 4)]),
    SDIFF: own(6, (v, r) => v.keys(r.chance(0.1) ? 20 : 4)),
    SDIFFSTORE: own(8, (v, r) => [v.key(), ...v.keys(r.chance(0.1) ? 20 : 4)]),
    SSCAN: own(2, (v, r) => [v.key(), r.pick(['x', '-', '18446744073709551616', '1 '])]),
  },
  allowances: {
    SMEMBERS: 'unordered',
    SPOP: 'unordered',
    SRANDMEMBER: 'unordered',
    SINTER: 'unordered',
    SUNION: 'unordered',
    SDIFF: 'unordered',
  },
  looks: (key) => [
    ['SMEMBERS', key],
    ['SCARD', key],
    ['OBJECT', 'ENCODING', key],
  ],
  scan: { command: 'SSCAN', items: 1 },
};
