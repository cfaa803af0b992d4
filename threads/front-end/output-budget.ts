import type { LargeReplies } from '../../engine/dispatch/large-replies.ts';

/** Bytes of large replies that a thread's clients have not taken yet; further ones are made when less is left. */
export const BUDGET_BYTES = 16 * 2 ** 20;
/** Less than this of a client is not counted. */
const COUNTED_BYTES = 64 * 1024;
/** A client that takes longer for what it has got does not hold up the others: what its reply takes is then beyond the budget. */
const PATIENCE_MS = 250;
const LOOK_EVERY_MS = 50;

interface Output {
  readonly bytes: number;
  readonly sinceMs: number;
}

/**
 * Bounds what the replies of one thread take that are made and not sent: a thousand clients that ask for a megabyte each get their
 * replies one after the other, a few of them at a time, instead of all of them waiting in memory for the network. One per thread.
 */
export class OutputBudget implements LargeReplies {
  private readonly outputs = new Map<object, Output>();
  private readonly now: () => number;
  private bytes = 0;
  private waiting: (() => void)[] = [];
  private waking = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  mayBegin(): boolean {
    return this.bytes < BUDGET_BYTES && (this.waking || this.waiting.length === 0);
  }

  whenRoom(wake: () => void): void {
    this.waiting.push(wake);
    this.timer ??= setTimeout(this.look, LOOK_EVERY_MS);
  }

  /** So many bytes of a client wait to be sent; 0 when none do, or it is gone. */
  count(client: object, bytes: number): void {
    const before = this.outputs.get(client);
    if (before === undefined && bytes < COUNTED_BYTES) return;
    this.bytes -= before?.bytes ?? 0;
    if (bytes < COUNTED_BYTES) this.outputs.delete(client);
    else {
      this.outputs.set(client, { bytes, sinceMs: this.now() });
      this.bytes += bytes;
    }
    if (this.waiting.length > 0 && !this.waking && this.bytes < BUDGET_BYTES) this.timer ??= setTimeout(this.look, 0);
  }

  /** Forgets what nobody takes, and lets those who wait go on as far as there is room. */
  readonly look = (): void => {
    clearTimeout(this.timer);
    this.timer = undefined;
    const before = this.now() - PATIENCE_MS;
    for (const [client, { bytes, sinceMs }] of this.outputs) {
      if (sinceMs > before) continue;
      this.outputs.delete(client);
      this.bytes -= bytes;
    }
    this.waking = true;
    while (this.waiting.length > 0 && this.bytes < BUDGET_BYTES) this.waiting.shift()?.();
    this.waking = false;
    if (this.waiting.length > 0) this.timer ??= setTimeout(this.look, LOOK_EVERY_MS);
  };
}
