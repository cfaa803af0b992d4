import { assert } from '../../tiers/base/assert.ts';
import { CommandStatisticsTable } from './command-statistics.ts';
import { Latency } from './latency.ts';
import { RateSampler } from './rates.ts';
import { Slowlog } from './slowlog.ts';

/**
 * Counters that INFO sums over all threads, by their name in INFO (or ours, where Redis has none). Adding one here is all that is
 * needed for it to exist; CONFIG RESETSTAT zeroes them unless they are gauges.
 */
export const counterNames = [
  'total_connections_received',
  'rejected_connections',
  'total_commands_processed',
  'total_reads_processed',
  'total_writes_processed',
  'total_net_input_bytes',
  'total_net_output_bytes',
  'total_error_replies',
  'unexpected_error_replies',
  'keyspace_hits',
  'keyspace_misses',
  'expired_keys',
  'expired_stale_keys',
  'expired_time_cap_reached_count',
  'evicted_keys',
  'evicted_clients',
  'client_query_buffer_limit_disconnections',
  'client_output_buffer_limit_disconnections',
  'connections_handed_over',
  'commands_parked',
  'held_reads',
  'exclusive_sections',
  'lazyfreed_objects',
  'cron_jobs_run',
  'cron_jobs_failed',
  /** Objects moved and left where they were, and ms spent on that; whether it runs is a gauge. */
  'active_defrag_hits',
  'active_defrag_misses',
  'total_active_defrag_time',
  /** Keys of commands whose value was on disk. */
  'nvme_hits',
  /** No sum, but each thread's longest time without a look at its event loop. */
  'longest_stall_usec',
  /** Not reset: gauges, and what TIER STATUS counts since the start. */
  'keyspace_changes',
  'active_defrag_running',
  'direct_reads',
  'direct_promotions',
  'direct_bytes_read',
  'connected_clients',
  'blocked_clients',
  'tracking_clients',
  'tracking_total_keys',
  'tracking_total_items',
  'tracking_total_prefixes',
  'query_buffer_bytes',
  'output_buffer_bytes',
  'client_memory_bytes',
] as const;

export type CounterName = (typeof counterNames)[number];

/** Index of each counter in a thread's row. */
export const counters = Object.fromEntries(counterNames.map((name, index) => [name, index])) as Readonly<
  Record<CounterName, number>
>;

const firstGauge = counters.keyspace_changes;
/** Rows are padded to whole cache lines of 64 bytes, so that threads do not fight over one. */
const rowLength = Math.ceil(counterNames.length / 8) * 8;

/** Shared by all threads: a row of doubles per thread, written by that thread alone, and words for ids that all threads draw. */
export interface StatisticsMemory {
  readonly rows: SharedArrayBuffer;
  readonly ids: SharedArrayBuffer;
}

/**
 * Scripts make up error codes. After so many different ones they are no longer told apart, until CONFIG RESETSTAT (redis 7.2.5).
 */
const maxErrorCodes = 128;
const tooManyCodes = 'ERRORSTATS_DISABLED';

const slowlogIdWord = 0;
const clientIdWord = 1;

/** @param threads front-end threads plus every other thread that counts (the tier thread) */
export function createStatisticsMemory(threads: number): StatisticsMemory {
  return {
    rows: new SharedArrayBuffer(threads * rowLength * Float64Array.BYTES_PER_ELEMENT),
    ids: new SharedArrayBuffer(16),
  };
}

/**
 * One thread's statistics. Plain counters live in shared memory: the owner adds without atomics (an aligned double is read whole
 * on every platform that Node runs on), readers sum all rows. Statistics per command, slow log and latency events stay in the
 * thread and are asked for by message.
 */
export class Statistics {
  readonly commands: CommandStatisticsTable = new CommandStatisticsTable();
  readonly slowlog: Slowlog;
  readonly latency: Latency = new Latency();
  readonly rates: RateSampler = new RateSampler();
  /** Error replies by code (`ERR`, `WRONGTYPE`): INFO errorstats. */
  readonly errorsByCode: Map<string, number> = new Map();
  private readonly all: Float64Array;
  private readonly own: Float64Array;
  private readonly ids: BigInt64Array;
  readonly threads: number;

  constructor(memory: StatisticsMemory, thread: number) {
    this.all = new Float64Array(memory.rows);
    this.threads = this.all.length / rowLength;
    assert(thread >= 0 && thread < this.threads, 'a thread counts in its own row');
    this.own = this.all.subarray(thread * rowLength, (thread + 1) * rowLength);
    this.ids = new BigInt64Array(memory.ids);
    this.slowlog = new Slowlog(() => Number(Atomics.add(this.ids, slowlogIdWord, 1n)));
  }

  /** Adds to this thread's counter: `statistics.add(counters.keyspace_hits, 1)`. */
  add(counter: number, amount: number): void {
    this.own[counter] = (this.own[counter] ?? 0) + amount;
  }

  /** Sets this thread's part of a gauge. */
  set(gauge: number, value: number): void {
    this.own[gauge] = value;
  }

  /** The sum over all threads. */
  total(name: CounterName): number {
    let sum = 0;
    for (let at = counters[name]; at < this.all.length; at += rowLength) sum += this.all[at] ?? 0;
    return sum;
  }

  /** One thread's share of a counter: `thread_N_clients` is `of(N, 'connected_clients')`. */
  of(thread: number, name: CounterName): number {
    return this.all[thread * rowLength + counters[name]] ?? 0;
  }

  /** Ids of clients count up over all threads from 1. */
  nextClientId(): number {
    return Number(Atomics.add(this.ids, clientIdWord, 1n)) + 1;
  }

  countError(message: string): void {
    this.own[counters.total_error_replies] = (this.own[counters.total_error_replies] ?? 0) + 1;
    const space = message.indexOf(' ');
    const code = space < 0 ? message : message.slice(0, space);
    const { errorsByCode } = this;
    const before = errorsByCode.get(code);
    if (before !== undefined) errorsByCode.set(code, before + 1);
    else if (errorsByCode.has(tooManyCodes)) return;
    else if (errorsByCode.size < maxErrorCodes) errorsByCode.set(code, 1);
    else {
      errorsByCode.clear();
      errorsByCode.set(tooManyCodes, 1);
    }
  }

  /** This thread's part of the cron, about ten times a second: feeds instantaneous_ops_per_sec and its like. */
  sample(nowMs: number): void {
    this.rates.sample(
      nowMs,
      this.total('total_commands_processed'),
      this.total('total_net_input_bytes'),
      this.total('total_net_output_bytes'),
    );
  }

  /** CONFIG RESETSTAT: this thread's row (gauges stay), statistics per command and errors. */
  reset(): void {
    this.own.fill(0, 0, firstGauge);
    this.commands.reset();
    this.errorsByCode.clear();
    this.rates.reset();
  }
}
