/** A read that takes longer than this on average does not come from a cache or a fast device: nobody should stop for it. */
const SLOW_MS = 0.2;
/** Weight of the latest read in the mean. */
const MEAN_WEIGHT = 1 / 32;
/** What one read may count as: a thread that lost its processor for a while says nothing about the device. */
const LONGEST_COUNTED_MS = 1;
/** One turn of the event loop reads for so long at most; what is still cold then is left to others. */
const TURN_MS = 2;
/** After so long a slow device is tried again. */
const PROBE_EVERY_MS = 50;
/** A read that takes so long has stopped all clients of the thread: the next of that kind is to stop nobody. */
const STALL_MS = 10;
/** How long after a stall nobody stops for a read; twice as long after each further one. */
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 10_000;
/** After so many reads without a stall the next one is a first one again. */
const CALM_READS = 128;

/**
 * Whether a thread that serves clients may stop for a read. It may while reads are short, and not for too long within one turn of its
 * event loop; so a slow device costs the others' clients one read every {@link PROBE_EVERY_MS}. A device that stalls costs them one read: then
 * all reads are left to others until one of those was quick.
 */
export class ReadPace {
  private meanMs = 0;
  private spentMs = 0;
  private lastReadAtMs = Number.NEGATIVE_INFINITY;
  private stalled = false;
  private stalledAtMs = 0;
  private pauseMs = FIRST_PAUSE_MS / 2;
  private calmReads = 0;

  /** Whether to read now; `nowMs` is a monotonic clock. */
  allows(nowMs: number): boolean {
    if (this.spentMs >= TURN_MS || this.stalled) return false;
    return this.meanMs <= SLOW_MS || nowMs - this.lastReadAtMs >= PROBE_EVERY_MS;
  }

  /** A read began and ended. */
  note(fromMs: number, toMs: number): void {
    const tookMs = toMs - fromMs;
    this.spentMs += tookMs;
    this.lastReadAtMs = toMs;
    if (tookMs >= STALL_MS) {
      this.stalled = true;
      this.stalledAtMs = toMs;
      this.pauseMs = Math.min(LONGEST_PAUSE_MS, this.pauseMs * 2);
      this.calmReads = 0;
    } else if (++this.calmReads === CALM_READS) this.pauseMs = FIRST_PAUSE_MS / 2;
    this.meanMs += (Math.min(tookMs, LONGEST_COUNTED_MS) - this.meanMs) * MEAN_WEIGHT;
  }

  /** A read that nobody stopped for took so long; at `nowMs`. */
  noteElsewhere(tookMs: number, nowMs: number): void {
    if (tookMs < STALL_MS && nowMs - this.stalledAtMs >= this.pauseMs) this.stalled = false;
  }

  /** Whether this turn has read anything. */
  get used(): boolean {
    return this.spentMs > 0;
  }

  /** A turn of the event loop is over. */
  endTurn(): void {
    this.spentMs = 0;
  }
}
