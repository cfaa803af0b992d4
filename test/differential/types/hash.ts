import type { Random } from '../../support/random.ts';
import type { Argument } from '../../support/raw-client.ts';
import { maybe, own, type TypeFamily } from '../template.ts';
import type { Values } from '../values.ts';

const fields = ['a', 'b', 'c', 'f1', 'f2', 'f3', '', '1', '10', '\0', 'x'.repeat(64), 'y'.repeat(65)];

/** Few names that collide, and many that make hashes grow. */
const field = (random: Random): Argument =>
  random.chance(0.8) ? random.pick(fields) : random.chance(0.9) ? `n${random.integer(0, 700)}` : random.bytes(20);

const pairs = (values: Values, random: Random): Argument[] =>
  Array.from({ length: random.integer(1, 4) }, () => [field(random), values.value()]).flat();

/** Enough to change the encoding by number. */
const many = (random: Random): Argument[] => {
  const from = random.integer(0, 400);
  return Array.from({ length: random.pick([30, 100, 300]) }, (_, i) => [`n${from + i}`, `${i}`]).flat();
};

const listed = (random: Random): Argument[] => Array.from({ length: random.integer(1, 5) }, () => field(random));

/** Hashes. */
export const hash: TypeFamily = {
  templates: {
    HSET: own(30, (v, r) => [v.key(), ...(r.chance(0.06) ? many(r) : pairs(v, r)), ...maybe(r, 0.03, () => ['odd'])]),
    HMSET: own(6, (v, r) => [v.key(), ...pairs(v, r), ...maybe(r, 0.03, () => ['odd'])]),
    HSETNX: own(6, (v, r) => [v.key(), field(r), v.value()]),
    HGET: own(8, (v, r) => [v.key(), field(r)]),
    HMGET: own(5, (v, r) => [v.key(), ...listed(r)]),
    HDEL: own(8, (v, r) => [v.key(), ...listed(r)]),
    HGETALL: own(3, (v) => [v.key()]),
    HKEYS: own(2, (v) => [v.key()]),
    HVALS: own(2, (v) => [v.key()]),
    HLEN: own(4, (v) => [v.key()]),
    HSTRLEN: own(4, (v, r) => [v.key(), field(r)]),
    HEXISTS: own(4, (v, r) => [v.key(), field(r)]),
    HINCRBY: own(8, (v, r) => [v.key(), field(r), v.integer()]),
    HINCRBYFLOAT: own(8, (v, r) => [v.key(), field(r), v.float()]),
    // Only what does not depend on chance: one field, none, or all.
    HRANDFIELD: own(4, (v, r) => [
      v.key(),
      ...maybe(r, 0.9, () => [
        r.pick(['0', '1000000', '9223372036854775807', '-9223372036854775808', '4611686018427387904', 'x', '1.5']),
        ...maybe(r, 0.5, () => [r.pick(['WITHVALUES', 'withvalues', 'WITHSCORES'])]),
      ]),
    ]),
    HSCAN: own(2, (v, r) => [v.key(), r.pick(['x', '-', '18446744073709551616', '99999999999999999999'])]),
  },
  allowances: {
    HGETALL: 'unorderedPairs',
    HKEYS: 'unordered',
    HVALS: 'unordered',
    HRANDFIELD: 'unordered',
  },
  looks: (key) => [
    ['HGETALL', key],
    ['HLEN', key],
    ['OBJECT', 'ENCODING', key],
  ],
  scan: { command: 'HSCAN', items: 2 },
};
