import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reply } from '../support/resp-reply.ts';
import { TieredServer } from '../tiers/tiered-server.ts';

/**
 * What oliver006/redis_exporter (read in August 2026) asks a server, by the forms in which it reads the answers. Fields that redis-server 7.0 has, and
 * KeyDB's that we have too; later versions' are optional there.
 */
const gauges = [
  'uptime_in_seconds io_threads_active process_id',
  'connected_clients blocked_clients maxclients tracking_clients clients_in_timeout_table',
  'client_recent_max_output_buffer client_recent_max_input_buffer',
  'allocator_active allocator_allocated allocator_resident allocator_frag_ratio allocator_frag_bytes',
  'allocator_rss_ratio allocator_rss_bytes used_memory used_memory_rss used_memory_peak used_memory_lua',
  'used_memory_vm_eval used_memory_scripts_eval used_memory_overhead used_memory_startup used_memory_dataset',
  'number_of_cached_scripts number_of_functions used_memory_vm_functions used_memory_scripts used_memory_functions',
  'used_memory_vm_total maxmemory mem_fragmentation_ratio mem_fragmentation_bytes mem_clients_slaves',
  'mem_clients_normal mem_cluster_links mem_aof_buffer mem_replication_backlog expired_stale_perc',
  'mem_not_counted_for_evict mem_total_replication_buffers lazyfree_pending_objects lazyfreed_objects',
  'active_defrag_running migrate_cached_sockets active_defrag_hits active_defrag_misses active_defrag_key_hits',
  'active_defrag_key_misses loading async_loading rdb_changes_since_last_save rdb_bgsave_in_progress',
  'rdb_last_save_time rdb_last_bgsave_time_sec rdb_current_bgsave_time_sec rdb_saves rdb_last_cow_size',
  'rdb_last_load_keys_expired rdb_last_load_keys_loaded aof_enabled aof_rewrite_in_progress aof_rewrite_scheduled',
  'aof_last_rewrite_time_sec aof_current_rewrite_time_sec aof_last_cow_size module_fork_in_progress',
  'module_fork_last_cow_size current_eviction_exceeded_time pubsub_channels pubsub_patterns pubsubshard_channels',
  'latest_fork_usec tracking_total_keys tracking_total_items tracking_total_prefixes connected_slaves',
  'repl_backlog_size repl_backlog_active repl_backlog_first_byte_offset repl_backlog_histlen master_repl_offset',
  'second_repl_offset slave_expires_tracked_keys sync_full sync_partial_ok sync_partial_err server_threads',
  'current_client_thread hz configured_hz',
].flatMap((line) => line.split(' '));

const counters = [
  'total_connections_received total_commands_processed rejected_connections total_net_input_bytes',
  'total_net_output_bytes total_net_repl_input_bytes total_net_repl_output_bytes expired_keys',
  'expired_time_cap_reached_count expire_cycle_cpu_milliseconds evicted_keys evicted_clients',
  'total_eviction_exceeded_time keyspace_hits keyspace_misses used_cpu_sys used_cpu_user used_cpu_sys_children',
  'used_cpu_user_children unexpected_error_replies total_error_replies dump_payload_sanitizations',
  'total_reads_processed total_writes_processed io_threaded_reads_processed io_threaded_writes_processed',
  'client_query_buffer_limit_disconnections client_output_buffer_limit_disconnections reply_buffer_shrinks',
  'reply_buffer_expands storage_provider_read_hits storage_provider_read_misses',
].flatMap((line) => line.split(' '));

/** Words that it takes for numbers. */
const statuses = ['rdb_last_bgsave_status', 'aof_last_bgrewrite_status', 'aof_last_write_status'];
/** Labels of redis_instance_info. */
const labels =
  'role redis_version redis_build_id redis_mode os maxmemory_policy tcp_port run_id process_id master_replid';

/** Sections and their fields, as it splits INFO: at line ends and the first colon. */
function sectionsOf(info: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let section = new Map<string, string>();
  for (const raw of info.split('\n')) {
    const line = raw.trim();
    if (line.startsWith('# ')) {
      section = new Map();
      sections.set(line.slice(2), section);
    } else if (line.length >= 2) {
      assert.ok(line.includes(':'), `a field of INFO has a colon: ${line}`);
      const colon = line.indexOf(':');
      section.set(line.slice(0, colon), line.slice(colon + 1));
    }
  }
  return sections;
}

const text = (reply: Reply | undefined) => reply?.text.toString() ?? '';

test('redis_exporter finds what it asks for, in the form in which it reads it', { timeout: 60_000 }, async () => {
  const tiered = await TieredServer.start([
    '--server-threads',
    '2',
    '--latency-monitor-threshold',
    '1',
    '--slowlog-log-slower-than',
    '0',
    '--enable-debug-command',
    'yes',
  ]);
  const { client } = tiered;
  try {
    assert.equal(await tiered.call('CLIENT', 'SETNAME', 'redis_exporter'), 'OK');
    await tiered.pipeline([
      ['SET', 'a', '1'],
      ['SET', 'b', '2', 'EX', '100'],
      ['GET', 'a'],
      ['HSET', 'a', 'f', 'v'],
      ['CONFIG', 'GET', 'port'],
      ['DEBUG', 'SLEEP', '0.01'],
      ['XADD', 's', '1-1', 'f', 'v'],
      ['XGROUP', 'CREATE', 's', 'g', '0'],
    ]);

    const info = (await tiered.call('INFO', 'ALL')) ?? '';
    const sections = sectionsOf(info);
    const all = new Map([...sections.values()].flatMap((section) => [...section]));
    for (const name of [...gauges, ...counters]) {
      const value = all.get(name);
      assert.ok(value !== undefined && value !== '' && Number.isFinite(Number(value)), `${name} is a number: ${value}`);
    }
    for (const name of statuses) assert.match(all.get(name) ?? '', /^(ok|fail|err)$/);
    for (const name of labels.split(' ')) assert.ok((all.get(name) ?? '') !== '', name);
    assert.equal(all.get('role'), 'master');

    // db0: keys, expires, avg_ttl, cached_keys by place.
    assert.match(sections.get('Keyspace')?.get('db0') ?? '', /^keys=3,expires=1,avg_ttl=\d+,cached_keys=\d+$/);
    const commands = sections.get('Commandstats') ?? new Map<string, string>();
    assert.ok(commands.has('cmdstat_get') && commands.has('cmdstat_config|get'));
    for (const [name, value] of commands) {
      assert.match(name, /^cmdstat_[a-zA-Z0-9.|_-]+$/);
      assert.match(value, /^calls=\d+,usec=\d+,usec_per_call=[\d.]+,rejected_calls=\d+,failed_calls=\d+/);
    }
    const latencies = sections.get('Latencystats') ?? new Map<string, string>();
    for (const [name, value] of latencies) {
      assert.ok(commands.has(name.replace('latency_percentiles_usec_', 'cmdstat_')), `${name} has its count and sum`);
      assert.match(value, /^(p[\d.]+=[\d.]+,?)+$/);
    }
    assert.equal(sections.get('Errorstats')?.get('errorstat_WRONGTYPE'), 'count=1');
    assert.ok(!info.includes('cluster_enabled:1'));

    // CONFIG GET * as a map of strings, of which these are numbers.
    const config = (await client.ask('CONFIG', 'GET', '*')).items.map(text);
    assert.equal(config.length % 2, 0);
    const values = new Map(
      Array.from({ length: config.length / 2 }, (_, n) => [config[n * 2] ?? '', config[n * 2 + 1] ?? '']),
    );
    for (const name of ['databases', 'maxclients', 'maxmemory', 'repl-backlog-size', 'io-threads']) {
      assert.match(values.get(name) ?? '', /^\d+$/, name);
    }
    assert.match(values.get('client-output-buffer-limit') ?? '', /^(\w+ \d+ \d+ \d+ ?){3}$/);

    const latest = (await client.ask('LATENCY', 'LATEST')).items;
    assert.ok(latest.length > 0);
    for (const { items } of latest) assert.deepEqual(items.map(({ kind }) => kind).join(''), '$:::');
    const histograms = (await client.ask('LATENCY', 'HISTOGRAM')).items;
    assert.ok(histograms.length > 0 && histograms.length % 2 === 0);
    for (let at = 0; at < histograms.length; at += 2) {
      const [calls, , rows, buckets] = histograms[at + 1]?.items ?? [];
      assert.deepEqual([text(calls), text(rows)], ['calls', 'histogram_usec']);
      const numbers = (buckets?.items ?? []).map((one) => Number(text(one)));
      assert.ok(numbers.length > 0 && numbers.length % 2 === 0 && numbers.every(Number.isInteger));
    }

    assert.equal((await client.ask('SLOWLOG', 'LEN')).kind, ':');
    const [slow] = (await client.ask('SLOWLOG', 'GET', '1')).items;
    assert.deepEqual(
      slow?.items.slice(0, 3).map(({ kind }) => kind),
      [':', ':', ':'],
    );
    // It asks whether Valkey's COMMANDLOG is there.
    const [commandLog] = (await client.ask('COMMAND', 'INFO', 'COMMANDLOG')).items;
    assert.equal(commandLog?.isNull, true);

    const clients = (await tiered.call('CLIENT', 'LIST')) ?? '';
    for (const line of clients.trim().split('\n')) {
      assert.match(line, /^id=\d+ addr=\S+:\d+ /);
      const fields = new Map(
        line.split(' ').map((part): [string, string] => {
          assert.equal(part.split('=').length, 2, part);
          const [name = '', value = ''] = part.split('=');
          return [name, value];
        }),
      );
      for (const name of [
        'age',
        'idle',
        'db',
        'sub',
        'psub',
        'ssub',
        'qbuf',
        'qbuf-free',
        'obl',
        'oll',
        'omem',
        'tot-mem',
        'resp',
      ]) {
        assert.match(fields.get(name) ?? '', /^\d+$/, name);
      }
      for (const name of ['flags', 'user', 'name']) assert.ok(fields.has(name), name);
    }

    // --check-keys, --count-keys, --check-streams, --check-key-groups.
    assert.equal(await tiered.call('TYPE', 's'), 'stream');
    assert.match((await tiered.call('MEMORY', 'USAGE', 'a')) ?? '', /^\d+$/);
    assert.equal(text((await client.ask('SCAN', '0', 'MATCH', 'a*', 'COUNT', '100')).items[0]), '0');
    for (const what of [['STREAM'], ['GROUPS'], ['CONSUMERS']]) {
      const tail = what[0] === 'CONSUMERS' ? ['g'] : [];
      assert.equal((await client.ask('XINFO', ...what, 's', ...tail)).kind, '*');
    }
    assert.match((await tiered.call('INFO', 'MODULES')) ?? '', /^# Modules\r\n/);
  } finally {
    await tiered.stop();
  }
});
