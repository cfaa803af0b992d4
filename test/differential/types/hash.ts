import { maybe, own, type TypeFamily } from '../template.ts';

const fields = ['a', 'b', 'c', 'f1', 'f2', 'f3', '', '1', '10', 'x'.repeat(64), 'y'.repeat(65)];

/** Hashes. */
export const hash: TypeFamily = {
  templates: {
    HSET: own(30, (v, r) => [
      v.key(),
      ...Array.from({ length: r.integer(1, 4) }, () => [r.pick(fields), v.value()]).flat(),
    ]),
    HGET: own(8, (v, r) => [v.key(), r.pick(fields)]),
    HDEL: own(6, (v, r) => [v.key(), r.pick(fields), ...maybe(r, 0.4, () => [r.pick(fields)])]),
    HGETALL: own(3, (v) => [v.key()]),
    HLEN: own(4, (v) => [v.key()]),
  },
  allowances: { HGETALL: 'unorderedPairs', HKEYS: 'unordered', HVALS: 'unordered' },
  looks: (key) => [
    ['HGETALL', key],
    ['HLEN', key],
  ],
  scan: { command: 'HSCAN', items: 2 },
};
