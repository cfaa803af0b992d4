import { type Reply, readReply } from '../support/resp-reply.ts';
import type { Allowance } from './operation.ts';
import { sameStreamReply } from './stream-replies.ts';
import { allowanceOfTypes } from './types/index.ts';

/** The servers run the same command within this time of each other, pauses of a busy machine included. */
const CLOCK_TOLERANCE_MS = 3_000;
/** Generated absolute times lie after this and relative ones before: Unix times beyond it must be exact. */
export const ABSOLUTE_FROM_S = 4_000_000_000;

/** Whether two raw replies agree under an allowance. Error replies and replies of different kinds never get any. */
export function agree(left: Buffer, right: Buffer, allowance: Allowance): boolean {
  if (left.equals(right)) return true;
  if (allowance === 'exact') return false;
  const [a, b] = [readReply(left), readReply(right)];
  if (a.kind === '-' || a.kind !== b.kind) return false;
  switch (allowance) {
    case 'unordered':
      return sortedMembers(a) === sortedMembers(b);
    case 'unorderedPairs':
      return sortedPairs(a) === sortedPairs(b);
    case 'presence':
      return a.isNull === b.isNull;
    case 'seconds':
      return closeTimes(a, b, CLOCK_TOLERANCE_MS / 1000, Infinity);
    case 'unixSeconds':
      return closeTimes(a, b, CLOCK_TOLERANCE_MS / 1000, ABSOLUTE_FROM_S);
    case 'unixMilliseconds':
      return closeTimes(a, b, CLOCK_TOLERANCE_MS, ABSOLUTE_FROM_S * 1000);
    case 'streamTimes':
      return sameStreamReply(a, b, CLOCK_TOLERANCE_MS);
    case 'milliseconds':
      return closeTimes(a, b, CLOCK_TOLERANCE_MS, Infinity);
  }
}

function sortedMembers(reply: Reply): string {
  return reply.items
    .map((item) => JSON.stringify(plain(item)))
    .sort()
    .join(' ');
}

function sortedPairs(reply: Reply): string {
  const { items } = reply;
  // RESP3 answers some commands with an array of pairs.
  if (items.every((item) => item.items.length === 2)) return sortedMembers(reply);
  const pairs: string[] = [];
  for (let n = 0; n < items.length; n += 2) {
    const [first, second] = [items[n], items[n + 1]];
    pairs.push(JSON.stringify([first && plain(first), second && plain(second)]));
  }
  return pairs.sort().join(' ');
}

function plain(reply: Reply): unknown {
  return reply.items.length > 0 ? reply.items.map(plain) : [reply.kind, reply.isNull, reply.text.toString('hex')];
}

/** -1 and -2 (no time to live, no key) must match exactly; so must Unix times too far away to come from a relative one. */
function closeTimes(a: Reply, b: Reply, tolerance: number, absoluteFrom: number): boolean {
  const [left, right] = [Number(a.text), Number(b.text)];
  if (!(left >= 0 && right >= 0) || left >= absoluteFrom || right >= absoluteFrom) return false;
  return Math.abs(left - right) <= tolerance;
}

/** By command name (and subcommand); everything else is exact. */
const ALLOWANCES: Readonly<Record<string, Allowance>> = {
  KEYS: 'unordered',
  RANDOMKEY: 'presence',
  'OBJECT FREQ': 'presence',
  'OBJECT IDLETIME': 'presence',
  'MEMORY USAGE': 'presence',
  DUMP: 'presence',
  TIME: 'presence',
  TTL: 'seconds',
  EXPIRETIME: 'unixSeconds',
  PTTL: 'milliseconds',
  PEXPIRETIME: 'unixMilliseconds',
};

export function allowanceFor(args: readonly unknown[]): Allowance {
  const name = String(args[0]).toUpperCase();
  return (
    ALLOWANCES[name] ?? allowanceOfTypes(name) ?? ALLOWANCES[`${name} ${String(args[1]).toUpperCase()}`] ?? 'exact'
  );
}
