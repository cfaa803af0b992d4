import { assert } from '../base/assert.ts';

/**
 * A sample of the keys that commands ask for, on its way from the front-ends to the tier thread: one ring in shared memory per front-end, one
 * writer, one reader. The sample is by key, not by access: of a key that is in it every access is in it (SHARDS: Waldspurger et al., FAST 2015), so that
 * reuse distances and frequencies can be told from it. A key is in it when the low 24 bits of its hash's check lane are below the
 * threshold; a smaller threshold gives a part of the same sample, so each reader of the stream can take a smaller share for itself.
 *
 * Beside it there is a sample of accesses: every so many, whatever its key, is a *turn*, which tells how many there were since the last one.
 * From turns one learns which keys are used most, and how many accesses there are in all.
 *
 * The writer never waits: what finds the ring full is counted and lost.
 *
 *   0    threshold u32 (0: nothing is sampled), set by the tier thread, read by everybody
 *   64 + thread x RING_BYTES:
 *     0    samples ever written (u32, wraps), by the front-end
 *     4    samples lost (u32, wraps), by the front-end
 *     64   samples ever read (u32, wraps), by the tier thread
 *     128  RING_SAMPLES x 16: position | check | slot (14) << 16 | table (14) << 2 | kind (2) | bytes of the object in RAM, 0 if it is not there;
 *          of a turn the accesses since the last one
 */
const AT_THRESHOLD = 0;
const HEADER_WORDS = 16;
const RING_WRITTEN = 0;
const RING_LOST = 1;
const RING_READ = 16;
const RING_ENTRIES = 32;
const ENTRY_WORDS = 4;
/** A tenth of a second, between two looks of the tier thread, at 80 000 samples a second. */
const RING_SAMPLES = 8192;
const RING_WORDS = RING_ENTRIES + RING_SAMPLES * ENTRY_WORDS;
const TABLE_SHIFT = 2;
const TABLE_MASK = 0x3fff;
const SLOT_SHIFT = 16;

/** Of these bits of the check lane a sample is a part; they are not those that fingerprints are made of. */
export const SAMPLE_MASK = 0xffffff;
/** The threshold with which every key is sampled. */
export const SAMPLE_ALL = SAMPLE_MASK + 1;

/** How the key was found by the access. */
export const ACCESS_HOT = 0;
/** It was on disk, and is brought to RAM (or replaced by a new value). */
export const ACCESS_COLD = 1;
/** There was no such key: a read that missed in both tiers, or the write that makes it. */
export const ACCESS_ABSENT = 2;
/** No sample of a key, but a turn. */
export const ACCESS_TURN = 3;

/** Accesses from one turn to the next, the mean and (half of) what they are spread by: pipelines have periods of their own. */
const TURN = 128;

export function createAccessSamples(threads: number): SharedArrayBuffer {
  return new SharedArrayBuffer((HEADER_WORDS + threads * RING_WORDS) * Int32Array.BYTES_PER_ELEMENT);
}

/** A front-end's end: `wants`, then `record`. Allocates nothing. */
export class AccessRecorder {
  private readonly words: Int32Array;
  private readonly base: number;
  private left = TURN;
  private interval = TURN;
  private random: number;

  constructor(memory: SharedArrayBuffer, thread: number) {
    this.words = new Int32Array(memory);
    this.base = HEADER_WORDS + thread * RING_WORDS;
    this.random = thread + 1;
    assert(this.base + RING_WORDS <= this.words.length, 'every front-end has a ring of samples');
  }

  /** Whether the key of this check lane is in the sample. A plain read: a changed threshold need not be seen at once. */
  wants(check: number): boolean {
    return (check & SAMPLE_MASK) < (this.words[AT_THRESHOLD] ?? 0);
  }

  /** Counts one access; whether it is a turn, to be told by `recordTurn`. */
  countsAsTurn(): boolean {
    return --this.left === 0;
  }

  recordTurn(table: number, slot: number, position: number, check: number): void {
    this.record(table, slot, position, check, ACCESS_TURN, this.interval);
    // Marsaglia's xorshift.
    let { random } = this;
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    this.random = random;
    this.interval = TURN / 2 + ((random >>> 8) % (TURN + 1));
    this.left = this.interval;
  }

  /** One access; lanes as `KeyHasher` gives them, `bytes` of the object in RAM. */
  record(table: number, slot: number, position: number, check: number, kind: number, bytes: number): void {
    const { words, base } = this;
    const written = words[base + RING_WRITTEN] ?? 0;
    if (((written - Atomics.load(words, base + RING_READ)) | 0) >= RING_SAMPLES) {
      words[base + RING_LOST] = ((words[base + RING_LOST] ?? 0) + 1) | 0;
      return;
    }
    const at = base + RING_ENTRIES + (written & (RING_SAMPLES - 1)) * ENTRY_WORDS;
    words[at] = position;
    words[at + 1] = check;
    words[at + 2] = (slot << SLOT_SHIFT) | (table << TABLE_SHIFT) | kind;
    words[at + 3] = bytes;
    // Published after the entry: the reader looks at `written` first.
    Atomics.store(words, base + RING_WRITTEN, (written + 1) | 0);
  }
}

/** An access as the reader found it: valid until the next one. */
export interface AccessSample {
  readonly table: number;
  readonly slot: number;
  /** Hash lanes B and C as int32. With the table they stand for the key. */
  readonly position: number;
  readonly check: number;
  /** ACCESS_HOT, ACCESS_COLD or ACCESS_ABSENT. */
  readonly kind: number;
  /** Of the whole object in RAM, headers included; 0 where it is not there. */
  readonly bytes: number;
}

/** Who looks at the sample, on the tier thread. */
export interface SampleConsumer {
  /** The threshold that it needs now, 0 for none: asked before each drain. */
  threshold(): number;
  /** An access of a key below its threshold, in the order of each front-end; of different ones within a tenth of a second. */
  accept(sample: AccessSample): void;
}

/** Who looks at turns. */
export interface TurnConsumer {
  /** An access, which `bytes` of others went before, itself counted. Its `kind` is ACCESS_TURN. */
  acceptTurn(sample: AccessSample): void;
}

/** The tier thread's end of all rings: hands what it finds to every consumer that wants it, and samples as much as the greediest needs. */
export class AccessSamples {
  /** Samples read since the start. */
  read = 0;
  private readonly words: Int32Array;
  private readonly rings: number;
  turns: TurnConsumer | undefined;
  private readonly consumers: { readonly consumer: SampleConsumer; threshold: number }[] = [];
  private readonly sample = { table: 0, slot: 0, position: 0, check: 0, kind: 0, bytes: 0 };

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
    this.rings = (this.words.length - HEADER_WORDS) / RING_WORDS;
  }

  add(consumer: SampleConsumer): void {
    this.consumers.push({ consumer, threshold: 0 });
    this.adjust();
  }

  /** Samples that found their ring full, over all threads, since the start (modulo 2^32). */
  get lost(): number {
    let sum = 0;
    for (let ring = 0; ring < this.rings; ring++) {
      sum += (this.words[HEADER_WORDS + ring * RING_WORDS + RING_LOST] ?? 0) >>> 0;
    }
    return sum;
  }

  /** Hands out what has been written until now, then asks the consumers what they need from now on. Call it every 100 ms or so. */
  drain(): void {
    for (let ring = 0; ring < this.rings; ring++) this.drainRing(HEADER_WORDS + ring * RING_WORDS);
    this.adjust();
  }

  private drainRing(base: number): void {
    const { words, sample, consumers } = this;
    const written = Atomics.load(words, base + RING_WRITTEN);
    let read = words[base + RING_READ] ?? 0;
    for (; read !== written; read = (read + 1) | 0) {
      const at = base + RING_ENTRIES + (read & (RING_SAMPLES - 1)) * ENTRY_WORDS;
      const info = words[at + 2] ?? 0;
      sample.position = words[at] ?? 0;
      sample.check = words[at + 1] ?? 0;
      sample.slot = info >>> SLOT_SHIFT;
      sample.table = (info >> TABLE_SHIFT) & TABLE_MASK;
      sample.kind = info & 3;
      sample.bytes = (words[at + 3] ?? 0) >>> 0;
      this.read++;
      if (sample.kind === ACCESS_TURN) {
        this.turns?.acceptTurn(sample);
        continue;
      }
      const mark = sample.check & SAMPLE_MASK;
      for (const one of consumers) if (mark < one.threshold) one.consumer.accept(sample);
    }
    Atomics.store(words, base + RING_READ, read);
  }

  private adjust(): void {
    let most = 0;
    for (const one of this.consumers) {
      // What was recorded under a smaller threshold is not yet the sample that a larger one means; one drain later it is.
      one.threshold = Math.min(SAMPLE_ALL, Math.max(0, Math.floor(one.consumer.threshold())));
      most = Math.max(most, one.threshold);
    }
    Atomics.store(this.words, AT_THRESHOLD, most);
  }
}
