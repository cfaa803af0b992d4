import type { Config } from './config.ts';

/** The largest bound a hot tier can have: handles reach 64 GiB (docs/ARCHITECTURE.md). */
export const maxHotBytes = 64 * 2 ** 30;

/** The bounds that the server works with, where the directives leave it to the machine. */
export interface EffectiveDefaults {
  /** Bytes of the hot tier; 0 means no bound. */
  readonly maxmemory: number;
}

/**
 * With a cold tier and no `maxmemory` given, the hot tier gets a quarter of the RAM: a cold tier below an unbounded hot one would
 * never be used.
 *
 * @param totalRamBytes what this process may use: the machine's RAM, or its cgroup's limit where that is lower
 */
export function effectiveDefaults(config: Config, totalRamBytes: number): EffectiveDefaults {
  const given = config.values.maxmemory;
  if (given > 0 || config.isGiven('maxmemory') || config.values['storage-provider'].kind === 'none')
    return { maxmemory: given };
  return { maxmemory: Math.min(Math.floor(totalRamBytes / 4), maxHotBytes) };
}
