import { quote } from '../../protocol/conf/words.ts';
import { type Directive, type DirectiveSpec, define } from './directive.ts';

/** Bits of `notify-keyspace-events`; the values are Redis's. */
export const notify = {
  keyspace: 1 << 0,
  keyevent: 1 << 1,
  generic: 1 << 2,
  string: 1 << 3,
  list: 1 << 4,
  set: 1 << 5,
  hash: 1 << 6,
  zset: 1 << 7,
  expired: 1 << 8,
  evicted: 1 << 9,
  stream: 1 << 10,
  keyMiss: 1 << 11,
  module: 1 << 13,
  newKey: 1 << 14,
} as const;

const notifyLetters: readonly (readonly [letter: string, bit: number])[] = [
  ['g', notify.generic],
  ['$', notify.string],
  ['l', notify.list],
  ['s', notify.set],
  ['h', notify.hash],
  ['z', notify.zset],
  ['x', notify.expired],
  ['e', notify.evicted],
  ['t', notify.stream],
  ['d', notify.module],
];
const notifyAll = notifyLetters.reduce((bits, [, bit]) => bits | bit, 0);
const notifyBits = new Map<string, number>([
  ...notifyLetters,
  ['n', notify.newKey],
  ['K', notify.keyspace],
  ['E', notify.keyevent],
  ['m', notify.keyMiss],
  ['A', notifyAll],
]);

function notifyText(bits: number): string {
  const letters = (list: Iterable<readonly [string, number]>) =>
    [...list].map(([letter, bit]) => ((bits & bit) === bit ? letter : '')).join('');
  // Redis shows no `n` beside `A`.
  const classes = (bits & notifyAll) === notifyAll ? 'A' : letters([...notifyLetters, ['n', notify.newKey]]);
  return (
    classes +
    letters([
      ['K', notify.keyspace],
      ['E', notify.keyevent],
      ['m', notify.keyMiss],
    ])
  );
}

export function notifyEvents(spec: DirectiveSpec): Directive<number> {
  return define<number>(
    {
      kind: 'event letters',
      read([word = '']) {
        let value = 0;
        for (const letter of word) {
          const bit = notifyBits.get(letter);
          if (bit === undefined) return { error: "Invalid event class character. Use 'Ag$lshzxeKEtmdn'." };
          value |= bit;
        }
        return { value, text: notifyText(value) };
      },
      write: (_value, text) => [quote(text)],
    },
    spec,
  );
}
