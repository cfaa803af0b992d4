import { keyText } from './key-text.ts';
import { addNewCalls, type Buckets, percentilesOf } from './percentiles.ts';
import type { HotKeyReading, Reading } from './reading.ts';
import type { CommandView, HotKeyView, OperationsView, ServerView, Snapshot, ThreadView } from './snapshot.ts';
import { tiersView } from './tiers-view.ts';

/** Two readings of one run of a server, or a first one alone. */
export class Interval {
  readonly before: Reading | undefined;
  readonly now: Reading;
  readonly seconds: number | null;

  constructor(before: Reading | undefined, now: Reading) {
    const sameRun = before !== undefined && before.info.get('run_id') === now.info.get('run_id');
    const seconds = sameRun ? (now.atMs - before.atMs) / 1000 : 0;
    this.before = seconds > 0 ? before : undefined;
    this.now = now;
    this.seconds = seconds > 0 ? seconds : null;
  }

  /** 0 for what the server does not tell. */
  number(name: string): number {
    const value = Number(this.now.info.get(name) ?? 0);
    return Number.isFinite(value) ? value : 0;
  }

  /** Growth of a counter; all of it after CONFIG RESETSTAT, null without a reading before. */
  growth(name: string): number | null {
    if (this.before === undefined) return null;
    const value = Number(this.before.info.get(name) ?? 0);
    return grown(Number.isFinite(value) ? value : 0, this.number(name));
  }

  perSecond(name: string): number | null {
    return this.rate(this.growth(name));
  }

  rate(count: number | null): number | null {
    return count === null || this.seconds === null ? null : count / this.seconds;
  }
}

function grown(before: number, now: number): number {
  return now < before ? now : now - before;
}

/**
 * @param mayRead whether the viewer may know a key by name; the others are told without it
 */
export function snapshotOf(
  before: Reading | undefined,
  now: Reading,
  mayRead: (key: Uint8Array) => boolean = () => true,
): Snapshot {
  const interval = new Interval(before, now);
  const max = now.info.get('maxclients');
  const tiers = tiersView(interval);
  return {
    seconds: interval.seconds,
    server: serverView(interval),
    operations: operationsView(interval),
    clients: {
      connected: interval.number('connected_clients'),
      blocked: interval.number('blocked_clients'),
      max: max === undefined ? null : Number(max),
    },
    memory: {
      usedBytes: interval.number('used_memory'),
      maxBytes: interval.number('maxmemory'),
      rssBytes: interval.number('used_memory_rss'),
    },
    keys: tiers === null ? keysOf(now.info) : tiers.ram.keys + tiers.nvme.keys,
    tiers,
    threads: threadsView(interval),
    hotKeys: now.hotKeys?.map((one) => hotKeyView(one, mayRead)) ?? null,
    slots: now.slots ?? null,
    curve: now.curve ?? null,
    missing: now.missing,
  };
}

function serverView(interval: Interval): ServerView {
  const { info } = interval.now;
  const ours = info.get('stratakv_version');
  const [user, system] = [interval.growth('used_cpu_user'), interval.growth('used_cpu_sys')];
  return {
    name: ours === undefined ? 'Redis' : 'StrataKV',
    version: ours ?? info.get('redis_version') ?? '?',
    uptimeSeconds: interval.number('uptime_in_seconds'),
    cpuCores: user === null || system === null ? null : interval.rate(user + system),
  };
}

function operationsView(interval: Interval): OperationsView {
  const all: Buckets = new Map();
  const commands = commandViews(interval, all);
  const [hits, misses] = [interval.growth('keyspace_hits'), interval.growth('keyspace_misses')];
  return {
    perSecond: interval.perSecond('total_commands_processed'),
    commands,
    latencyUsec: percentilesOf(all) ?? null,
    hitShare: hits === null || misses === null || hits + misses === 0 ? null : hits / (hits + misses),
    errorsPerSecond: interval.perSecond('total_error_replies'),
    inBytesPerSecond: interval.perSecond('total_net_input_bytes'),
    outBytesPerSecond: interval.perSecond('total_net_output_bytes'),
    expiredPerSecond: interval.perSecond('expired_keys'),
    evictedPerSecond: interval.perSecond('evicted_keys'),
  };
}

function commandViews(interval: Interval, all: Buckets): CommandView[] {
  const { before, now } = interval;
  const views: CommandView[] = [];
  for (const [name, counts] of now.commands) {
    if (counts.calls === 0) continue;
    const old = before?.commands.get(name);
    const calls = grown(old?.calls ?? 0, counts.calls);
    const usec = grown(old?.usec ?? 0, counts.usec);
    const failed = grown(old?.failed ?? 0, counts.failed) + grown(old?.rejected ?? 0, counts.rejected);
    const rows = now.latencies?.get(name);
    const buckets: Buckets = new Map();
    if (rows !== undefined) addNewCalls(buckets, before?.latencies?.get(name), rows);
    for (const [upToUsec, count] of buckets) all.set(upToUsec, (all.get(upToUsec) ?? 0) + count);
    views.push({
      name,
      calls: counts.calls,
      perSecond: before === undefined ? null : interval.rate(calls),
      meanUsec: calls > 0 ? usec / calls : counts.usec / counts.calls,
      failedPerSecond: before === undefined ? null : interval.rate(failed),
      latencyUsec: percentilesOf(buckets) ?? null,
    });
  }
  return views.sort((a, b) => (b.perSecond ?? 0) - (a.perSecond ?? 0) || b.calls - a.calls);
}

/** INFO keyspace: `db0:keys=3,expires=1,...`. */
function keysOf(info: ReadonlyMap<string, string>): number {
  let keys = 0;
  for (const [name, value] of info) {
    if (/^db\d+$/.test(name)) keys += Number(/(?:^|,)keys=(\d+)/.exec(value)?.[1] ?? 0);
  }
  return keys;
}

function threadsView({ before, now }: Interval): ThreadView[] | null {
  if (now.threads === undefined) return null;
  return now.threads.map(({ busyUsec, idleUsec, ...rest }) => {
    const old = before?.threads?.find(({ thread }) => thread === rest.thread);
    const busy = grown(old?.busyUsec ?? 0, busyUsec);
    const all = busy + grown(old?.idleUsec ?? 0, idleUsec);
    return { ...rest, busyShare: all === 0 ? (rest.silentMs > 0 ? 1 : 0) : Math.min(1, busy / all) };
  });
}

function hotKeyView({ key, ...rest }: HotKeyReading, mayRead: (key: Uint8Array) => boolean): HotKeyView {
  return { ...rest, key: mayRead(key) ? keyText(key) : null };
}
