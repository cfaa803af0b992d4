import type { InfoField } from '../../engine/commands/server/info/section.ts';
import { tierFields } from '../../engine/commands/server/info/tiers.ts';
import { stratakvVersion } from '../../engine/commands/version.ts';
import type { Config } from '../../engine/config/config.ts';
import type { CommandCounts, LatencyRows, MissingPart, Reading, ThreadReading } from '../../engine/live/reading.ts';
import type { ThreadAnswers, ThreadInfo } from '../../engine/server/answers.ts';
import { type CommandStatisticsSnapshot, mergeCommandStatistics } from '../../engine/server/command-statistics.ts';
import { cumulativeRows } from '../../engine/server/latency-histogram.ts';
import type { ThreadRequest, TierAnswers, TierRequest } from '../../engine/server/link.ts';
import { counterNames, Statistics } from '../../engine/server/statistics.ts';
import { type SlotFigures, slotFigures } from '../../tiers/index/slot-figures.ts';
import { SlotTables } from '../../tiers/index/slot-tables.ts';
import type { SharedState } from '../shared.ts';
import { Asked } from './asked.ts';

export interface ReadingParts {
  readonly config: Config;
  readonly shared: SharedState;
  readonly runId: string;
  readonly startedAtMs: number;
  readonly askThread: <Asked extends ThreadRequest>(
    thread: number,
    request: Asked,
  ) => Promise<ThreadAnswers[Asked['kind']]>;
  readonly askTiers: <Asked extends TierRequest>(request: Asked) => Promise<TierAnswers[Asked['kind']]>;
  /** The store says that it cannot. */
  readonly onProblem: (error: unknown) => void;
}

/** A thread that has not answered by then is told of as it was, and as silent. */
const PATIENCE_MS = 300;
const HOT_KEYS = 24;
/** What changes slowly, or costs a walk over all slots, is looked at every so many readings. */
const SLOW_EVERY = 3;

/** Reads the server from the main thread, which no client can keep busy: counters from shared memory, the rest from the threads. */
export class Readings {
  private readonly parts: ReadingParts;
  private readonly statistics: Statistics;
  private readonly tables: SlotTables;
  private readonly infos: readonly Asked<ThreadInfo>[];
  private readonly commands: readonly Asked<readonly CommandStatisticsSnapshot[]>[];
  private readonly status: Asked<TierAnswers['status']>;
  private readonly hotKeys: Asked<TierAnswers['hot-keys']>;
  private readonly curve: Asked<TierAnswers['miss-ratios']>;
  private slots: SlotFigures | undefined;
  private count = 0;

  constructor(parts: ReadingParts) {
    this.parts = parts;
    const { config, shared, askThread, askTiers, onProblem } = parts;
    const threads = config.values['server-threads'];
    const clock = () => performance.now();
    // The row of the tier thread: nothing is added to it here.
    this.statistics = new Statistics(shared.statistics, threads);
    this.tables = new SlotTables(shared.memory, threads);
    const each = <T>(ask: (thread: number) => Promise<T>) =>
      Array.from({ length: threads }, (_, thread) => new Asked(() => ask(thread), clock, onProblem));
    this.infos = each((thread) => askThread(thread, { kind: 'thread-info' }));
    this.commands = each((thread) => askThread(thread, { kind: 'latency-histogram', commands: [] }));
    this.status = new Asked(() => askTiers({ kind: 'status' }), clock, onProblem);
    this.hotKeys = new Asked(() => askTiers({ kind: 'hot-keys', count: HOT_KEYS }), clock, onProblem);
    this.curve = new Asked(() => askTiers({ kind: 'miss-ratios', bytes: [], keys: [] }), clock, onProblem);
  }

  /** Within PATIENCE_MS, whoever is busy. */
  async read(): Promise<Reading> {
    const slowly = this.count++ % SLOW_EVERY === 0;
    if (slowly) this.slots = slotFigures(this.tables);
    const asked = [...this.infos, ...this.commands, this.status, this.hotKeys, ...(slowly ? [this.curve] : [])];
    await inTime(Promise.all(asked.map((one) => one.again())));
    const { commands, latencies } = this.commandFigures();
    const curve = this.curve.last;
    return {
      atMs: performance.now(),
      info: this.info(),
      commands,
      latencies,
      threads: this.threads(),
      hotKeys: this.hotKeys.last,
      slots: this.slots,
      curve: curve && { ...curve, seconds: curve.sinceMs / 1000, rows: curve.byBytes },
      missing: this.missing(),
    };
  }

  private missing(): MissingPart[] {
    const why = 'the tier thread has not answered yet';
    const missing: MissingPart[] = [];
    if (this.status.last === undefined) missing.push({ part: 'tiers', why }, { part: 'threads', why });
    if (this.hotKeys.last === undefined) missing.push({ part: 'hotKeys', why });
    if (this.curve.last === undefined) missing.push({ part: 'curve', why });
    return missing;
  }

  /** INFO's fields under its names. */
  private info(): Map<string, string> {
    const { config, runId, startedAtMs } = this.parts;
    const { user, system } = process.cpuUsage();
    const status = this.status.last;
    const fields: InfoField[] = [
      ['stratakv_version', stratakvVersion],
      ['run_id', runId],
      ['uptime_in_seconds', Math.max(0, Math.floor((Date.now() - startedAtMs) / 1000))],
      ['used_cpu_user', user / 1e6],
      ['used_cpu_sys', system / 1e6],
      ['used_memory', status?.ramBytes ?? 0],
      ['used_memory_rss', process.memoryUsage.rss()],
      ['maxmemory', status?.ramMaxBytes ?? Number(config.values.maxmemory)],
      ['maxclients', config.values.maxclients],
      ...counterNames.map((name): [string, number] => [name, this.statistics.total(name)]),
      ...(status === undefined ? [] : tierFields(status)),
    ];
    return new Map(fields.map(([name, value]) => [name, String(value)]));
  }

  private commandFigures(): { commands: Map<string, CommandCounts>; latencies: Map<string, LatencyRows> } {
    const commands = new Map<string, CommandCounts>();
    const latencies = new Map<string, LatencyRows>();
    // Of a thread that is silent its last answer counts: sums of all do not go back.
    for (const { name, histogram, ...counts } of mergeCommandStatistics(this.commands.map(({ last }) => last ?? []))) {
      commands.set(name, counts);
      latencies.set(name, cumulativeRows(histogram));
    }
    return { commands, latencies };
  }

  private threads(): ThreadReading[] | undefined {
    const status = this.status.last;
    if (status === undefined) return undefined;
    const { longestStallsUsec, tierThread } = status;
    const front = this.infos.map(({ last, silentMs }, thread): ThreadReading => {
      const counts = {
        clients: this.statistics.of(thread, 'connected_clients'),
        blockedClients: this.statistics.of(thread, 'blocked_clients'),
        longestStallUsec: longestStallsUsec[thread] ?? 0,
      };
      return { thread: String(thread), ...counts, ...loop(last), silentMs: silentMs > PATIENCE_MS ? silentMs : 0 };
    });
    const { silentMs } = this.status;
    const tier = {
      thread: 'tier',
      clients: 0,
      blockedClients: 0,
      longestStallUsec: longestStallsUsec.at(-1) ?? 0,
      ...loop(tierThread),
      silentMs: silentMs > PATIENCE_MS ? silentMs : 0,
    };
    return [...front, tier];
  }
}

function loop(figures: { loopActiveMs: number; loopIdleMs: number; heapUsedBytes: number } | undefined) {
  return {
    busyUsec: (figures?.loopActiveMs ?? 0) * 1000,
    idleUsec: (figures?.loopIdleMs ?? 0) * 1000,
    heapBytes: figures?.heapUsedBytes ?? 0,
  };
}

async function inTime(answers: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  await Promise.race([answers, late]);
  clearTimeout(timer);
}
