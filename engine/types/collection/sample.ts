/** Up to one number in so many chosen, the chosen ones are kept in a hash set, beyond that in a bitmap. */
const SPARSE = 256;
/** Entries that stepping over is cheaper than finding one by its number. */
const NEAR = 16;

/** A random integer from 0 to `limit` - 1. */
export function randomBelow(limit: number): number {
  return Math.floor(Math.random() * limit);
}

/**
 * `count` different numbers below `limit` (at least `count`), each choice equally likely, ascending. Robert Floyd's algorithm: one random
 * number each.
 */
export function distinctNumbers(count: number, limit: number): Uint32Array {
  const chosen = new Uint32Array(count);
  if (count * SPARSE < limit) {
    const taken = new Set<number>();
    for (let last = limit - count; last < limit; last++) {
      const number = randomBelow(last + 1);
      taken.add(taken.has(number) ? last : number);
    }
    let n = 0;
    for (const number of taken) chosen[n++] = number;
    return chosen.sort();
  }
  const bits = new Uint8Array((limit + 7) >>> 3);
  for (let last = limit - count; last < limit; last++) {
    const number = randomBelow(last + 1);
    const taken = ((bits[number >>> 3] ?? 0) >> (number & 7)) & 1 ? last : number;
    bits[taken >>> 3] = (bits[taken >>> 3] ?? 0) | (1 << (taken & 7));
  }
  let n = 0;
  for (let byte = 0; byte < bits.length; byte++) {
    for (let rest = bits[byte] ?? 0; rest !== 0; rest &= rest - 1) {
      chosen[n++] = byte * 8 + 31 - Math.clz32(rest & -rest);
    }
  }
  return chosen;
}

/** What a collection is asked for: to stand at an entry by number, and to go on from there. */
export interface Ranked {
  readonly count: number;
  first(): boolean;
  next(): boolean;
  seek(rank: number): boolean;
}

/** Calls `visit` with the cursor at each of the entries with these numbers, which ascend. */
export function visitNumbers(entries: Ranked, numbers: Uint32Array, visit: () => void): void {
  let at = -1;
  for (let n = 0; n < numbers.length; n++) {
    const number = numbers[n] ?? 0;
    if (at >= 0 && number - at <= NEAR) for (; at < number; at++) entries.next();
    else entries.seek(number);
    at = number;
    visit();
  }
}
