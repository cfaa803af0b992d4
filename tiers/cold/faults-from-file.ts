import { readFileSync } from 'node:fs';
import { type FaultPlan, FaultyStore } from './faulty-store.ts';
import type { ColdStore } from './store.ts';

/** For tests of a whole server: names a file that says what goes wrong with its cold store. Without it nothing does. */
const VARIABLE = 'STRATAKV_COLD_FAULTS';
const LOOK_EVERY_MS = 20;

/**
 * The store itself, unless the variable is set. Then one that fails and waits as the file says, a {@link FaultPlan}'s `faults` as JSON, which is read
 * again and again. Everything goes by way of the thread that owns the store then: there is no direct reading.
 */
export function withFaultsFromFile(store: ColdStore): ColdStore {
  const path = process.env[VARIABLE];
  if (path === undefined || path === '') return store;
  const plan: FaultPlan = { seed: 1 };
  const look = (): void => {
    plan.faults = JSON.parse(readFileSync(path, 'utf8'));
  };
  look();
  setInterval(look, LOOK_EVERY_MS).unref();
  return new FaultyStore(store, plan);
}
