import { SeededRandom } from '../random.ts';
import { ObjectList } from './object-list.ts';
import type { Simulator } from './simulator.ts';

/** Part of the capacity that newcomers may use, and part of the rest that is kept for what was used twice. */
const WINDOW_SHARE = 0.01;
const PROTECTED_SHARE = 0.8;

/**
 * How often objects were asked for lately: counters of 4 bits, four for an object, of which the least counts. All are halved after ten
 * times as many requests as objects fit into the cache.
 */
class FrequencySketch {
  private readonly counters: Uint8Array;
  private readonly mask: number;
  private readonly period: number;
  private seen = 0;

  constructor(entries: number) {
    const width = 2 ** Math.ceil(Math.log2(Math.max(16, entries)));
    this.counters = new Uint8Array(width * ROWS);
    this.mask = width - 1;
    this.period = Math.max(10, entries * 10);
  }

  frequency(object: number): number {
    let least = MAX_COUNT;
    for (let row = 0; row < ROWS; row++) least = Math.min(least, this.counters[this.at(object, row)] ?? 0);
    return least;
  }

  note(object: number): void {
    for (let row = 0; row < ROWS; row++) {
      const at = this.at(object, row);
      const count = this.counters[at] ?? 0;
      if (count < MAX_COUNT) this.counters[at] = count + 1;
    }
    if (++this.seen < this.period) return;
    this.seen = this.period >> 1;
    for (let at = 0; at < this.counters.length; at++) this.counters[at] = (this.counters[at] ?? 0) >> 1;
  }

  private at(object: number, row: number): number {
    let hash = Math.imul(object + 1, SEEDS[row] ?? 1);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    hash ^= hash >>> 13;
    return row * (this.mask + 1) + (hash & this.mask);
  }
}

const ROWS = 4;
const MAX_COUNT = 15;
const SEEDS = [0x9e3779b1, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f];

/**
 * W-TinyLFU (Einziger, Friedman and Manes, "TinyLFU: a highly efficient cache admission policy", ACM TOS 2017): new objects pass through a
 * small LRU window; what leaves it is let into the main part (a segmented LRU) only if a sketch of past requests has seen it more often than
 * the object that would go. The window's share is fixed; the sketch has a counter in each row for every object that there is, or for every byte if these
 * are fewer.
 */
export class WTinyLfuSimulator implements Simulator {
  readonly name = 'W-TinyLFU';
  private readonly capacity: number;
  private readonly windowTarget: number;
  private readonly mainTarget: number;
  private readonly protectedTarget: number;
  private readonly window: ObjectList;
  private readonly probation: ObjectList;
  private readonly kept: ObjectList;
  private readonly sketch: FrequencySketch;
  private readonly random = new SeededRandom(1);

  constructor(capacityBytes: number, objects: number) {
    this.capacity = capacityBytes;
    this.windowTarget = Math.max(1, Math.floor(capacityBytes * WINDOW_SHARE));
    this.mainTarget = capacityBytes - this.windowTarget;
    this.protectedTarget = Math.floor(this.mainTarget * PROTECTED_SHARE);
    this.window = new ObjectList(objects);
    this.probation = new ObjectList(objects);
    this.kept = new ObjectList(objects);
    this.sketch = new FrequencySketch(Math.min(capacityBytes, objects));
  }

  access(object: number, bytes: number): boolean {
    const { kept, probation, window } = this;
    this.sketch.note(object);
    if (window.has(object)) {
      refresh(window, object);
      return true;
    }
    if (kept.has(object)) {
      refresh(kept, object);
      return true;
    }
    if (probation.has(object)) {
      const size = probation.sizeOf(object);
      probation.remove(object);
      kept.push(object, size);
      while (kept.bytes > this.protectedTarget && kept.length > 1) move(kept, probation, kept.oldest);
      return true;
    }
    if (bytes > this.capacity) return false;
    window.push(object, bytes);
    while (window.bytes > this.windowTarget) this.leaveWindow();
    return false;
  }

  /** The oldest of the window competes for a place in the main part. */
  private leaveWindow(): void {
    const { kept, probation, window } = this;
    const candidate = window.oldest;
    const bytes = window.sizeOf(candidate);
    window.remove(candidate);
    if (bytes > this.mainTarget) return;
    while (kept.bytes + probation.bytes + bytes > this.mainTarget) {
      const list = probation.length > 0 ? probation : kept;
      const victim = list.oldest;
      if (!this.isBetter(candidate, victim)) return;
      list.remove(victim);
    }
    probation.push(candidate, bytes);
  }

  /** Ties are for the victim, but for a few at random once both are popular: nobody can keep others out by asking for many keys. */
  private isBetter(candidate: number, victim: number): boolean {
    const asked = this.sketch.frequency(candidate);
    const least = this.sketch.frequency(victim);
    if (asked > least) return true;
    return asked > 5 && this.random.fraction() < 1 / 128;
  }
}

function refresh(list: ObjectList, object: number): void {
  const bytes = list.sizeOf(object);
  list.remove(object);
  list.push(object, bytes);
}

function move(from: ObjectList, to: ObjectList, object: number): void {
  const bytes = from.sizeOf(object);
  from.remove(object);
  to.push(object, bytes);
}
