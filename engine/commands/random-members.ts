import { distinctNumbers, type Ranked, visitNumbers } from '../types/collection/sample.ts';
import { INT64_MAX, int64Argument } from './arguments.ts';
import type { CommandContext } from './context.ts';
import { CommandError } from './errors.ts';

/** HRANDFIELD, SRANDMEMBER, ZRANDMEMBER: how many, and which. */

const outOfRange = new CommandError('ERR value is out of range');
/** So many repeated elements make a reply of gigabytes: Redis would go on until it has no memory. */
const MOST_REPEATED = 50_000_000n;
const MOST_REPEATED_BYTES = 2 ** 30;

/** The count: negative for elements that may repeat. Throws Redis's errors (`max-rand-count`, KeyDB's limit, lowers the bounds). */
export function exactCount({ request, server }: CommandContext, argIndex: number): bigint {
  const limit = server.config.values['max-rand-count'];
  const bound = limit < 2 ** 62 ? BigInt(Math.floor(limit)) : INT64_MAX;
  const count = int64Argument(request, argIndex);
  if (count < -bound || count > bound)
    throw new CommandError(`ERR value is out of range, value must between -${bound} and ${bound}`);
  return count;
}

/** With values or scores, twice the count has to be in range too. */
export function requireHalf(count: bigint): void {
  if (count > INT64_MAX / 2n || count < -(INT64_MAX / 2n)) throw outOfRange;
}

/** The count as a number. Throws for replies that no server could make; `meanBytes`: of an entry. */
export function possibleCount(count: bigint, meanBytes = 0): number {
  if (count < -MOST_REPEATED || -Number(count) * meanBytes > MOST_REPEATED_BYTES) throw outOfRange;
  return Number(count);
}

/** Visits one entry chosen at random, as often as asked for. */
export function visitRepeated(entries: Ranked, times: number, visit: () => void): void {
  const { count } = entries;
  for (let i = 0; i < times; i++) {
    entries.seek(Math.floor(Math.random() * count));
    visit();
  }
}

/** Visits `wanted` different entries (all of them if there are fewer), every choice equally likely. */
export function visitDistinct(entries: Ranked, wanted: number, visit: () => void): void {
  const { count } = entries;
  if (wanted * 3 < count) {
    visitNumbers(entries, distinctNumbers(wanted, count), visit);
    return;
  }
  // One walk: each entry is taken with the probability that as many as are needed are among those left.
  let needed = Math.min(wanted, count);
  let left = count;
  for (let more = entries.first(); more && needed > 0; more = entries.next()) {
    if (Math.random() * left < needed) {
      visit();
      needed--;
    }
    left--;
  }
}
