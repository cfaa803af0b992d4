import type { Random } from '../../support/random.ts';
import type { Argument } from '../../support/raw-client.ts';
import { maybe, own, type TypeFamily } from '../template.ts';
import type { Values } from '../values.ts';

const MEMBERS = ['a', 'b', 'c', 'd', 'm1', 'm2', 'm3', 'm10', '', '1', '10', '-5', '1.5', 'aa', 'ab', '\0', '\xff\xfe'];
const LONG = ['x'.repeat(64), `${'x'.repeat(64)}1`, `${'x'.repeat(64)}2`, 'y'.repeat(300), 'x'.repeat(16)];
const SCORES = [
  '0',
  '-0',
  '1',
  '2',
  '3',
  '-1',
  '1.5',
  '1e17',
  '1e20',
  '9007199254740993',
  '-1e-300',
  'inf',
  '-inf',
  '0.1',
  '3.0e3',
  '0x10',
];

const member = (r: Random): Argument =>
  Buffer.from(r.chance(0.06) ? r.pick(LONG) : r.chance(0.2) ? `e${r.integer(0, 200)}` : r.pick(MEMBERS), 'latin1');
const score = (v: Values, r: Random): string => {
  if (r.chance(0.04)) return v.float();
  return r.chance(0.5) ? r.pick(SCORES) : String(r.integer(-10, 10));
};
const pairs = (v: Values, r: Random): Argument[] =>
  Array.from({ length: r.integer(1, 4) }, () => [score(v, r), member(r)]).flat();
/** Enough members for another encoding. */
const many = (r: Random): Argument[] =>
  Array.from({ length: r.integer(100, 250) }, (_, n) => [String(r.integer(-20, 20)), `e${n}`]).flat();
const members = (r: Random): Argument[] => Array.from({ length: r.integer(1, 4) }, () => member(r));

const bound = (v: Values, r: Random): string =>
  r.chance(0.05)
    ? r.pick(['', '(', 'x', 'nan', ' 1', '1 ', '(x', '1e400', '((1', '+inf'])
    : `${r.chance(0.3) ? '(' : ''}${score(v, r)}`;
const lexBound = (r: Random): Argument => {
  if (r.chance(0.25)) return r.pick(['-', '+']);
  if (r.chance(0.05)) return r.pick(['', 'a', '--', '-a', '[', '(']);
  return Buffer.concat([Buffer.from(r.pick(['[', '('])), Buffer.from(String(member(r)), 'latin1')]);
};
/** What is between two members has a meaning only where all scores are equal: such sorted sets have keys of their own. */
const lexKey = (v: Values): string => `${v.key()}lex`;

const withScores = (r: Random): readonly Argument[] => maybe(r, 0.4, () => ['WITHSCORES']);
const limit = (v: Values, r: Random): readonly Argument[] =>
  maybe(r, 0.3, () => [
    'LIMIT',
    r.chance(0.8) ? String(r.integer(-1, 6)) : v.range(),
    r.chance(0.8) ? String(r.integer(-1, 6)) : v.range(),
  ]);
const flag = (r: Random, ...words: string[]): readonly Argument[] =>
  words.flatMap((word) => maybe(r, 0.15, () => [word]));

const counted = (v: Values, r: Random): Argument[] => {
  const keys = v.keys(3);
  return [r.chance(0.95) ? String(keys.length) : r.pick(['0', '-1', '5', 'x', '1']), ...keys];
};
const algebra = (v: Values, r: Random, weighs: boolean): Argument[] => {
  const keys = counted(v, r);
  if (!weighs) return keys;
  return [
    ...keys,
    ...maybe(r, 0.3, () => ['WEIGHTS', ...keys.slice(1).map(() => score(v, r))]),
    ...maybe(r, 0.3, () => ['AGGREGATE', r.pick(['SUM', 'MIN', 'max', 'x'])]),
  ];
};
const odd = (r: Random): readonly Argument[] => maybe(r, 0.02, () => [r.pick(['odd', 'LIMIT', 'WITHSCORES'])]);

/** Sorted sets. */
export const zset: TypeFamily = {
  templates: {
    ZADD: own(40, (v, r) => {
      if (r.chance(0.3))
        return [
          lexKey(v),
          ...(r.chance(0.1)
            ? many(r).map((each, i) => (i % 2 ? each : '0'))
            : members(r).flatMap((each) => ['0', each])),
        ];
      return [
        v.key(),
        ...flag(r, 'NX', 'XX', 'GT', 'LT', 'CH'),
        ...maybe(r, 0.06, () => ['INCR']),
        ...(r.chance(0.05) ? many(r) : pairs(v, r)),
        ...odd(r),
      ];
    }),
    ZINCRBY: own(8, (v, r) => [v.key(), score(v, r), member(r)]),
    ZREM: own(8, (v, r) => [r.chance(0.3) ? lexKey(v) : v.key(), ...members(r)]),
    ZCARD: own(4, (v) => [v.key()]),
    ZSCORE: own(5, (v, r) => [v.key(), member(r)]),
    ZMSCORE: own(3, (v, r) => [v.key(), ...members(r)]),
    ZRANK: own(4, (v, r) => [v.key(), member(r)]),
    ZREVRANK: own(4, (v, r) => [v.key(), member(r)]),
    ZCOUNT: own(4, (v, r) => [v.key(), bound(v, r), bound(v, r)]),
    ZLEXCOUNT: own(4, (v, r) => [lexKey(v), lexBound(r), lexBound(r)]),
    ZRANGE: own(20, (v, r) => {
      const rest = [...maybe(r, 0.4, () => ['REV']), ...limit(v, r), ...withScores(r), ...odd(r)];
      const kind = r.integer(0, 2);
      if (kind === 0)
        return [
          v.key(),
          v.range(),
          v.range(),
          ...(r.chance(0.9) ? rest.filter((each) => each === 'REV' || each === 'WITHSCORES') : rest),
        ];
      if (kind === 1) return [v.key(), bound(v, r), bound(v, r), 'BYSCORE', ...rest];
      return [lexKey(v), lexBound(r), lexBound(r), 'BYLEX', ...rest];
    }),
    ZREVRANGE: own(5, (v, r) => [v.key(), v.range(), v.range(), ...withScores(r), ...odd(r)]),
    ZRANGEBYSCORE: own(5, (v, r) => [v.key(), bound(v, r), bound(v, r), ...limit(v, r), ...withScores(r), ...odd(r)]),
    ZREVRANGEBYSCORE: own(5, (v, r) => [
      v.key(),
      bound(v, r),
      bound(v, r),
      ...limit(v, r),
      ...withScores(r),
      ...odd(r),
    ]),
    ZRANGEBYLEX: own(5, (v, r) => [lexKey(v), lexBound(r), lexBound(r), ...limit(v, r), ...odd(r)]),
    ZREVRANGEBYLEX: own(5, (v, r) => [lexKey(v), lexBound(r), lexBound(r), ...limit(v, r), ...odd(r)]),
    ZRANGESTORE: own(4, (v, r) => {
      if (r.chance(0.3))
        return [v.key(), lexKey(v), lexBound(r), lexBound(r), 'BYLEX', ...flag(r, 'REV'), ...limit(v, r)];
      if (r.chance(0.5))
        return [v.key(), v.key(), bound(v, r), bound(v, r), 'BYSCORE', ...flag(r, 'REV'), ...limit(v, r), ...odd(r)];
      return [v.key(), v.key(), v.range(), v.range(), ...flag(r, 'REV'), ...odd(r)];
    }),
    ZREMRANGEBYRANK: own(3, (v) => [v.key(), v.range(), v.range()]),
    ZREMRANGEBYSCORE: own(3, (v, r) => [v.key(), bound(v, r), bound(v, r)]),
    ZREMRANGEBYLEX: own(3, (v, r) => [lexKey(v), lexBound(r), lexBound(r)]),
    ZPOPMIN: own(3, (v, r) => [v.key(), ...maybe(r, 0.5, () => [v.range()])]),
    ZPOPMAX: own(3, (v, r) => [v.key(), ...maybe(r, 0.5, () => [v.range()])]),
    ZMPOP: own(3, (v, r) => [
      ...counted(v, r),
      r.pick(['MIN', 'MAX', 'min', 'x']),
      ...maybe(r, 0.5, () => ['COUNT', v.range()]),
    ]),
    // Only what does not depend on chance: none or all.
    ZRANDMEMBER: own(3, (v, r) => [
      v.key(),
      r.pick(['0', '1000000', '9223372036854775807', '-9223372036854775808', '4611686018427387904', 'x', '1.5']),
      ...maybe(r, 0.5, () => [r.pick(['WITHSCORES', 'withscores', 'WITHVALUES'])]),
    ]),
    ZUNION: own(4, (v, r) => [...algebra(v, r, true), ...withScores(r), ...odd(r)]),
    ZINTER: own(4, (v, r) => [...algebra(v, r, true), ...withScores(r), ...odd(r)]),
    ZDIFF: own(4, (v, r) => [...algebra(v, r, false), ...withScores(r), ...odd(r)]),
    ZUNIONSTORE: own(4, (v, r) => [v.key(), ...algebra(v, r, true), ...odd(r)]),
    ZINTERSTORE: own(4, (v, r) => [v.key(), ...algebra(v, r, true), ...odd(r)]),
    ZDIFFSTORE: own(3, (v, r) => [v.key(), ...algebra(v, r, false), ...odd(r)]),
    ZINTERCARD: own(3, (v, r) => [...counted(v, r), ...maybe(r, 0.4, () => ['LIMIT', v.range()])]),
    ZSCAN: own(2, (v, r) => [v.key(), r.pick(['x', '-', '18446744073709551616', '99999999999999999999'])]),
    // Sets are sources too.
    SADD: own(3, (v, r) => [v.key(), ...members(r)]),
  },
  allowances: {},
  looks: (key) => [
    ['ZRANGE', key, '0', '-1', 'WITHSCORES'],
    ['ZRANGE', `${key}lex`, '0', '-1', 'WITHSCORES'],
    ['ZCARD', key],
    ['OBJECT', 'ENCODING', key],
  ],
  scan: { command: 'ZSCAN', items: 2 },
};
