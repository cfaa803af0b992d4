import { assert } from './assert.ts';
import { MAX_THREADS } from './limits.ts';

const COUNTER_BITS = 13;

/**
 * Version stamps: ms since 1970 << 20 | thread << 13 | counter, as two u32. Unique over all threads; a key's stamps grow with
 * time. Used by demotion races, WATCH, OBJECT LASTMODIFIED and active-active alike.
 */
export class VersionClock {
  low = 0;
  high = 0;
  private ms = 0;
  private counter = 0;
  private readonly threadBits: number;

  constructor(thread: number) {
    this.threadBits = (thread & 0x7f) << COUNTER_BITS;
  }

  /** Sets the time, once per batch. */
  setTime(nowMs: number): void {
    if (nowMs > this.ms) {
      this.ms = nowMs;
      this.counter = 0;
    }
  }

  /** Makes the next stamp: read `low` and `high`. */
  next(): void {
    if (++this.counter === 1 << COUNTER_BITS) {
      this.ms++;
      this.counter = 1;
    }
    this.low = (((this.ms & 0xfff) << 20) | this.threadBits | this.counter) >>> 0;
    this.high = Math.floor(this.ms / 4096) >>> 0;
  }
}

/** The wall clock of a stamp, in ms since 1970. */
export function versionMs(low: number, high: number): number {
  return high * 4096 + (low >>> 20);
}

assert(MAX_THREADS <= 1 << (20 - COUNTER_BITS), 'a stamp has room for every thread');
