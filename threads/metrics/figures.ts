import type { ThreadInfo } from '../../engine/server/answers.ts';
import type { CommandStatisticsSnapshot } from '../../engine/server/command-statistics.ts';
import type { TierStatus } from '../../engine/server/link.ts';
import type { Statistics } from '../../engine/server/statistics.ts';
import { counterNames, counters } from '../../engine/server/statistics.ts';
import type { MetricsPage } from './page.ts';

/** Keys of one database. */
export interface DatabaseKeys {
  readonly db: number;
  readonly ram: number;
  readonly nvme: number;
  readonly expiring: number;
}

/** What a page is written from. What a thread did not answer in time is undefined, and its metrics are missing from the page. */
export interface MetricFacts {
  readonly version: string;
  readonly startedAtMs: number;
  readonly statistics: Statistics;
  readonly maxClients: number;
  readonly databases: readonly DatabaseKeys[];
  readonly tiers: TierStatus | undefined;
  readonly commands: readonly CommandStatisticsSnapshot[] | undefined;
  readonly errors: readonly (readonly [code: string, count: number])[] | undefined;
  readonly threads: readonly ThreadInfo[] | undefined;
}

export function writeMetrics(page: MetricsPage, facts: MetricFacts): void {
  writeProcess(page, facts);
  writeCounters(page, facts);
  writeCommands(page, facts);
  writeThreads(page, facts);
  writeKeys(page, facts);
  if (facts.tiers === undefined) return;
  writeTiers(page, facts.tiers);
  writeDisk(page, facts.tiers);
  writeOthers(page, facts.tiers);
}

function writeProcess(page: MetricsPage, { version, startedAtMs }: MetricFacts): void {
  const { user, system } = process.cpuUsage();
  page.gauge('stratakv_build_info', 'Versions of the server and of Node.', 1, { version, node: process.version });
  page.gauge('stratakv_start_time_seconds', 'When the server was started, since 1970.', startedAtMs / 1000);
  page.gauge('process_resident_memory_bytes', 'RSS of the whole process.', process.memoryUsage.rss());
  page.counter('process_cpu_seconds_total', 'CPU time of the whole process.', (user + system) / 1e6);
}

/** Counters that are told otherwise: with labels, or as a maximum. */
const toldElsewhere: ReadonlySet<string> = new Set(['nvme_hits', 'longest_stall_usec']);

/** INFO's counters under their own names; gauges stand behind the first that is not reset. */
function writeCounters(page: MetricsPage, { statistics, maxClients }: MetricFacts): void {
  page.gauge('stratakv_max_clients', 'maxclients.', maxClients);
  for (const name of counterNames) {
    if (toldElsewhere.has(name)) continue;
    const help = `${name} of INFO.`;
    const value = statistics.total(name);
    if (counters[name] >= counters.connected_clients) page.gauge(`stratakv_${name}`, help, value);
    else page.counter(`stratakv_${name.replace(/^total_/, '')}_total`, help, value);
  }
}

function writeCommands(page: MetricsPage, { commands, errors }: MetricFacts): void {
  for (const { name: command, calls, usec, rejected, failed } of commands ?? []) {
    page.counter('stratakv_commands_total', 'Calls by command.', calls, { command });
    page.counter('stratakv_commands_duration_seconds_total', 'Execution time by command.', usec / 1e6, { command });
    page.counter('stratakv_commands_rejected_total', 'Refused before execution, by command.', rejected, { command });
    page.counter('stratakv_commands_failed_total', 'Answered by an error, by command.', failed, { command });
  }
  for (const [code, count] of errors ?? []) {
    page.counter('stratakv_errors_total', 'Error replies by code.', count, { code });
  }
}

function writeThreads(page: MetricsPage, { threads, tiers }: MetricFacts): void {
  for (const { thread, clients, loopActiveMs, heapUsedBytes } of threads ?? []) {
    page.gauge('stratakv_thread_clients', 'Clients by thread.', clients, { thread });
    page.counter('stratakv_thread_busy_seconds_total', 'Busy time of the event loop.', loopActiveMs / 1000, { thread });
    page.gauge('stratakv_thread_heap_bytes', 'JavaScript heap in use.', heapUsedBytes, { thread });
  }
  tiers?.longestStallsUsec.forEach((usec, n, all) => {
    const thread = n === all.length - 1 ? 'tier' : String(n);
    page.gauge('stratakv_longest_stall_seconds', 'Longest time away from the event loop.', usec / 1e6, { thread });
  });
}

function writeKeys(page: MetricsPage, { databases }: MetricFacts): void {
  for (const { db, ram, nvme, expiring } of databases) {
    page.gauge('stratakv_keys', 'Keys by database and tier.', ram, { db, tier: 'ram' });
    page.gauge('stratakv_keys', 'Keys by database and tier.', nvme, { db, tier: 'nvme' });
    page.gauge('stratakv_keys_expiring', 'Keys with a time to live.', expiring, { db });
  }
}

function writeTiers(page: MetricsPage, status: TierStatus): void {
  const { hits, recentHits } = status;
  const recent = recentHits.ram + recentHits.nvme + recentHits.none;
  const byTier = [
    {
      tier: 'ram',
      bytes: status.ramBytes,
      max: status.ramMaxBytes,
      hits: hits.ram,
      ratio: recent === 0 ? 0 : recentHits.ram / recent,
      admitted: status.promotions,
      refused: status.ramRefused,
    },
    {
      tier: 'nvme',
      bytes: status.coldBytes,
      max: status.nvmeMaxBytes,
      hits: hits.nvme,
      ratio: recentHits.nvme + recentHits.none === 0 ? 0 : recentHits.nvme / (recentHits.nvme + recentHits.none),
      admitted: status.demotions,
      refused: status.nvmeRefused,
    },
  ];
  for (const { tier, bytes, max, hits: found, ratio, admitted, refused } of byTier) {
    page.gauge('stratakv_tier_bytes', 'Bytes in use by tier.', bytes, { tier });
    page.gauge('stratakv_tier_max_bytes', 'Bound by tier; 0 for none.', max, { tier });
    page.counter('stratakv_tier_hits_total', 'Lookups answered by tier.', found, { tier });
    page.gauge(
      'stratakv_tier_hit_ratio',
      'Share of the lookups that come to a tier which it answered, last minute.',
      ratio,
      { tier },
    );
    page.counter('stratakv_tier_admitted_total', 'Values brought to a tier.', admitted, { tier });
    page.counter('stratakv_tier_refused_total', 'Values that a policy kept out of a tier.', refused, { tier });
  }
  const moves = {
    demotion: status.demotions,
    clean_eviction: status.cleanEvictions,
    promotion: status.promotions,
    deletion: status.deletions,
  };
  for (const [move, count] of Object.entries(moves)) {
    page.counter('stratakv_tier_moves_total', 'Movements between the tiers.', count, { move });
  }
  page.gauge('stratakv_dirty_keys', 'Keys whose value on disk is older than in RAM, or missing.', status.dirtyKeys);
  page.counter('stratakv_checkpoints_total', 'Checkpoints completed.', status.checkpoints);
  page.gauge('stratakv_last_checkpoint_timestamp_seconds', 'When the last one began.', status.lastCheckpointMs / 1000);
  for (const state of ['none', 'slow', 'stuck', 'failed']) {
    const value = status.pressure === state ? 1 : 0;
    page.gauge('stratakv_memory_pressure', 'Whether writers go on or wait for memory.', value, { state });
  }
}

function writeDisk(page: MetricsPage, status: TierStatus): void {
  const { device, engineFigures } = status;
  page.histogram('stratakv_nvme_read_duration_seconds', 'What commands waited for values on disk.', status.readTimes);
  page.counter('stratakv_nvme_reads_total', 'Records read.', status.coldReads);
  page.counter('stratakv_nvme_read_misses_total', 'Records read that were not there.', status.coldReadMisses);
  page.counter('stratakv_nvme_errors_total', 'Errors of the disk.', status.coldReadErrors, { operation: 'read' });
  page.counter('stratakv_nvme_errors_total', 'Errors of the disk.', status.coldWriteErrors, { operation: 'write' });
  const bytes = 'Bytes of records read and written.';
  page.counter('stratakv_nvme_bytes_total', bytes, status.bytesRead, { operation: 'read' });
  page.counter('stratakv_nvme_bytes_total', bytes, status.bytesWritten, { operation: 'write' });
  page.gauge('stratakv_nvme_read_queue', 'Reads waiting in the tier thread.', status.readQueue);
  if (device !== undefined) {
    const help = "Bytes that the process read from and wrote to devices, by the kernel's count.";
    page.counter('stratakv_device_bytes_total', help, device.read, { operation: 'read' });
    page.counter('stratakv_device_bytes_total', help, device.written, { operation: 'write' });
  }
  for (const [name, value] of Object.entries(engineFigures ?? {})) {
    page.gauge(`stratakv_engine_${snake(name)}`, `${snake(name)} as RocksDB tells it.`, value);
  }
}

const told: ReadonlySet<string> = new Set<keyof TierStatus>([
  'hotKeys',
  'coldKeys',
  'dirtyKeys',
  'coldBytes',
  'demotions',
  'cleanEvictions',
  'promotions',
  'deletions',
  'checkpoints',
  'lastCheckpointMs',
  'coldReads',
  'coldReadMisses',
  'coldReadErrors',
  'coldWriteErrors',
  'bytesRead',
  'bytesWritten',
  'readQueue',
  'ramBytes',
  'ramMaxBytes',
  'nvmeMaxBytes',
  'ramRefused',
  'nvmeRefused',
]);

/** Whatever else TIER STATUS has in numbers. */
function writeOthers(page: MetricsPage, status: TierStatus): void {
  for (const [name, value] of Object.entries(status)) {
    if (typeof value !== 'number' || told.has(name)) continue;
    page.gauge('stratakv_tier_figure', 'Further figures of TIER STATUS.', value, { name: snake(name) });
  }
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
