import type { FastRandom } from '../../support/key-picker.ts';
import { Requests } from '../../support/requests.ts';

/** Elements that one request of a fill carries. */
const ELEMENTS_PER_REQUEST = 100;
const SCORES = 1_000_000;

/** What a fill puts into one key. `first` numbers the elements, which are all different. */
export type Fill = (requests: Requests, key: string, first: number, count: number, random: FastRandom) => void;

const twelve = (n: number): string => String(n).padStart(12, '0');
export const elementName = (n: number): string => `element:${twelve(n)}`;
export const fieldName = (n: number): string => `field:${twelve(n)}`;
export const valueText = (n: number): string => `value:${twelve(n)}`;
export const below = (random: FastRandom, limit: number): number => Math.floor((random.nextUint32() / 2 ** 32) * limit);
export const randomScore = (random: FastRandom): string => String(below(random, SCORES));
export const randomLongitude = (random: FastRandom): string => (below(random, 3_600_000) / 10_000 - 180).toFixed(4);
export const randomLatitude = (random: FastRandom): string => (below(random, 1_700_000) / 10_000 - 85).toFixed(4);

/** A fill of requests `command key [options] words...`, with the words of some hundred elements each. */
function byMany(command: string, words: (n: number, random: FastRandom) => readonly string[]): Fill {
  return (requests, key, first, count, random) => {
    for (let from = 0; from < count; from += ELEMENTS_PER_REQUEST) {
      const args = [command, key];
      const to = Math.min(count, from + ELEMENTS_PER_REQUEST);
      for (let n = from; n < to; n++) args.push(...words(first + n, random));
      requests.addAll(args);
    }
  };
}

export const fills = {
  list: byMany('RPUSH', (n) => [elementName(n)]),
  set: byMany('SADD', (n) => [elementName(n)]),
  hash: byMany('HSET', (n) => [fieldName(n), valueText(n)]),
  zset: byMany('ZADD', (n, random) => [randomScore(random), elementName(n)]),
  geo: byMany('GEOADD', (n, random) => [randomLongitude(random), randomLatitude(random), elementName(n)]),
  hyperloglog: byMany('PFADD', (n) => [elementName(n)]),
  /** Entries `1-0`, `2-0`, ... of two fields. */
  stream: (requests, key, first, count) => {
    for (let n = first; n < first + count; n++) {
      requests.add('XADD', key, `${n + 1}-0`, 'sensor', twelve(n % 1000), 'reading', valueText(n));
    }
  },
} satisfies Record<string, Fill>;

export type FillName = keyof typeof fills;

/** Requests that fill `keys` keys, named after `name`, with `size` elements each. */
export function fillRequests(fill: FillName, name: string, keys: number, size: number, random: FastRandom): Requests {
  const requests = new Requests();
  for (let key = 0; key < keys; key++) fills[fill](requests, keyName(name, key), 0, size, random);
  return requests;
}

export const keyName = (name: string, key: number): string => `${name}:${String(key).padStart(6, '0')}`;
