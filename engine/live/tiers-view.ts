import type { HitShares, TiersView } from './snapshot.ts';
import type { Interval } from './snapshot-of.ts';

/** From the fields of INFO `# Tiers`; null for a server without that section, or whose tiers cannot answer. */
export function tiersView(interval: Interval): TiersView | null {
  const { info } = interval.now;
  if (!info.has('tier_hot_keys')) return null;
  const n = (name: string) => interval.number(`tier_${name}`);
  const rate = (name: string) => interval.perSecond(`tier_${name}`);
  const ramRefused = rate('ram_refused');
  const nvmeRefused = rate('nvme_refused');
  return {
    provider: info.get('tier_provider') ?? '',
    engine: info.get('tier_engine') ?? '',
    ram: {
      keys: n('hot_keys'),
      bytes: n('ram_bytes'),
      maxBytes: n('ram_max_bytes'),
      hits: shares(interval, 'ram_hit_ratio', ['ram'], ['ram', 'nvme', 'none']),
    },
    nvme: {
      keys: n('cold_keys'),
      bytes: n('cold_bytes'),
      maxBytes: n('nvme_max_bytes'),
      hits: shares(interval, 'nvme_hit_ratio', ['nvme'], ['nvme', 'none']),
    },
    hits: shares(interval, 'hit_ratio', ['ram', 'nvme'], ['ram', 'nvme', 'none']),
    dirtyKeys: n('dirty_keys'),
    promotionsPerSecond: rate('promotions'),
    demotionsPerSecond: rate('demotions'),
    cleanEvictionsPerSecond: rate('clean_evictions'),
    deletionsPerSecond: rate('deletions'),
    refusedPerSecond: ramRefused === null || nvmeRefused === null ? null : ramRefused + nvmeRefused,
    readsPerSecond: rate('cold_reads'),
    readUsec: {
      p50: n('cold_read_p50_usec'),
      p99: n('cold_read_p99_usec'),
      p999: n('cold_read_p999_usec'),
      max: n('cold_read_max_usec'),
    },
    readQueue: n('read_queue'),
    errors: n('cold_read_errors') + n('cold_write_errors'),
    readBytesPerSecond: rate('bytes_read'),
    writtenBytesPerSecond: rate('bytes_written'),
    deviceReadBytesPerSecond: rate('device_bytes_read'),
    deviceWrittenBytesPerSecond: rate('device_bytes_written'),
    writeAmplification: n('write_amplification'),
    pressure: info.get('tier_pressure') ?? 'none',
    lastError: info.get('tier_last_error') ?? '',
    indexed: progress(n('index_loading'), n('index_slots_done'), n('index_slots_total')),
    warmed: progress(n('warming'), n('warm_keys_done'), n('warm_keys_total')),
  };
}

type Answered = 'ram' | 'nvme' | 'none';

const lookups: Readonly<Record<Answered, string>> = {
  ram: 'tier_ram_hits',
  nvme: 'tier_nvme_hits',
  none: 'tier_misses',
};

function shares(interval: Interval, ratio: string, found: readonly Answered[], all: readonly Answered[]): HitShares {
  const sum = (who: readonly Answered[]) => who.reduce((total, one) => total + (interval.growth(lookups[one]) ?? 0), 0);
  const asked = sum(all);
  return {
    now: interval.seconds === null || asked === 0 ? null : sum(found) / asked,
    recent: interval.number(`tier_${ratio}_recent`),
    total: interval.number(`tier_${ratio}`),
  };
}

function progress(running: number, done: number, total: number): number | null {
  return running === 0 ? null : total === 0 ? 0 : Math.min(1, done / total);
}
