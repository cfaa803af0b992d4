/** Longer timers end at once: 24 days are as good as for ever. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** CLIENT PAUSE as one thread sees it: until when, and for which commands. */
export class ClientPause {
  private untilMs = 0;
  private mode: 'all' | 'write' = 'all';
  private waiting: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;
  private readonly changed: (active: boolean) => void;

  constructor(changed: (active: boolean) => void) {
    this.changed = changed;
  }

  /** A pause never ends earlier, and `all` stays `all`, when a second one is asked for (redis 7.0, pauseClients). */
  start(untilMs: number, mode: 'all' | 'write', nowMs: number): void {
    if (!this.active || mode === 'all') this.mode = mode;
    this.untilMs = Math.max(this.untilMs, untilMs);
    this.changed(true);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.end(), Math.min(MAX_TIMER_MS, Math.max(0, this.untilMs - nowMs)));
  }

  end(): void {
    this.untilMs = 0;
    this.changed(false);
    clearTimeout(this.timer);
    this.timer = undefined;
    const waiting = this.waiting;
    this.waiting = [];
    for (const wake of waiting) wake();
  }

  get active(): boolean {
    return this.untilMs > 0;
  }

  /** @param writes whether the command may change data or be replicated */
  holds(writes: boolean): boolean {
    return this.untilMs > 0 && (writes || this.mode === 'all');
  }

  whenOver(wake: () => void): void {
    this.waiting.push(wake);
  }
}
