import type { ScriptCalls } from './calls.ts';
import { ScriptError, scriptErrors } from './errors.ts';
import { SCRIPT_FUNCTION, SCRIPT_LONG, SCRIPT_WROTE, type ScriptStore } from './script-store.ts';

export interface WatchParts {
  readonly store: ScriptStore;
  readonly thread: number;
  /** `busy-reply-threshold`; 0 and less: never. */
  readonly limitMs: () => number;
  readonly log: (text: string) => void;
  /** Called now and then while a script is over its time: the thread cannot come to its event loop. */
  readonly onLong: () => void;
}

/** After so long a script is slow: other threads give this one no connections. */
const SLOW_MS = 50;
/** How often `onLong` is called at most. */
const LONG_EVERY_MS = 20;

/** Ends a script for SCRIPT KILL. */
export class ScriptKilled extends ScriptError {}

/**
 * Watches over the time of the script that runs on this thread. A script that is over its time says so in shared memory, and any thread can
 * then ask it to end. The clock starts at the first call of `poll`, some 100 000 instructions into the script, so that short ones pay nothing.
 */
export class ScriptWatch {
  private readonly parts: WatchParts;
  private startedAtMs = 0;
  private nextMs = 0;
  private long = false;
  private slow = false;
  private isFunction = false;
  private calls: Pick<ScriptCalls, 'changed'> = { changed: false };

  constructor(parts: WatchParts) {
    this.parts = parts;
  }

  begin(calls: Pick<ScriptCalls, 'changed'>, isFunction: boolean): void {
    this.startedAtMs = 0;
    this.calls = calls;
    this.isFunction = isFunction;
  }

  end(): void {
    if (this.slow) {
      this.slow = false;
      this.parts.store.setSlow(this.parts.thread, false);
    }
    if (!this.long) return;
    this.long = false;
    this.parts.store.setState(this.parts.thread, 0);
  }

  /** Called by the VM's hook. Throws ScriptKilled. */
  poll(): void {
    const nowMs = performance.now();
    if (this.startedAtMs === 0) this.startedAtMs = nowMs;
    const { store, thread, limitMs, log, onLong } = this.parts;
    if (!this.slow && nowMs - this.startedAtMs >= SLOW_MS) {
      this.slow = true;
      store.setSlow(thread, true);
    }
    if (!this.long) {
      const limit = limitMs();
      if (limit <= 0 || nowMs - this.startedAtMs < limit) return;
      this.long = true;
      log(`Slow script detected: still in execution after ${Math.round(nowMs - this.startedAtMs)} milliseconds.`);
    }
    const wrote = this.calls.changed ? SCRIPT_WROTE : 0;
    store.setState(thread, SCRIPT_LONG | wrote | (this.isFunction ? SCRIPT_FUNCTION : 0));
    if (nowMs >= this.nextMs) {
      this.nextMs = nowMs + LONG_EVERY_MS;
      onLong();
    }
    if (wrote !== 0 || !store.isKilled(thread)) return;
    const name = this.isFunction ? 'FUNCTION' : 'SCRIPT';
    log(`Lua script killed by user with ${name} KILL.`);
    throw new ScriptKilled(
      this.isFunction
        ? 'ERR Script killed by user with FUNCTION KILL.'
        : 'ERR Script killed by user with SCRIPT KILL...',
    );
  }
}

/** SCRIPT KILL and FUNCTION KILL: asks the scripts, of whatever thread, that are over their time to end. Throws when there is none. */
export function killScripts(store: ScriptStore, functions: boolean): void {
  const running = store.longScripts();
  if (running.length === 0) throw scriptErrors.notBusy;
  const kind = functions ? SCRIPT_FUNCTION : 0;
  const asked = running.filter(({ state }) => (state & SCRIPT_FUNCTION) === kind);
  if (asked.length === 0) throw functions ? scriptErrors.busyScript : scriptErrors.busyFunction;
  const killable = asked.filter(({ state }) => (state & SCRIPT_WROTE) === 0);
  if (killable.length === 0) throw scriptErrors.unkillable;
  for (const { thread } of killable) store.kill(thread);
}
