/** Of what is left below maxmemory, writers may take this share of it in so many ms: the less is left, the slower they are. */
const LONGEST_MS = 150;
/** But where slowing begins they may have this much, however small maxmemory is. */
const FIRST_BYTES_PER_MS = 20 * 1024;
/** What may be saved up while nobody writes. */
const BURST_MS = 4;

/**
 * How much a thread's writers may allocate while memory is nearly full and the mover works: in every moment the bytes that are left,
 * divided by a time. So they come to the speed at which memory becomes free, wherever that is, and never reach the bound while some does:
 * when the disk stops for 100 ms they become half as fast, not stopped.
 */
export class WritePace {
  private readonly shares: number;
  private bytesPerMs = 0;
  private tokens = 0;
  private atMs = 0;
  private allocated = 0;
  private on = false;

  /** `shares`: so many threads have writers. */
  constructor(shares: number) {
    this.shares = shares;
  }

  /** Nobody is slowed any more. */
  stop(): void {
    this.on = false;
  }

  /**
   * Looks at the clock. `left` of `span` bytes are left below maxmemory, `allocated` is all that this thread ever had, `nowMs` a monotonic clock.
   */
  tick(left: number, span: number, allocated: number, nowMs: number): void {
    if (this.on) {
      this.tokens += this.bytesPerMs * (nowMs - this.atMs) - (allocated - this.allocated);
    } else {
      this.on = true;
      this.tokens = 0;
    }
    this.atMs = nowMs;
    this.allocated = allocated;
    const overMs = Math.min(LONGEST_MS, span / FIRST_BYTES_PER_MS);
    this.bytesPerMs = Math.max(0, left) / overMs / this.shares;
    this.tokens = Math.min(this.tokens, this.bytesPerMs * BURST_MS);
  }

  /** Whether somebody may write, now that the thread has had `allocated` bytes. */
  allows(allocated: number): boolean {
    return this.bytesPerMs > 0 && this.tokens > allocated - this.allocated;
  }
}
