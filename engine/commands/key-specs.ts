import type { KeySpec, KeySpecFlag } from './spec.ts';

/** The key specification of one key that stands at a fixed argument. */
export function keyAt(index: number, flags: readonly KeySpecFlag[], notes?: string): KeySpec {
  return keysFrom(index, 0, 1, flags, notes);
}

/**
 * Keys from argument `index` to `index + lastKey` (negative `lastKey`: counted from the end of the request, -1 is its last
 * argument), every `step` arguments.
 */
export function keysFrom(
  index: number,
  lastKey: number,
  step: number,
  flags: readonly KeySpecFlag[],
  notes?: string,
): KeySpec {
  return { flags, begin: { index }, find: { lastKey, step, limit: 0 }, ...(notes === undefined ? {} : { notes }) };
}
