import type { ReadStream } from 'node:tty';
import type { Reading } from '../../engine/live/reading.ts';
import { snapshotOf } from '../../engine/live/snapshot-of.ts';
import type { Glyphs } from './glyphs.ts';
import { sortings } from './panels.ts';
import type { Screen } from './screen.ts';
import { LoginError, type Source } from './source.ts';
import { frame, type ViewState } from './view.ts';

/** Values of the line of operations per second: no screen is wider. */
const MAX_HISTORY = 500;
const intervalsMs = [200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000];
/** A server that is gone is tried again so often. */
const RETRY_MS = 2000;
/** An answer that takes longer is told of. */
const LATE_MS = 1500;
const CTRL_C = '\u0003';

export interface WatchParts {
  readonly source: Source;
  readonly screen: Screen;
  readonly input: ReadStream;
  readonly glyphs: Glyphs;
  readonly target: string;
  readonly intervalMs: number;
}

/** The dashboard: reads, draws, and listens to keys until somebody quits. */
export class Watch {
  private readonly parts: WatchParts;
  private state: ViewState;
  private before: Reading | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly clock: NodeJS.Timeout;
  private askedAtMs: number | undefined;
  private end: (error: Error | undefined) => void = () => {};

  constructor(parts: WatchParts) {
    this.parts = parts;
    const { target, intervalMs } = parts;
    this.state = {
      target,
      snapshot: undefined,
      problem: undefined,
      sorting: 'calls',
      paused: false,
      help: false,
      intervalMs,
      history: [],
    };
    this.clock = setInterval(() => this.tellLate(), LATE_MS / 3);
  }

  /** Resolves when somebody quits; rejects when the server turns the user away. */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.end = (error) => {
        clearTimeout(this.timer);
        clearInterval(this.clock);
        this.parts.source.close();
        if (error === undefined) resolve();
        else reject(error);
      };
      this.listen();
      this.draw();
      void this.read();
    });
  }

  quit(): void {
    this.end(undefined);
  }

  /** The terminal has another size, or shows something else. */
  redraw(): void {
    this.parts.screen.forget();
    this.draw();
  }

  private listen(): void {
    const { input } = this.parts;
    input.setRawMode(true);
    input.setEncoding('utf8');
    // An arrow key is several characters at once: no key of ours.
    input.on('data', (keys: string) => {
      if (keys.startsWith('\u001b')) return;
      for (const key of keys) this.press(key);
    });
    input.on('end', () => this.quit());
  }

  private press(key: string): void {
    const { sorting, paused, help, intervalMs } = this.state;
    switch (key) {
      case 'q':
      case 'Q':
      case CTRL_C:
        this.quit();
        return;
      case 's':
        this.change({ sorting: sortings[(sortings.indexOf(sorting) + 1) % sortings.length] ?? 'calls' });
        return;
      case 'p':
      case ' ':
        this.change({ paused: !paused });
        // What happened during the pause is not the rate of the next interval.
        this.before = undefined;
        if (paused) this.schedule(0);
        return;
      case 'h':
      case '?':
        this.change({ help: !help });
        return;
      case '+':
        this.setInterval(intervalsMs.find((ms) => ms > intervalMs));
        return;
      case '-':
        this.setInterval(intervalsMs.findLast((ms) => ms < intervalMs));
        return;
      default:
    }
  }

  private setInterval(intervalMs: number | undefined): void {
    if (intervalMs === undefined) return;
    this.change({ intervalMs });
    if (this.askedAtMs === undefined) this.schedule(intervalMs);
  }

  private change(changes: Partial<ViewState>): void {
    this.state = { ...this.state, ...changes };
    this.draw();
  }

  private draw(): void {
    const { screen, glyphs } = this.parts;
    screen.draw(frame(this.state, screen.size, glyphs));
  }

  private schedule(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.read(), ms);
  }

  private async read(): Promise<void> {
    if (this.state.paused || this.askedAtMs !== undefined) return;
    const startedAtMs = performance.now();
    this.askedAtMs = startedAtMs;
    let waitMs = this.state.intervalMs;
    try {
      this.show(await this.parts.source.read());
    } catch (error) {
      if (error instanceof LoginError && this.state.snapshot === undefined) {
        this.end(error);
        return;
      }
      this.before = undefined;
      this.change({ problem: `trying again: ${textOf(error)}` });
      waitMs = Math.max(waitMs, RETRY_MS);
    } finally {
      this.askedAtMs = undefined;
    }
    this.schedule(Math.max(50, waitMs - (performance.now() - startedAtMs)));
  }

  private show(now: Reading): void {
    if (this.state.paused) return;
    const snapshot = snapshotOf(this.before, now);
    this.before = now;
    const { perSecond } = snapshot.operations;
    const history = perSecond === null ? this.state.history : [...this.state.history, perSecond].slice(-MAX_HISTORY);
    this.change({ snapshot, history, problem: undefined });
  }

  private tellLate(): void {
    const lateMs = this.askedAtMs === undefined ? 0 : performance.now() - this.askedAtMs;
    if (lateMs > LATE_MS) this.change({ problem: `no answer for ${Math.round(lateMs / 1000)} s` });
  }
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
