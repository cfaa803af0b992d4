import { assert } from '../base/assert.ts';
import { Distances } from './distances.ts';
import { KeySet } from './key-set.ts';
import { Recency } from './recency.ts';

/** Marks of keys are uniform hashes in 0 .. MARKS - 1; with the threshold MARKS every key is sampled. */
export const MARKS: number = 2 ** 24;

/** Which references the curve is about. */
export const COUNT_ALL = 0;
/** Those of keys that were seen before: of the others nobody knows the distance. */
export const COUNT_KNOWN = 1;
/** None: the key is used, that is all. */
export const COUNT_NONE = 2;

/**
 * The miss ratio that an LRU cache of any size would have, from a sample of the keys: SHARDS with a fixed number of keys and the correction SHARDS_adj
 * (Waldspurger et al., Efficient MRC Construction with SHARDS, FAST 2015). A key is in the sample when its mark is below the threshold; when
 * there are too many the threshold sinks to the largest mark, and the keys from there on leave. Each reference counts for as many as the share of
 * keys was that were sampled when it was made. Sizes are told in keys and in bytes.
 *
 * Pure: it knows no server and no clock. Costs about 76 bytes per key, and 42 KiB.
 */
export class MissRatioCurve {
  /** Keys with smaller marks are sampled. */
  threshold: number = MARKS;
  /** References sampled since `reset`. */
  sampled = 0;
  private readonly keySet: KeySet;
  private readonly recency: Recency;
  private readonly keyDistances: Distances = new Distances();
  private readonly byteDistances: Distances = new Distances();
  /** Estimated references by the sample: counted, and left out of the curve. */
  private counted = 0;
  private leftOut = 0;
  /** References of all keys, as told; 0: nobody told. */
  private told = 0;
  /** By entry: 1 until the key is used again. */
  private readonly idle: Uint8Array;
  private idleKeys = 0;

  /** `maxKeys`: sampled at most. Below 8192 the error grows beyond 0.01. */
  constructor(maxKeys: number) {
    assert(maxKeys > 0, 'a sample has keys');
    this.keySet = new KeySet(maxKeys + 1);
    this.recency = new Recency(maxKeys + 1);
    this.idle = new Uint8Array(maxKeys + 1);
  }

  /** Sampled keys. */
  get keys(): number {
    return this.keySet.size;
  }

  /** Share of the keys that is sampled. */
  get rate(): number {
    return this.threshold / MARKS;
  }

  /** References that the curve stands for. */
  get references(): number {
    return Math.max(this.told === 0 ? this.counted : this.told - this.leftOut, 0);
  }

  /** Keys that there seem to be, and the bytes of the sampled ones. */
  get estimatedKeys(): number {
    return this.keys / this.rate;
  }

  get estimatedBytes(): number {
    return this.recency.totalBytes / this.rate;
  }

  /** Of the sampled keys, the part that was not used again since it was first seen; what only makes a key (COUNT_NONE) is no use. */
  get idleShare(): number {
    return this.keys === 0 ? 0 : this.idleKeys / this.keys;
  }

  /**
   * One reference of the key that the lanes `a` and `b` (int32) stand for. `bytes` of it, 0 if unknown: then they are what they were, or as
   * others' are.
   */
  reference(a: number, b: number, mark: number, bytes: number, counting: number): void {
    if (mark >= this.threshold) return;
    const { keySet, recency } = this;
    const weight = MARKS / this.threshold;
    this.sampled++;
    let entry = keySet.find(a, b);
    if (entry < 0) {
      if (counting === COUNT_ALL) this.counted += weight;
      else this.leftOut += weight;
      entry = keySet.add(a, b, mark);
      this.idle[entry] = 1;
      this.idleKeys++;
      recency.use(entry, bytes > 0 ? bytes : this.meanBytes);
      if (keySet.size === keySet.capacity) this.lowerThreshold(keySet.largestMark);
      return;
    }
    const own = bytes > 0 ? bytes : recency.bytes(entry);
    if (counting === COUNT_NONE) this.leftOut += weight;
    else {
      this.noteUse(entry);
      this.counted += weight;
      // A hit in every cache that holds what was used since, and the key itself.
      this.keyDistances.add(recency.keysSince(entry) * weight, weight);
      this.byteDistances.add(recency.bytesSince(entry) * weight + own, weight);
    }
    recency.use(entry, own);
  }

  /** So many references were made of all keys, sampled or not: the correction needs to know. */
  tell(references: number): void {
    this.told += references;
  }

  /** Samples fewer keys from now on: those with marks below `threshold`. */
  lowerThreshold(threshold: number): void {
    assert(threshold > 0, 'some keys are sampled');
    while (this.keySet.largestMark >= threshold) {
      const entry = this.keySet.removeLargest();
      this.noteUse(entry);
      this.recency.remove(entry);
    }
    this.threshold = Math.min(this.threshold, threshold);
  }

  /** Miss ratio of a cache of so many keys; 1 before the first reference. */
  missRatioOfKeys(keys: number): number {
    return this.missRatio(this.keyDistances, keys);
  }

  /** Miss ratio of a cache of so many bytes. */
  missRatioOfBytes(bytes: number): number {
    return this.missRatio(this.byteDistances, bytes + 1);
  }

  /** References made until now count for less: half with 0.5. */
  age(factor: number): void {
    this.keyDistances.scale(factor);
    this.byteDistances.scale(factor);
    this.counted *= factor;
    this.leftOut *= factor;
    this.told *= factor;
  }

  /** Begins again, with this threshold. */
  reset(threshold: number = MARKS): void {
    this.keySet.clear();
    this.recency.clear();
    this.keyDistances.clear();
    this.byteDistances.clear();
    this.threshold = threshold;
    this.sampled = 0;
    this.counted = 0;
    this.leftOut = 0;
    this.told = 0;
    this.idle.fill(0);
    this.idleKeys = 0;
  }

  private noteUse(entry: number): void {
    this.idleKeys -= this.idle[entry] ?? 0;
    this.idle[entry] = 0;
  }

  /**
   * SHARDS_adj: a sample with too few references has missed keys that are used very often, whose distances are short, and one with too many has met
   * them; the difference belongs to the shortest distances.
   */
  private missRatio(distances: Distances, limit: number): number {
    const { references } = this;
    if (references === 0 || limit <= 0) return 1;
    const correction = references - this.counted;
    return Math.min(1, Math.max(0, 1 - (distances.below(limit) + correction) / references));
  }

  private get meanBytes(): number {
    const { keys, totalBytes } = this.recency;
    return keys === 0 ? 1 : totalBytes / keys;
  }
}
