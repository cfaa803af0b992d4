/**
 * Reads one word at `offset` behind every address of `[0, count)` that is not -1, so that their cache misses overlap. Answers what was read, for a sink: the
 * loads would be optimised away otherwise.
 */
export function touchAll(
  views: readonly (DataView | undefined)[],
  at: Int32Array,
  count: number,
  offset: number,
): number {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const from = at[i] ?? -1;
    const view = views[i];
    if (from >= 0 && view !== undefined) sum ^= view.getInt32(from + offset, true);
  }
  return sum;
}
