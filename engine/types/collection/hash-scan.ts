import type { Collection } from './collection.ts';

/**
 * One step of a walk over a collection ordered by hash: calls `visit` with the cursor at each entry of whole leaves until at least `count`
 * were seen, and answers the cursor of the next step, 0 at the end. An entry that is there from the first step to the last is visited at
 * least once, whatever changes meanwhile: steps are ranges of hashes. A FLAT collection is one step.
 */
export function scanByHash(entries: Collection, cursor: bigint, count: number, visit: () => void): number {
  if (entries.isFlat) {
    for (let more = entries.first(); more; more = entries.next()) visit();
    return 0;
  }
  if (cursor >= 2n ** 32n) return 0;
  let seen = 0;
  let hash = Number(cursor);
  while (hash < 2 ** 32 && seen < count) {
    for (let more = entries.scanFrom(hash); more; more = entries.nextInLeaf()) {
      visit();
      seen++;
    }
    hash = entries.scanEnd();
  }
  return hash < 2 ** 32 ? hash : 0;
}
