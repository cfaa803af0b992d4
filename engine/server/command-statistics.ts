import { type HistogramCounts, LatencyHistogram, mergeHistograms } from './latency-histogram.ts';

/** What one thread knows of one command. Owner: that thread; it is copied to answer other threads. */
export class CommandStatistics {
  /** `get`, `config|set`. */
  readonly name: string;
  calls = 0;
  /** Microseconds of execution in all calls. */
  usec = 0;
  /** Refused before execution: arity, NOAUTH, OOM. */
  rejected = 0;
  /** Executed and answered by an error. */
  failed = 0;
  readonly histogram: LatencyHistogram = new LatencyHistogram();
  private readonly table: { readonly tracking: boolean };

  constructor(name: string, table: { readonly tracking: boolean }) {
    this.name = name;
    this.table = table;
  }

  /** Counts `calls` executions that took `usec` together. */
  record(calls: number, usec: number): void {
    this.calls += calls;
    this.usec += usec;
    if (this.table.tracking) this.histogram.record((usec * 1000) / calls, calls);
  }

  reset(): void {
    this.calls = 0;
    this.usec = 0;
    this.rejected = 0;
    this.failed = 0;
    this.histogram.reset();
  }
}

/** Structured-cloneable copy of a CommandStatistics. */
export interface CommandStatisticsSnapshot {
  readonly name: string;
  readonly calls: number;
  readonly usec: number;
  readonly rejected: number;
  readonly failed: number;
  readonly histogram: HistogramCounts;
}

/** Statistics of every command that this thread has met. */
export class CommandStatisticsTable {
  /** `latency-tracking`. */
  tracking = true;
  /** By CommandEntry.id; no holes, so that reading it stays fast. */
  private readonly byId: (CommandStatistics | undefined)[] = [];

  /** @param id CommandEntry.id  @param fullName `container|sub` for subcommands */
  of(id: number, fullName: string): CommandStatistics {
    const found = this.byId[id];
    if (found !== undefined) return found;
    while (this.byId.length <= id) this.byId.push(undefined);
    const made = new CommandStatistics(fullName, this);
    this.byId[id] = made;
    return made;
  }

  snapshot(): CommandStatisticsSnapshot[] {
    const result: CommandStatisticsSnapshot[] = [];
    for (const one of this.byId) {
      if (one === undefined) continue;
      const { name, calls, usec, rejected, failed } = one;
      if (calls + rejected + failed === 0) continue;
      result.push({ name, calls, usec, rejected, failed, histogram: one.histogram.snapshot() });
    }
    return result;
  }

  reset(): void {
    for (const statistics of this.byId) statistics?.reset();
  }
}

/** Adds up what several threads answered to `command-stats`, by name, in alphabetical order. */
export function mergeCommandStatistics(
  answers: readonly (readonly CommandStatisticsSnapshot[])[],
): CommandStatisticsSnapshot[] {
  const byName = new Map<string, CommandStatisticsSnapshot>();
  for (const one of answers.flat()) {
    const before = byName.get(one.name);
    if (before === undefined) {
      byName.set(one.name, one);
      continue;
    }
    byName.set(one.name, {
      name: one.name,
      calls: before.calls + one.calls,
      usec: before.usec + one.usec,
      rejected: before.rejected + one.rejected,
      failed: before.failed + one.failed,
      histogram: mergeHistograms(before.histogram, one.histogram),
    });
  }
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
