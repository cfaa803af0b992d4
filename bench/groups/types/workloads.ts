import type { FastRandom } from '../../support/key-picker.ts';
import type { Requests } from '../../support/requests.ts';
import {
  below,
  elementName,
  type FillName,
  fieldName,
  fills,
  keyName,
  randomLatitude,
  randomLongitude,
  randomScore,
  valueText,
} from './fill.ts';

/** Where a workload runs: `keys` keys, named after `name`, that hold `size` elements each while it does not change them. */
export interface Place {
  readonly name: string;
  readonly keys: number;
  readonly size: number;
  /** Requests that are measured; a multiple of `keys`. */
  readonly operations: number;
  readonly random: FastRandom;
  /** Number of an element that no key of this place has ever had, and as many after it as there are operations. */
  readonly fresh: number;
}

/** Makes requests for a place. */
type Make = (requests: Requests, place: Place) => void;

/** One command, measured. Whatever it adds or takes is undone outside of what is measured, so that every round finds the same. */
export interface Workload {
  readonly name: string;
  readonly label: string;
  readonly fill: FillName;
  /** Whether it adds or takes elements: it then begins or ends at half of that beside the size. */
  readonly moves: boolean;
  /** Elements in a reply: the more, the fewer operations. */
  readonly reply: number;
  readonly before?: Make;
  readonly measured: Make;
  readonly after?: Make;
}

/** A stride without common factors with any number of keys here: the keys in turn, but not side by side. */
const STRIDE = 7919;

/** Calls `each` for every operation with the key, of which all have their turn equally often, and a number that counts up. */
function inTurn({ name, keys, operations, fresh }: Place, each: (key: string, n: number) => void): void {
  for (let i = 0; i < operations; i++) each(keyName(name, (i * STRIDE) % keys), fresh + i);
}

/** Calls `each` for every operation with a random key. */
function atRandom({ name, keys, operations, random }: Place, each: (key: string) => void): void {
  for (let i = 0; i < operations; i++) each(keyName(name, below(random, keys)));
}

function everyKey({ name, keys }: Place, each: (key: string, index: number) => void): void {
  for (let key = 0; key < keys; key++) each(keyName(name, key), key);
}

const perKey = (place: Place): number => place.operations / place.keys;

/** Adds what the measured requests are going to take. */
const refill =
  (fill: 'list' | 'set'): Make =>
  (requests, place) =>
    everyKey(place, (key, index) => {
      fills[fill](requests, key, place.fresh + index * perKey(place), perKey(place), place.random);
    });

const range = (name: string, stop: number): Workload => ({
  name: `${name}-${stop}`,
  label: `LRANGE ${stop}`,
  fill: 'list',
  moves: false,
  reply: stop,
  measured: (requests, place) => atRandom(place, (key) => requests.add('LRANGE', key, 0, stop - 1)),
});

const plain = { moves: false, reply: 1 } as const;
const moving = { moves: true, reply: 1 } as const;

/** The commands that are compared, in the order in which they run. */
export const workloads: readonly Workload[] = [
  {
    ...{ name: 'lpush', label: 'LPUSH', fill: 'list', ...moving },
    measured: (requests, place) => inTurn(place, (key, n) => requests.add('LPUSH', key, elementName(n))),
    after: (requests, place) => everyKey(place, (key) => requests.add('LTRIM', key, perKey(place), -1)),
  },
  {
    ...{ name: 'rpop', label: 'RPOP', fill: 'list', ...moving },
    before: refill('list'),
    measured: (requests, place) => inTurn(place, (key) => requests.add('RPOP', key)),
  },
  range('lrange', 100),
  range('lrange', 600),
  {
    ...{ name: 'sadd', label: 'SADD', fill: 'set', ...moving },
    measured: (requests, place) => inTurn(place, (key, n) => requests.add('SADD', key, elementName(n))),
    after: (requests, place) => inTurn(place, (key, n) => requests.add('SREM', key, elementName(n))),
  },
  {
    ...{ name: 'spop', label: 'SPOP', fill: 'set', ...moving },
    before: refill('set'),
    measured: (requests, place) => inTurn(place, (key) => requests.add('SPOP', key)),
  },
  {
    ...{ name: 'hset', label: 'HSET', fill: 'hash', ...plain },
    measured: (requests, place) =>
      atRandom(place, (key) => {
        const n = below(place.random, place.size);
        requests.add('HSET', key, fieldName(n), valueText(below(place.random, 1_000_000)));
      }),
  },
  {
    ...{ name: 'hget', label: 'HGET', fill: 'hash', ...plain },
    measured: (requests, place) =>
      atRandom(place, (key) => requests.add('HGET', key, fieldName(below(place.random, place.size)))),
  },
  {
    ...{ name: 'zadd', label: 'ZADD', fill: 'zset', ...plain },
    measured: (requests, place) =>
      atRandom(place, (key) =>
        requests.add('ZADD', key, randomScore(place.random), elementName(below(place.random, place.size))),
      ),
  },
  {
    ...{ name: 'zrange', label: 'ZRANGE of 10', fill: 'zset', moves: false, reply: 10 },
    measured: (requests, place) =>
      atRandom(place, (key) => {
        const start = below(place.random, place.size - 10);
        requests.add('ZRANGE', key, start, start + 9);
      }),
  },
  {
    ...{ name: 'xadd', label: 'XADD', fill: 'stream', ...moving },
    measured: (requests, place) =>
      inTurn(place, (key, n) => requests.add('XADD', key, '*', 'sensor', '000000000001', 'reading', valueText(n))),
    after: (requests, place) => everyKey(place, (key) => requests.add('XTRIM', key, 'MAXLEN', place.size)),
  },
  {
    ...{ name: 'xrange', label: 'XRANGE of 10', fill: 'stream', moves: false, reply: 10 },
    measured: (requests, place) =>
      atRandom(place, (key) =>
        requests.add('XRANGE', key, `${below(place.random, place.size - 10) + 1}-0`, '+', 'COUNT', 10),
      ),
  },
  {
    ...{ name: 'pfadd', label: 'PFADD', fill: 'hyperloglog', ...plain },
    measured: (requests, place) =>
      atRandom(place, (key) => requests.add('PFADD', key, elementName(below(place.random, place.size)))),
  },
  {
    ...{ name: 'geoadd', label: 'GEOADD', fill: 'geo', ...plain },
    measured: (requests, place) =>
      atRandom(place, (key) => {
        const { random } = place;
        requests.add(
          'GEOADD',
          key,
          randomLongitude(random),
          randomLatitude(random),
          elementName(below(random, place.size)),
        );
      }),
  },
];
