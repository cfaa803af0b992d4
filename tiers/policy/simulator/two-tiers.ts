import { type Heats, heatOf, liveHeats, provenIn } from '../cold-heat.ts';
import { QUEUE_MAIN, QUEUE_SMALL } from '../hot-queues.ts';
import { type Admission, admits, Refusals } from '../storage-admission.ts';
import { AdaptiveTier } from './adaptive.ts';
import { SimulatedDisk } from './disk.ts';
import type { SimulatedHotTier } from './hot-tier.ts';
import { PriorityHeap } from './priority-heap.ts';
import { S3FifoTier } from './s3-fifo.ts';
import type { Simulator } from './simulator.ts';

/** Policies of RAM that two tiers can be simulated with. */
export const tierPolicies = {
  adaptive: (bytes, objects) => new AdaptiveTier(bytes, objects),
  's3-fifo': (bytes, objects) => new S3FifoTier(bytes, objects),
} as const satisfies Record<string, (bytes: number, objects: number) => SimulatedHotTier>;

export type SimulatedTierPolicy = keyof typeof tierPolicies;

export interface TwoTierOptions {
  readonly policy?: SimulatedTierPolicy;
  readonly admission?: Admission;
  /** Bytes of records that the disk may hold, those of hot objects included; no bound by default. 0: there is no disk, and eviction deletes. */
  readonly diskBytes?: number;
  /** How warm an object is when it leaves RAM. */
  readonly heats?: Heats;
  /** Refused objects that are remembered; all by default. */
  readonly ghosts?: number;
  /** Bytes of RAM that an index of so many entries takes, in total; nothing by default. */
  readonly indexBytes?: (entries: number) => number;
  /** Between checkpoints: what is written more than once meanwhile reaches the disk once. */
  readonly flushMs?: number;
}

/** Where a read was answered from. */
export const FROM_RAM = 0;
export const FROM_DISK = 1;
export const MISSED = 2;

const NEVER = Number.POSITIVE_INFINITY;
const SECOND_MS = 1000;

/**
 * RAM over disk as the server has them: `tier-policy` in RAM; what leaves it stays on disk if it is admitted there, and comes back when it is asked
 * for; above its bound the disk loses cold objects by the hand of a clock.
 *
 * Time stands still unless `advance` is called: who does not know times gives every request a second of its own, as `access` does. Then whatever is
 * written is written by a checkpoint of its own.
 */
export class TwoTierSimulator implements Simulator {
  readonly name = 'two tiers';
  /** Requests that neither tier could answer are the misses; these were answered from disk. */
  coldReads = 0;
  bytesWritten = 0;
  recordsWritten = 0;
  /** Objects that left RAM and were not admitted to disk. */
  refused = 0;
  /** Entries of the index: one per key, and one more for each cold one that expires. */
  entries = 0;
  private readonly ramBytes: number;
  private readonly tiered: boolean;
  private readonly admission: Admission;
  private readonly diskTarget: number;
  private readonly heats: Heats;
  private readonly indexBytes: ((entries: number) => number) | undefined;
  private readonly flushMs: number;
  private readonly hot: SimulatedHotTier;
  private readonly disk: SimulatedDisk;
  private readonly refusals: Refusals | undefined;
  /** Used in a later second than that in which it was written by the client. */
  private readonly used: Uint8Array;
  private readonly writtenIn: Float64Array;
  /** Of the checkpoint that wrote it last. */
  private readonly checkpoint: Float64Array;
  /** Bytes of objects in RAM, and of their records, as they were written by clients. */
  private readonly ramSizes: Float64Array;
  private readonly recordSizes: Float64Array;
  private readonly expiries: PriorityHeap;
  private nowMs = 0;
  private second = 0;
  /** What the index leaves of RAM. */
  private room: number;

  constructor(ramBytes: number, objects: number, options: TwoTierOptions = {}) {
    this.ramBytes = ramBytes;
    this.room = ramBytes;
    this.diskTarget = options.diskBytes ?? NEVER;
    this.tiered = this.diskTarget > 0;
    this.admission = options.admission ?? 'all';
    this.heats = options.heats ?? liveHeats;
    this.indexBytes = options.indexBytes;
    this.flushMs = options.flushMs ?? SECOND_MS;
    this.hot = tierPolicies[options.policy ?? 'adaptive'](ramBytes, objects);
    this.disk = new SimulatedDisk(this.tiered ? objects : 0);
    if (this.admission !== 'all') {
      this.refusals = new Refusals((options.ghosts ?? objects) * 2 * 8);
      this.hot.onKept = (object, frequency) => this.kept(object, frequency);
    }
    this.used = new Uint8Array(objects);
    this.writtenIn = new Float64Array(objects);
    this.checkpoint = new Float64Array(objects).fill(-1);
    this.ramSizes = new Float64Array(objects);
    this.recordSizes = new Float64Array(objects);
    this.expiries = new PriorityHeap(objects);
  }

  /** A read of an object whose record is as large as the object, a second after the last. */
  access(object: number, bytes: number): boolean {
    this.advance(this.nowMs + SECOND_MS);
    if (this.read(object) !== MISSED) return true;
    this.write(object, bytes, bytes, NEVER);
    return false;
  }

  /** It is later now; what is due expires, in both tiers. */
  advance(nowMs: number): void {
    this.nowMs = nowMs;
    this.second = Math.floor(nowMs / SECOND_MS);
    while (this.expiries.firstPriority <= nowMs) this.remove(this.expiries.first);
  }

  /** Answers FROM_RAM, FROM_DISK or MISSED; who fills the cache after a miss writes then. */
  read(object: number): number {
    const { hot, disk } = this;
    if (hot.has(object)) {
      hot.hit(object);
      this.noteUse(object);
      if (this.refusals !== undefined && !disk.has(object) && this.isAdmitted(object, 0)) this.persist(object);
      return FROM_RAM;
    }
    if (!disk.has(object)) return MISSED;
    this.coldReads++;
    const bytes = this.ramSizes[object] ?? 0;
    if (bytes > this.room) return FROM_DISK;
    const queue = hot.placement(object, bytes, true);
    this.noteUse(object);
    disk.warm(object);
    if (this.expiries.has(object)) this.count(-1);
    this.makeRoom(bytes);
    hot.add(object, bytes, queue);
    return FROM_DISK;
  }

  /** A client writes a value; `expiryMs`: Infinity for none. */
  write(object: number, ramBytes: number, recordBytes: number, expiryMs: number): void {
    const { hot, disk } = this;
    if (!hot.has(object)) {
      const cold = disk.has(object);
      if (cold) {
        disk.warm(object);
        if (this.expiries.has(object)) this.count(-1);
      }
      this.bring(object, ramBytes, recordBytes, expiryMs, cold);
      return;
    }
    hot.hit(object);
    hot.resize(object, ramBytes);
    this.note(object, ramBytes, recordBytes, expiryMs);
    if (this.tiered && (disk.has(object) || this.isAdmitted(object, 0))) this.persist(object);
    this.makeRoom(0);
  }

  /** Deleted by a client, or expired. */
  remove(object: number): void {
    const { hot, disk, expiries } = this;
    const expires = expiries.has(object);
    if (hot.has(object)) {
      hot.remove(object);
      this.count(-1);
    } else if (disk.has(object)) this.count(expires ? -2 : -1);
    disk.remove(object);
    if (expires) expiries.remove(object);
  }

  /** An object that is not in RAM is written by a client. */
  private bring(object: number, ramBytes: number, recordBytes: number, expiryMs: number, cold: boolean): void {
    const { hot, disk } = this;
    if (ramBytes > this.room) {
      if (cold) this.dropCold(object);
      return;
    }
    // Over a cold tier a key that is nowhere was not evicted; without one it may have been.
    const queue = hot.placement(object, ramBytes, cold || !this.tiered);
    if (!cold) this.count(1);
    this.note(object, ramBytes, recordBytes, expiryMs);
    this.makeRoom(ramBytes);
    hot.add(object, ramBytes, queue);
    if (this.tiered && (disk.has(object) || this.isAdmitted(object, 0))) this.persist(object);
  }

  /** A cold object was to be overwritten by one that has no room: it is gone. */
  private dropCold(object: number): void {
    this.count(-1);
    this.disk.remove(object);
    if (this.expiries.has(object)) this.expiries.remove(object);
  }

  /** The client's value is of now. */
  private note(object: number, ramBytes: number, recordBytes: number, expiryMs: number): void {
    this.ramSizes[object] = ramBytes;
    this.recordSizes[object] = recordBytes;
    this.writtenIn[object] = this.second;
    this.used[object] = 0;
    if (expiryMs !== NEVER) this.expiries.set(object, expiryMs);
    else if (this.expiries.has(object)) this.expiries.remove(object);
  }

  private noteUse(object: number): void {
    if (this.second > (this.writtenIn[object] ?? 0)) this.used[object] = 1;
  }

  private count(entries: number): void {
    this.entries += entries;
    if (this.indexBytes === undefined) return;
    this.room = this.ramBytes - this.indexBytes(this.entries);
    this.hot.setCapacity(Math.max(0, this.room));
  }

  private makeRoom(bytes: number): void {
    const { hot } = this;
    while (hot.bytes + bytes > this.room && hot.length > 0) {
      const object = hot.evict();
      if (object >= 0) this.leave(object);
    }
  }

  private isAdmitted(object: number, refusals: number): boolean {
    const { hot } = this;
    const proven = provenIn(hot.isInMain(object) ? QUEUE_MAIN : QUEUE_SMALL, hot.policy);
    return admits(this.admission, proven, Math.max(hot.frequencyOf(object), this.used[object] ?? 0) + refusals);
  }

  /** This period's checkpoint writes the object, or its demotion does. */
  private persist(object: number): void {
    const { disk } = this;
    const bytes = this.recordSizes[object] ?? 0;
    const checkpoint = Math.floor(this.nowMs / this.flushMs);
    if (!disk.has(object) || this.checkpoint[object] !== checkpoint) {
      this.checkpoint[object] = checkpoint;
      this.bytesWritten += bytes;
      this.recordsWritten++;
    }
    disk.put(object, bytes);
    this.boundDisk();
  }

  private leave(object: number): void {
    const { hot, disk } = this;
    const { leftQueue, leftFrequency } = hot;
    const proven = provenIn(leftQueue, hot.policy);
    const used = this.used[object] === 1;
    if (!this.tiered || (!disk.has(object) && this.refuses(object, proven, leftFrequency, used))) {
      this.gone(object);
      return;
    }
    if (!disk.has(object)) this.persist(object);
    // With more in RAM than the disk may hold, eviction from RAM is what brings the disk down.
    if (disk.bytes > this.diskTarget) {
      disk.remove(object);
      this.gone(object);
      return;
    }
    disk.cool(object, heatOf(proven, leftFrequency, used, this.heats));
    if (this.expiries.has(object)) this.count(1);
  }

  private gone(object: number): void {
    this.count(-1);
    if (this.expiries.has(object)) this.expiries.remove(object);
  }

  private refuses(object: number, proven: boolean, frequency: number, used: boolean): boolean {
    const { refusals } = this;
    if (refusals === undefined) return false;
    const position = Math.imul(object, 0x9e3779b1);
    const check = this.disk.checks[object] ?? 0;
    const before = refusals.take(position, check);
    if (admits(this.admission, proven, Math.max(frequency, used ? 1 : 0) + before)) return false;
    refusals.add(position, check, before);
    this.refused++;
    return true;
  }

  /** Hits that its entry counted are used up: they are remembered as a refusal would be. */
  private kept(object: number, frequency: number): void {
    const { refusals, disk } = this;
    if (refusals === undefined || frequency === 0 || disk.has(object)) return;
    const position = Math.imul(object, 0x9e3779b1);
    const check = disk.checks[object] ?? 0;
    refusals.add(position, check, refusals.take(position, check));
  }

  /** The hand goes on until enough cold objects have left; what is hot stays. */
  private boundDisk(): void {
    const { disk } = this;
    while (disk.bytes > this.diskTarget) {
      const object = disk.nextVictim();
      if (object < 0) return;
      this.remove(object);
    }
  }
}
