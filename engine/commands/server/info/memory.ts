import { freemem, totalmem } from 'node:os';
import { humanBytes, type InfoSection, percent, ratio } from './section.ts';

/**
 * `used_memory` is what the arena holds, to the byte; allocator fields are about the arena too. RSS is the process's, so the
 * fragmentation ratio counts Node itself in.
 */
export const memorySection: InfoSection = {
  name: 'memory',
  title: 'Memory',
  byDefault: true,
  needs: [],
  fields({ context: { server } }) {
    const { usedBytes, peakBytes, overheadBytes, committedBytes, reservedBytes, lazyFreePending } = server.memory();
    const { values } = server.config;
    const rss = process.memoryUsage.rss();
    const dataset = Math.max(0, usedBytes - overheadBytes);
    const buffers = server.statistics.total('query_buffer_bytes') + server.statistics.total('output_buffer_bytes');
    const maxmemory = Number(values.maxmemory);
    const { luaBytes, store: scripts } = server.scripts;
    return [
      ['used_memory', usedBytes],
      ['used_memory_human', humanBytes(usedBytes)],
      ['used_memory_rss', rss],
      ['used_memory_rss_human', humanBytes(rss)],
      ['used_memory_peak', peakBytes],
      ['used_memory_peak_human', humanBytes(peakBytes)],
      ['used_memory_peak_perc', percent(usedBytes, peakBytes)],
      ['used_memory_overhead', overheadBytes],
      ['used_memory_startup', 0],
      ['used_memory_dataset', dataset],
      ['used_memory_dataset_perc', percent(dataset, usedBytes)],
      ['allocator_allocated', usedBytes],
      ['allocator_active', committedBytes],
      ['allocator_resident', committedBytes],
      ['total_system_memory', totalmem()],
      ['total_system_memory_human', humanBytes(totalmem())],
      ['available_system_memory', freemem()],
      ['used_memory_lua', luaBytes],
      ['used_memory_vm_eval', luaBytes],
      ['used_memory_lua_human', humanBytes(luaBytes)],
      ['used_memory_scripts_eval', scripts.textBytes],
      ['number_of_cached_scripts', scripts.count],
      ['number_of_functions', 0],
      ['number_of_libraries', 0],
      ['used_memory_vm_functions', 0],
      ['used_memory_vm_total', luaBytes],
      ['used_memory_vm_total_human', humanBytes(luaBytes)],
      ['used_memory_functions', 0],
      ['used_memory_scripts', scripts.textBytes],
      ['used_memory_scripts_human', humanBytes(scripts.textBytes)],
      ['maxmemory', maxmemory],
      ['maxmemory_human', humanBytes(maxmemory)],
      ['maxmemory_policy', values['maxmemory-policy']],
      ['allocator_frag_ratio', ratio(committedBytes, usedBytes)],
      ['allocator_frag_bytes', Math.max(0, committedBytes - usedBytes)],
      ['allocator_rss_ratio', ratio(committedBytes, committedBytes)],
      ['allocator_rss_bytes', 0],
      ['rss_overhead_ratio', ratio(rss, committedBytes)],
      ['rss_overhead_bytes', rss - committedBytes],
      ['mem_fragmentation_ratio', ratio(rss, usedBytes)],
      ['mem_fragmentation_bytes', rss - usedBytes],
      ['mem_not_counted_for_evict', 0],
      ['mem_replication_backlog', 0],
      ['mem_total_replication_buffers', 0],
      ['mem_clients_slaves', 0],
      ['mem_clients_normal', buffers],
      ['mem_cluster_links', 0],
      ['mem_aof_buffer', 0],
      ['mem_allocator', 'stratakv-arena'],
      ['mem_arena_reserved', reservedBytes],
      ['active_defrag_running', server.statistics.total('active_defrag_running')],
      ['lazyfree_pending_objects', lazyFreePending],
      ['lazyfreed_objects', server.statistics.total('lazyfreed_objects')],
      ['storage_provider', values['storage-provider'].kind],
    ];
  },
};
