import { FrequencySketch } from './frequency-sketch.ts';
import { QUEUE_MAIN, QUEUE_SMALL } from './hot-queues.ts';
import type { Placer } from './placer.ts';
import { EVICT, type EvictionRules, keepIn } from './policy.ts';

/** Part of the hot objects that newcomers hold: the window. */
const WINDOW_SHARE = 0.01;
/** One step in so many looks at MAIN although nothing is to leave it: counts have to reach the sketch, and the least to beat has to be known. */
const PROBE_EVERY = 4;
const FIRST_ENTRIES = 1024;

/**
 * W-TinyLFU (Einziger, Friedman and Manes, ACM TOS 2017) as far as it goes without writing to a sketch at every hit: newcomers pass through a short window,
 * and come into the main part only if they were used more often than who would have to go. Uses are counted when an object is judged: the hits that its
 * bits have gathered since, three at most, and one for coming. Who would have to go is the front of MAIN, a Clock; a candidate is
 * compared with the one that stood there last.
 *
 * Without aging it is LFU.
 */
export class TinyLfuRules implements EvictionRules {
  private readonly ages: boolean;
  private sketch: FrequencySketch;
  private entries = FIRST_ENTRIES;
  private steps = 0;
  private probing = false;
  /** Uses of the object that stood at the front of MAIN last without a hit. */
  private toBeat = 0;

  constructor(placer: Placer, ages: boolean) {
    this.ages = ages;
    this.sketch = new FrequencySketch(this.entries, ages);
    placer.setNewcomers(QUEUE_SMALL, false);
  }

  queueToTake(smallLength: number, mainLength: number): number {
    const length = smallLength + mainLength;
    if (length > this.entries) this.grow(length);
    this.probing = false;
    if (smallLength === 0) return QUEUE_MAIN;
    if (mainLength === 0) return QUEUE_SMALL;
    if (smallLength < length * WINDOW_SHARE) return QUEUE_MAIN;
    this.probing = ++this.steps % PROBE_EVERY === 0;
    return this.probing ? QUEUE_MAIN : QUEUE_SMALL;
  }

  judge(queue: number, frequency: number, position: number, check: number): number {
    const { sketch } = this;
    if (queue === QUEUE_SMALL) {
      sketch.note(position, check, 1 + frequency);
      return sketch.frequency(position, check) > this.toBeat ? keepIn(QUEUE_MAIN, 0) : EVICT;
    }
    if (frequency > 0) {
      sketch.note(position, check, frequency);
      return keepIn(QUEUE_MAIN, 0);
    }
    this.toBeat = sketch.frequency(position, check);
    return this.probing ? keepIn(QUEUE_MAIN, 0) : EVICT;
  }

  forget(): void {}

  /** More objects than before: what was counted is forgotten, which happens a few times while the cache grows. */
  private grow(length: number): void {
    this.entries = length * 2;
    this.sketch = new FrequencySketch(this.entries, this.ages);
  }
}
