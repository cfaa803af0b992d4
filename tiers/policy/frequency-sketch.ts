import { assert } from '../base/assert.ts';

/** Counters that share a byte, and what one can count to. */
const MAX_COUNT = 15;
const ROWS = 4;
/** Everything is halved after so many increments per entry. */
const PERIOD_PER_ENTRY = 10;
const SEEDS = [0x9e3779b1, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f];

/**
 * How often keys were used lately, without their names: a count-min sketch of 4-bit counters in four rows, of which the least counts (Einziger,
 * Friedman and Manes, "TinyLFU", ACM TOS 2017). With aging, all counters are halved after ten increments for each entry. One byte for each row
 * and entry. One thread's.
 */
export class FrequencySketch {
  private readonly counters: Uint8Array;
  private readonly mask: number;
  private readonly period: number;
  private increments = 0;

  /** For so many entries; `ages`: whether old uses fade. */
  constructor(entries: number, ages: boolean) {
    assert(entries > 0, 'a sketch is of something');
    const width = 2 ** Math.ceil(Math.log2(Math.max(16, entries)));
    this.counters = new Uint8Array(width * ROWS);
    this.mask = width - 1;
    this.period = ages ? entries * PERIOD_PER_ENTRY : Number.POSITIVE_INFINITY;
  }

  get bytes(): number {
    return this.counters.length;
  }

  /** At most so often was the key used, unless it was more than 15 times; of few it may be said that they were used too often. */
  frequency(position: number, check: number): number {
    let least = MAX_COUNT;
    for (let row = 0; row < ROWS; row++) least = Math.min(least, this.counters[this.at(position, check, row)] ?? 0);
    return least;
  }

  /** Adds `uses` of a key. */
  note(position: number, check: number, uses: number): void {
    for (let row = 0; row < ROWS; row++) {
      const at = this.at(position, check, row);
      this.counters[at] = Math.min(MAX_COUNT, (this.counters[at] ?? 0) + uses);
    }
    this.increments += uses;
    if (this.increments < this.period) return;
    this.increments = this.period / 2;
    for (let at = 0; at < this.counters.length; at++) this.counters[at] = (this.counters[at] ?? 0) >> 1;
  }

  private at(position: number, check: number, row: number): number {
    let hash = Math.imul(position ^ (check >>> row), SEEDS[row] ?? 1);
    hash ^= hash >>> 15;
    return row * (this.mask + 1) + (hash & this.mask);
  }
}
