import type { MissRatioReport, MissRatioRow } from '../../engine/server/link.ts';
import {
  ACCESS_ABSENT,
  ACCESS_COLD,
  type AccessSample,
  SAMPLE_ALL,
  SAMPLE_MASK,
  type SampleConsumer,
} from '../../tiers/mrc/access-samples.ts';
import { COUNT_ALL, COUNT_KNOWN, COUNT_NONE, MissRatioCurve } from '../../tiers/mrc/miss-ratio-curve.ts';

/** Sampled keys: 0.9 MB, and an error of some 0.005. */
const MAX_KEYS = 12_288;
/** Samples per second: each costs about 1 us of the tier thread's CPU, and all together have to stay below 1 % of it. */
const BUDGET = 6000;
/** What was asked for so long ago counts for half. */
const HALF_LIFE_MS = 15 * 60_000;
const AGE_EVERY_MS = 60_000;
/** The rate of samples is a mean over about so long. */
const RATE_MS = 5000;
/** Of the keys at first: a load of data with all keys sampled would fill the rings. */
const FIRST_THRESHOLD = SAMPLE_ALL / 8;
/** A curve of far fewer keys than there is room for, because there once were more accesses: begun again after so long. */
const RETRY_MS = 30_000;

/**
 * The live miss-ratio curve: what RAM would have answered had it been smaller or larger, as LRU. It is about accesses to keys that exist. The first
 * one to a key that is on disk is a miss at any size; the first one to a key in RAM tells nothing, since it was used before anybody looked.
 */
export class LiveCurve implements SampleConsumer {
  private readonly curve = new MissRatioCurve(MAX_KEYS);
  private readonly nowMs: () => number;
  private startedAtMs: number;
  private lookedAtMs: number;
  private agedAtMs: number;
  private sampledBefore = 0;
  private perSecond = 0;
  /** Whether there were accesses since the last look, sampled or not: who is idle keeps the curve there is. */
  private used = false;

  /** `nowMs`: a clock that never goes back. */
  constructor(nowMs: () => number, threshold: number = FIRST_THRESHOLD) {
    this.nowMs = nowMs;
    this.curve.reset(threshold);
    this.startedAtMs = nowMs();
    this.lookedAtMs = this.startedAtMs;
    this.agedAtMs = this.startedAtMs;
  }

  /** Asked about every 100 ms: keeps the samples below the budget. */
  threshold(): number {
    const { curve } = this;
    const nowMs = this.nowMs();
    const elapsedMs = nowMs - this.lookedAtMs;
    if (elapsedMs < 1) return curve.threshold;
    this.lookedAtMs = nowMs;
    const latest = ((curve.sampled - this.sampledBefore) * 1000) / elapsedMs;
    this.sampledBefore = curve.sampled;
    this.perSecond += (latest - this.perSecond) * Math.min(1, elapsedMs / RATE_MS);
    if (latest > BUDGET * 4 || this.perSecond > BUDGET) this.sampleLess(Math.max(latest / 4, this.perSecond));
    else if (this.used) this.sampleMore(nowMs);
    this.used = false;
    if (nowMs - this.agedAtMs >= AGE_EVERY_MS) {
      curve.age(0.5 ** ((nowMs - this.agedAtMs) / HALF_LIFE_MS));
      this.agedAtMs = nowMs;
    }
    return curve.threshold;
  }

  accept({ table, position, check, kind, bytes }: AccessSample): void {
    const counting = kind === ACCESS_COLD ? COUNT_ALL : kind === ACCESS_ABSENT ? COUNT_NONE : COUNT_KNOWN;
    // Tables do not share keys.
    this.curve.reference(position ^ Math.imul(table, 0x9e3779b1), check, check & SAMPLE_MASK, bytes, counting);
  }

  /** So many accesses were made in all. */
  tell(accesses: number): void {
    this.used = true;
    this.curve.tell(accesses);
  }

  /** TIER MRC RESET. The rate of sampling stays what it has come to. */
  reset(): void {
    this.restart(this.curve.threshold);
  }

  /** The curve at sizes of RAM in bytes, of which `overheadBytes` are not objects, and of keys. */
  report(
    ramBytes: readonly number[],
    keys: readonly number[],
    overheadBytes: number,
  ): Omit<MissRatioReport, 'ramBytes' | 'lost'> {
    const { curve } = this;
    return {
      sinceMs: this.nowMs() - this.startedAtMs,
      rate: curve.rate,
      sampledKeys: curve.keys,
      sampled: curve.sampled,
      accesses: Math.round(curve.references),
      keys: Math.round(curve.estimatedKeys),
      keyBytes: Math.round(curve.estimatedBytes),
      idleShare: curve.idleShare,
      byBytes: ramBytes.map((size): MissRatioRow => [size, curve.missRatioOfBytes(size - overheadBytes)]),
      byKeys: keys.map((size): MissRatioRow => [size, curve.missRatioOfKeys(size)]),
    };
  }

  private sampleLess(perSecond: number): void {
    this.curve.lowerThreshold(Math.max(1, Math.floor((this.curve.threshold * BUDGET * 0.8) / perSecond)));
    this.perSecond = BUDGET * 0.8;
  }

  /** The threshold of a sample only sinks; to sample more it has to be begun again. */
  private sampleMore(nowMs: number): void {
    const { curve } = this;
    if (curve.threshold === SAMPLE_ALL || nowMs - this.startedAtMs < RETRY_MS) return;
    if (curve.keys < MAX_KEYS / 16 && this.perSecond < BUDGET / 8)
      this.restart(Math.min(SAMPLE_ALL, curve.threshold * 4));
  }

  private restart(threshold: number): void {
    this.curve.reset(threshold);
    this.startedAtMs = this.nowMs();
    this.sampledBefore = 0;
  }
}
