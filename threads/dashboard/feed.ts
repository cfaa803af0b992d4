import type { MissingPart, Part, Reading } from '../../engine/live/reading.ts';
import type { Snapshot } from '../../engine/live/snapshot.ts';
import { snapshotOf } from '../../engine/live/snapshot-of.ts';
import { type LiveAnswer, type Point, pointOf } from './point.ts';

/** Between two readings, which is how often a page asks. */
const PERIOD_MS = 2000;
/** Nobody has asked for so long: nobody looks, and the threads are left alone. */
const UNWATCHED_MS = 15_000;
/** Ten minutes. */
const MAX_POINTS = 300;

/** What one visitor may know. */
export interface Permissions {
  /** `info`, `tier|hotkeys` ... */
  may(command: string): boolean;
  mayRead(key: Uint8Array): boolean;
}

export type FeedAnswer = Pick<LiveAnswer, 'snapshot' | 'points' | 'number'>;

/** Each part, and the command whose figures it shows. */
const commandOf: Readonly<Record<Exclude<Part, 'tiers'>, string>> = {
  latencies: 'latency|histogram',
  threads: 'tier|threads',
  hotKeys: 'tier|hotkeys',
  slots: 'tier|slots',
  curve: 'tier|mrc',
};

/** Readings of the server, made for all visitors together while somebody looks. */
export class Feed {
  private readonly read: () => Promise<Reading>;
  private readonly onProblem: (error: unknown) => void;
  private before: Reading | undefined;
  private now: Reading | undefined;
  private points: Point[] = [];
  private number = 0;
  private timer: NodeJS.Timeout | undefined;
  private reading: Promise<void> | undefined;
  private watchedMs = 0;

  /** @param onProblem is told why a reading failed; the one before stays */
  constructor(read: () => Promise<Reading>, onProblem: (error: unknown) => void) {
    this.read = read;
    this.onProblem = onProblem;
  }

  /** @param after the number of the last point that the page has */
  async answer(after: number, permissions: Permissions): Promise<FeedAnswer> {
    this.watchedMs = performance.now();
    if (this.timer === undefined) this.begin();
    if (this.now === undefined) await this.reading;
    const { now, before, number } = this;
    if (now === undefined) throw new Error('the server could not be read');
    if (!permissions.may('info')) return { snapshot: null, points: [], number };
    const latencies = permissions.may(commandOf.latencies);
    return {
      snapshot: snapshotFor(before, now, permissions),
      points: this.points
        .filter((point) => point.number > after)
        .map((point) => (latencies ? point : withoutTimes(point))),
      number,
    };
  }

  close(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private begin(): void {
    // What happened while nobody looked is not the rate of the first interval.
    this.now = undefined;
    this.reading = this.step();
    this.timer = setInterval(() => {
      if (performance.now() - this.watchedMs > UNWATCHED_MS) this.close();
      else this.reading = this.step();
    }, PERIOD_MS);
  }

  /** Never rejects: nobody but the page suffers when the server cannot be read. */
  private async step(): Promise<void> {
    let reading: Reading;
    try {
      reading = await this.read();
    } catch (error) {
      this.onProblem(error);
      return;
    }
    this.before = this.now;
    this.now = reading;
    const point = pointOf(++this.number, Date.now() / 1000, snapshotOf(this.before, reading));
    this.points = [...this.points, point].slice(-MAX_POINTS);
  }
}

function snapshotFor(before: Reading | undefined, now: Reading, { may, mayRead }: Permissions): Snapshot {
  const missing: MissingPart[] = [...now.missing];
  const allowed = <T>(part: Exclude<Part, 'tiers'>, value: T): T | undefined => {
    const command = commandOf[part];
    if (may(command)) return value;
    missing.push({ part, why: `needs permission for ${command.replace('|', ' ').toUpperCase()}` });
    return undefined;
  };
  const reading: Reading = {
    ...now,
    latencies: allowed('latencies', now.latencies),
    threads: allowed('threads', now.threads),
    hotKeys: allowed('hotKeys', now.hotKeys),
    slots: allowed('slots', now.slots),
    curve: allowed('curve', now.curve),
    missing,
  };
  return snapshotOf(before, reading, mayRead);
}

function withoutTimes(point: Point): Point {
  return { ...point, p50Usec: null, p99Usec: null, p999Usec: null };
}
