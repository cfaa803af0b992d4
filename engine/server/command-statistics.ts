/** Power-of-two buckets of microseconds: bucket i counts calls of at most 2^i µs. 2^40 µs is twelve days. */
const bucketCount = 41;

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
  readonly buckets: Float64Array = new Float64Array(bucketCount);

  constructor(name: string) {
    this.name = name;
  }

  /** Counts `calls` executions that took `usec` together. */
  record(calls: number, usec: number): void {
    this.calls += calls;
    this.usec += usec;
    const each = usec / calls;
    const bucket = each <= 1 ? 0 : Math.min(bucketCount - 1, 32 - Math.clz32(Math.ceil(each) - 1));
    this.buckets[bucket] = (this.buckets[bucket] ?? 0) + calls;
  }

  reset(): void {
    this.calls = 0;
    this.usec = 0;
    this.rejected = 0;
    this.failed = 0;
    this.buckets.fill(0);
  }
}

/** Structured-cloneable copy of a CommandStatistics; `histogram` holds only buckets that count, as [upper bound in µs, calls]. */
export interface CommandStatisticsSnapshot {
  readonly name: string;
  readonly calls: number;
  readonly usec: number;
  readonly rejected: number;
  readonly failed: number;
  readonly histogram: readonly (readonly [upToUsec: number, calls: number])[];
}

/** Statistics of every command that this thread has met. */
export class CommandStatisticsTable {
  /** By CommandEntry.id; no holes, so that reading it stays fast. */
  private readonly byId: (CommandStatistics | undefined)[] = [];

  /** @param id CommandEntry.id  @param fullName `container|sub` for subcommands */
  of(id: number, fullName: string): CommandStatistics {
    const found = this.byId[id];
    if (found !== undefined) return found;
    while (this.byId.length <= id) this.byId.push(undefined);
    const made = new CommandStatistics(fullName);
    this.byId[id] = made;
    return made;
  }

  snapshot(): CommandStatisticsSnapshot[] {
    const result: CommandStatisticsSnapshot[] = [];
    for (const one of this.byId) {
      if (one === undefined) continue;
      const { name, calls, usec, rejected, failed, buckets } = one;
      if (calls + rejected + failed === 0) continue;
      const histogram: [number, number][] = [];
      buckets.forEach((count, index) => {
        if (count > 0) histogram.push([2 ** index, count]);
      });
      result.push({ name, calls, usec, rejected, failed, histogram });
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
    const histogram = new Map(before.histogram);
    for (const [upTo, calls] of one.histogram) histogram.set(upTo, (histogram.get(upTo) ?? 0) + calls);
    byName.set(one.name, {
      name: one.name,
      calls: before.calls + one.calls,
      usec: before.usec + one.usec,
      rejected: before.rejected + one.rejected,
      failed: before.failed + one.failed,
      histogram: [...histogram].sort(([a], [b]) => a - b),
    });
  }
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
