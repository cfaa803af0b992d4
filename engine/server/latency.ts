/** Redis keeps 160 samples of an event, at most one a second. */
const samplesPerEvent = 160;

export interface LatencySample {
  /** Seconds since 1970. */
  readonly atSeconds: number;
  readonly ms: number;
}

/** One event's line of LATENCY LATEST. */
export interface LatencyLatest {
  readonly event: string;
  readonly atSeconds: number;
  readonly latestMs: number;
  readonly maxMs: number;
}

interface LatencyEvent {
  samples: LatencySample[];
  maxMs: number;
}

/** This thread's latency events (`command`, `fast-command`, `expire-cycle`, ...). */
export class Latency {
  /** `latency-monitor-threshold` in ms; 0: off. */
  thresholdMs = 0;
  private readonly events: Map<string, LatencyEvent> = new Map();

  record(event: string, ms: number, nowMs: number): void {
    if (this.thresholdMs <= 0 || ms < this.thresholdMs) return;
    let found = this.events.get(event);
    if (found === undefined) {
      found = { samples: [], maxMs: 0 };
      this.events.set(event, found);
    }
    const sample = { atSeconds: Math.floor(nowMs / 1000), ms: Math.round(ms) };
    found.maxMs = Math.max(found.maxMs, sample.ms);
    const last = found.samples.at(-1);
    if (last?.atSeconds === sample.atSeconds) {
      if (sample.ms > last.ms) found.samples[found.samples.length - 1] = sample;
      return;
    }
    found.samples.push(sample);
    if (found.samples.length > samplesPerEvent) found.samples.shift();
  }

  latest(): LatencyLatest[] {
    const result: LatencyLatest[] = [];
    for (const [event, { samples, maxMs }] of this.events) {
      const last = samples.at(-1);
      if (last !== undefined) result.push({ event, atSeconds: last.atSeconds, latestMs: last.ms, maxMs });
    }
    return result;
  }

  history(event: string): readonly LatencySample[] {
    return this.events.get(event)?.samples.slice() ?? [];
  }

  /** Names of the events that were forgotten; with no names, all are. */
  reset(events: readonly string[]): string[] {
    const names = events.length > 0 ? events.filter((name) => this.events.has(name)) : [...this.events.keys()];
    for (const name of names) this.events.delete(name);
    return names;
  }
}
