import type { TierStatus } from '../../../server/link.ts';
import type { InfoField, InfoSection } from './section.ts';

/** The same fields as TIER STATUS. */
export function tierFields(status: TierStatus): readonly InfoField[] {
  return [
    ['tier_provider', status.provider],
    ['tier_engine', status.engine],
    ['tier_path', status.path],
    ['tier_hot_keys', status.hotKeys],
    ['tier_cold_keys', status.coldKeys],
    ['tier_dirty_keys', status.dirtyKeys],
    ['tier_cold_bytes', status.coldBytes],
    ['tier_demotions', status.demotions],
    ['tier_clean_evictions', status.cleanEvictions],
    ['tier_promotions', status.promotions],
    ['tier_deletions', status.deletions],
    ['tier_checkpoints', status.checkpoints],
    ['tier_last_checkpoint_time', Math.floor(status.lastCheckpointMs / 1000)],
    ['tier_cold_reads', status.coldReads],
    ['tier_cold_read_misses', status.coldReadMisses],
    ['tier_cold_read_errors', status.coldReadErrors],
    ['tier_cold_write_errors', status.coldWriteErrors],
    ['tier_bytes_read', status.bytesRead],
    ['tier_bytes_written', status.bytesWritten],
    ['tier_read_queue', status.readQueue],
    ['tier_last_error', status.lastError.replace(/[\r\n]+/g, ' ')],
  ];
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
