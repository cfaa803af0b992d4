import { SLOTS } from '../base/limits.ts';
import { COUNT_COLD, COUNT_KEYS, COUNT_UNSEEN, SlotTables, TABLE_USED } from './slot-tables.ts';

/** How many ranges of equal length the slots are told in. */
const RANGES = 64;
const SLOTS_PER_RANGE = SLOTS / RANGES;

/** How the keys of all databases spread over the slots. */
export interface SlotFigures {
  readonly slots: number;
  /** Slots with at least one key. */
  readonly usedSlots: number;
  readonly keys: number;
  /** Keys by slot: standard deviation, and the fullest one. */
  readonly deviation: number;
  readonly largestSlot: number;
  readonly largestSlotKeys: number;
  /** Keys in RAM and on disk only, of 64 ranges of slots in ascending order. */
  readonly ranges: readonly (readonly [ram: number, nvme: number])[];
}

/**
 * Reads the header of every slot of every database that has keys, without their locks: each count is one aligned word, and the whole is
 * no more exact than the moment. Takes about a millisecond for each such database.
 */
export function slotFigures(tables: SlotTables): SlotFigures {
  const keys = new Float64Array(SLOTS);
  const ranges: [number, number][] = Array.from({ length: RANGES }, () => [0, 0]);
  for (let table = 0; table < tables.tables; table++) {
    if (tables.tableState(table) !== TABLE_USED) continue;
    if (tables.total(table, COUNT_KEYS) + tables.total(table, COUNT_UNSEEN) === 0) continue;
    for (let slot = 0; slot < SLOTS; slot++) {
      const at = SlotTables.at(table, slot);
      const unseen = tables.slotCount(at, COUNT_UNSEEN);
      const all = tables.slotCount(at, COUNT_KEYS) + unseen;
      if (all === 0) continue;
      // Read one after the other, so another thread may have changed one of them in between.
      const nvme = Math.min(all, tables.slotCount(at, COUNT_COLD) + unseen);
      keys[slot] = (keys[slot] ?? 0) + all;
      const range = ranges[Math.floor(slot / SLOTS_PER_RANGE)];
      if (range === undefined) continue;
      range[0] += all - nvme;
      range[1] += nvme;
    }
  }
  return { slots: SLOTS, ranges, ...summary(keys) };
}

function summary(keys: Float64Array): Omit<SlotFigures, 'slots' | 'ranges'> {
  let all = 0;
  let squares = 0;
  let usedSlots = 0;
  let largestSlot = 0;
  keys.forEach((count, slot) => {
    all += count;
    squares += count * count;
    if (count > 0) usedSlots++;
    if (count > (keys[largestSlot] ?? 0)) largestSlot = slot;
  });
  const mean = all / keys.length;
  return {
    usedSlots,
    keys: all,
    deviation: Math.sqrt(Math.max(0, squares / keys.length - mean * mean)),
    largestSlot,
    largestSlotKeys: keys[largestSlot] ?? 0,
  };
}
