import type { Watches } from '../../engine/transactions/watches.ts';
import { NULL_HANDLE } from '../../tiers/memory/handle.ts';

/** The model's keys are not watched. */
export const noWatches: Watches = {
  add: ({ db, slot }, name) => ({ db, name, slot, record: NULL_HANDLE }),
  isChanged: () => false,
  remove: () => {},
};
