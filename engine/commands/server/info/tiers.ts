import type { TierHits, TierStatus } from '../../../server/link.ts';
import type { InfoField, InfoSection } from './section.ts';

/** `a / b` with four decimals: hit ratios are told apart by their second one. */
function share(a: number, b: number): string {
  return (b === 0 ? 0 : a / b).toFixed(4);
}

/** Of all lookups RAM's part; of those that RAM could not answer the disk's; and of all lookups those that found something. */
function ratios({ ram, nvme, none }: TierHits, suffix: string): InfoField[] {
  const all = ram + nvme + none;
  return [
    [`tier_ram_hit_ratio${suffix}`, share(ram, all)],
    [`tier_nvme_hit_ratio${suffix}`, share(nvme, nvme + none)],
    [`tier_hit_ratio${suffix}`, share(ram + nvme, all)],
  ];
}

/** What is where, and how much of it. */
const contents = (status: TierStatus): InfoField[] => [
  ['tier_provider', status.provider],
  ['tier_engine', status.engine],
  ['tier_path', status.path],
  ['tier_hot_keys', status.hotKeys],
  ['tier_cold_keys', status.coldKeys],
  ['tier_dirty_keys', status.dirtyKeys],
  ['tier_ram_bytes', status.ramBytes],
  ['tier_ram_max_bytes', status.ramMaxBytes],
  ['tier_cold_bytes', status.coldBytes],
  ['tier_nvme_max_bytes', status.nvmeMaxBytes],
];

/** Who answered lookups. */
const hits = ({ hits, recentHits }: TierStatus): InfoField[] => [
  ['tier_ram_hits', hits.ram],
  ['tier_nvme_hits', hits.nvme],
  ['tier_misses', hits.none],
  ...ratios(hits, ''),
  ...ratios(recentHits, '_recent'),
];

/** What moved between the tiers. */
const moves = (status: TierStatus): InfoField[] => [
  ['tier_demotions', status.demotions],
  ['tier_clean_evictions', status.cleanEvictions],
  ['tier_promotions', status.promotions],
  ['tier_deletions', status.deletions],
  ['tier_ram_admitted', status.promotions],
  ['tier_ram_refused', status.ramRefused],
  ['tier_nvme_admitted', status.demotions],
  ['tier_nvme_refused', status.nvmeRefused],
  ['tier_checkpoints', status.checkpoints],
  ['tier_last_checkpoint_time', Math.floor(status.lastCheckpointMs / 1000)],
];

/** What the disk has to do. */
function io(status: TierStatus): InfoField[] {
  const { device, bytesWritten, readTimes } = status;
  return [
    ['tier_cold_reads', status.coldReads],
    ['tier_cold_read_misses', status.coldReadMisses],
    ['tier_cold_read_errors', status.coldReadErrors],
    ['tier_cold_write_errors', status.coldWriteErrors],
    ['tier_bytes_read', status.bytesRead],
    ['tier_bytes_written', bytesWritten],
    ['tier_device_bytes_read', device?.read ?? 0],
    ['tier_device_bytes_written', device?.written ?? 0],
    [
      'tier_write_amplification',
      device === undefined || bytesWritten === 0 ? '0.00' : (device.written / bytesWritten).toFixed(2),
    ],
    ['tier_cold_read_p50_usec', readTimes.p50Usec],
    ['tier_cold_read_p99_usec', readTimes.p99Usec],
    ['tier_cold_read_p999_usec', readTimes.p999Usec],
    ['tier_cold_read_max_usec', readTimes.maxUsec],
    ['tier_read_queue', status.readQueue],
    ['tier_cold_dead_bytes', Math.round(status.coldDeadBytes)],
    ['tier_cold_evictions', status.coldEvictions],
    ['tier_expiry_backlog', status.expiryBacklog],
    ['tier_expiry_sweep_bytes', status.expirySweepBytes],
    ['tier_expiry_sweep_ms', Math.round(status.expirySweepMs)],
    ['tier_index_loading', status.index.loading ? 1 : 0],
    ['tier_index_keys', status.index.keys],
    ['tier_index_damaged', status.index.damaged],
    ['tier_index_slots_done', status.index.slotsDone],
    ['tier_index_slots_total', status.index.slotsTotal],
    ['tier_warming', status.index.warming ? 1 : 0],
    ['tier_warm_keys_done', status.index.warmDone],
    ['tier_warm_keys_total', status.index.warmTotal],
    ['tier_warm_keys_promoted', status.index.warmPromoted],
  ];
}

/** RocksDB's own account. */
const engine = ({ engineFigures: figures }: TierStatus): InfoField[] =>
  figures === undefined
    ? []
    : [
        ['tier_engine_memtable_bytes', figures.memtableBytes],
        ['tier_engine_immutable_memtables', figures.immutableMemtables],
        ['tier_engine_running_flushes', figures.runningFlushes],
        ['tier_engine_running_compactions', figures.runningCompactions],
        ['tier_engine_pending_compaction_bytes', figures.pendingCompactionBytes],
        ['tier_engine_level0_files', figures.level0Files],
        ['tier_engine_block_cache_bytes', figures.blockCacheBytes],
        ['tier_engine_ingest_bytes', figures.ingestBytes],
        ['tier_engine_log_bytes', figures.logBytes],
        ['tier_engine_compaction_write_bytes', figures.compactionWriteBytes],
        ['tier_engine_compaction_read_bytes', figures.compactionReadBytes],
        ['tier_engine_write_stopped', figures.writeStopped],
        ['tier_engine_delayed_write_rate', figures.delayedWriteRate],
        ['tier_engine_stall_ms', figures.stallMs],
      ];

/** Where somebody had to wait. */
const delays = ({ pressure, longestStallsUsec, lastError }: TierStatus): InfoField[] => [
  ['tier_pressure', pressure],
  ['tier_longest_stall_usec', Math.max(0, ...longestStallsUsec)],
  ...longestStallsUsec.map(
    (usec, thread): InfoField => [
      thread === longestStallsUsec.length - 1
        ? 'tier_thread_longest_stall_usec'
        : `tier_thread_${thread}_longest_stall_usec`,
      usec,
    ],
  ),
  ['tier_last_error', lastError.replace(/[\r\n]+/g, ' ')],
];

const groups = [contents, hits, moves, io, engine, delays];

/** The same fields as TIER STATUS. */
export function tierFields(status: TierStatus): readonly InfoField[] {
  return groups.flatMap((group) => group(status));
}

export const tiersSection: InfoSection = {
  name: 'tiers',
  title: 'Tiers',
  byDefault: true,
  needs: ['tiers'],
  fields: ({ tiers }) => (tiers === undefined ? [['tier_provider', 'none']] : tierFields(tiers)),
};

/** KeyDB has this section; there are no snapshots to nest here. */
export const keydbSection: InfoSection = {
  name: 'keydb',
  title: 'KeyDB',
  byDefault: true,
  needs: [],
  fields: () => [['mvcc_depth', 0]],
};
