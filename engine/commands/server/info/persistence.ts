import type { InfoSection } from './section.ts';

/** A checkpoint of the cold tier stands where Redis has an RDB snapshot; there is no append-only file. */
export const persistenceSection: InfoSection = {
  name: 'persistence',
  title: 'Persistence',
  byDefault: true,
  needs: ['tiers'],
  fields({ context: { server }, tiers }) {
    const lastSaveMs =
      tiers === undefined || tiers.lastCheckpointMs === 0 ? server.startedAtMs : tiers.lastCheckpointMs;
    return [
      ['loading', 0],
      ['async_loading', 0],
      ['current_cow_peak', 0],
      ['current_cow_size', 0],
      ['current_cow_size_age', 0],
      ['current_fork_perc', '0.00'],
      ['current_save_keys_processed', 0],
      ['current_save_keys_total', 0],
      ['rdb_changes_since_last_save', server.statistics.total('keyspace_changes') - (tiers?.savedChanges ?? 0)],
      ['rdb_bgsave_in_progress', 0],
      ['rdb_last_save_time', Math.floor(lastSaveMs / 1000)],
      ['rdb_last_bgsave_status', (tiers?.coldWriteErrors ?? 0) > 0 ? 'err' : 'ok'],
      ['rdb_last_bgsave_time_sec', -1],
      ['rdb_current_bgsave_time_sec', -1],
      ['rdb_saves', 0],
      ['rdb_last_cow_size', 0],
      ['rdb_last_load_keys_expired', 0],
      ['rdb_last_load_keys_loaded', 0],
      ['aof_enabled', 0],
      ['aof_rewrite_in_progress', 0],
      ['aof_rewrite_scheduled', 0],
      ['aof_last_rewrite_time_sec', -1],
      ['aof_current_rewrite_time_sec', -1],
      ['aof_last_bgrewrite_status', 'ok'],
      ['aof_rewrites', 0],
      ['aof_rewrites_consecutive_failures', 0],
      ['aof_last_write_status', 'ok'],
      ['aof_last_cow_size', 0],
      ['module_fork_in_progress', 0],
      ['module_fork_last_cow_size', 0],
      ['storage_flash_used_bytes', tiers?.coldBytes ?? 0],
    ];
  },
};
