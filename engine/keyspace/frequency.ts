/** How the LFU counter moves (redis.conf's lfu-log-factor and lfu-decay-time): source redis 7.0.15, evict.c. */
export interface LfuRules {
  readonly logFactor: number;
  /** Minutes without a use after which the counter loses one; 0: never. */
  readonly decayMinutes: number;
}

/** LFU counter of a new key (Redis's LFU_INIT_VAL): it needs a chance against those that were counted for long. */
export const NEW_FREQUENCY = 5;
const MAX_FREQUENCY = 255;

/** The counter of an access word (s since 1970, 24 bits | counter, 8 bits) as it stands at `clock` (s since 1970, 24 bits). */
export function decayedFrequency(access: number, clock: number, rules: LfuRules): number {
  const counter = access >>> 24;
  if (rules.decayMinutes === 0) return counter;
  const minutes = Math.floor(((clock - (access & 0xffffff)) & 0xffffff) / 60);
  return Math.max(0, counter - Math.floor(minutes / rules.decayMinutes));
}

/**
 * The access word after one more use: the more a key was used, the less likely it is to be counted. `chance` is in [0, 1).
 */
export function usedAccess(access: number, clock: number, rules: LfuRules, chance: number = Math.random()): number {
  const counter = decayedFrequency(access, clock, rules);
  const beyondNew = Math.max(0, counter - NEW_FREQUENCY);
  const counts = counter < MAX_FREQUENCY && chance < 1 / (beyondNew * rules.logFactor + 1);
  return (((counter + (counts ? 1 : 0)) << 24) | (clock & 0xffffff)) >>> 0;
}
