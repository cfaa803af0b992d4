import { type Heats, heatOf, liveHeats } from '../cold-heat.ts';
import { SeededRandom } from '../random.ts';
import { MAX_FREQUENCY, MOVE_TO_MAIN_FREQUENCY, SMALL_SHARE } from '../s3-fifo.ts';
import { type Admission, admits, Refusals } from '../storage-admission.ts';
import { ObjectList } from './object-list.ts';
import type { Simulator } from './simulator.ts';

export interface TwoTierOptions {
  readonly admission?: Admission;
  /** Bytes of records that the disk may hold, those of hot objects included; no bound by default. */
  readonly diskBytes?: number;
  /** How warm an object is when it leaves RAM. */
  readonly heats?: Heats;
  /** Refused objects that are remembered; all by default. */
  readonly ghosts?: number;
}

/**
 * RAM over disk as the server has them: S3-FIFO in RAM; what leaves it stays on disk if it is admitted there, and comes back when it is asked
 * for; above its bound the disk loses cold objects by the hand of a clock that goes through them in hash order. A miss of both brings the object
 * in, as clients do that fill a cache. Checkpoints are thought to be frequent: what is admitted is written when it is.
 */
export class TwoTierSimulator implements Simulator {
  readonly name = 'two tiers';
  /** Requests that neither tier could answer are the misses; these were answered from disk. */
  coldReads = 0;
  bytesWritten = 0;
  recordsWritten = 0;
  /** Objects that left RAM and were not admitted to disk. */
  refused = 0;
  private readonly capacity: number;
  private readonly smallTarget: number;
  private readonly mainTarget: number;
  private readonly admission: Admission;
  private readonly diskTarget: number;
  private readonly heats: Heats;
  private readonly small: ObjectList;
  private readonly main: ObjectList;
  private readonly ghosts: ObjectList;
  private readonly refusals: Refusals;
  private readonly frequency: Uint8Array;
  /** Used again since it was written by the client. */
  private readonly used: Uint8Array;
  private readonly sizes: Float64Array;
  private readonly onDisk: Uint8Array;
  private readonly heat: Uint8Array;
  private readonly order: Uint32Array;
  private readonly checks: Int32Array;
  private diskBytes = 0;
  private hand = 0;

  constructor(ramBytes: number, objects: number, options: TwoTierOptions = {}) {
    this.capacity = ramBytes;
    this.smallTarget = Math.floor(ramBytes * SMALL_SHARE);
    this.mainTarget = ramBytes - this.smallTarget;
    this.admission = options.admission ?? 'all';
    this.diskTarget = options.diskBytes ?? Number.POSITIVE_INFINITY;
    this.heats = options.heats ?? liveHeats;
    this.small = new ObjectList(objects);
    this.main = new ObjectList(objects);
    this.ghosts = new ObjectList(objects);
    this.refusals = new Refusals((options.ghosts ?? objects) * 2 * 8);
    this.frequency = new Uint8Array(objects);
    this.used = new Uint8Array(objects);
    this.sizes = new Float64Array(objects);
    this.onDisk = new Uint8Array(objects);
    this.heat = new Uint8Array(objects);
    const random = new SeededRandom(3);
    this.checks = Int32Array.from({ length: objects }, () => random.bits());
    this.order = Uint32Array.from({ length: objects }, (_, n) => n).sort(
      (a, b) => (this.checks[a] ?? 0) - (this.checks[b] ?? 0),
    );
  }

  access(object: number, bytes: number): boolean {
    const { small, main, frequency } = this;
    if (small.has(object) || main.has(object)) {
      frequency[object] = Math.min(MAX_FREQUENCY, (frequency[object] ?? 0) + 1);
      this.used[object] = 1;
      if (this.onDisk[object] === 0 && this.isAdmitted(object, main.has(object), 0)) this.write(object);
      return true;
    }
    if (bytes > this.smallTarget) return false;
    const cold = this.onDisk[object] === 1;
    let queue = small;
    if (cold) {
      this.coldReads++;
      this.used[object] = 1;
      if (this.ghosts.has(object)) {
        this.ghosts.remove(object);
        queue = main;
      }
    } else {
      // A key that clients write is new in SMALL, whatever it was before.
      this.used[object] = 0;
      this.sizes[object] = bytes;
    }
    while (small.bytes + main.bytes + bytes > this.capacity) {
      if (main.bytes > this.mainTarget || small.bytes === 0) this.evictFromMain();
      else this.evictFromSmall();
    }
    queue.push(object, bytes);
    frequency[object] = 0;
    if (!cold && this.admission === 'all') this.write(object);
    return cold;
  }

  private isAdmitted(object: number, proven: boolean, refusals: number): boolean {
    return admits(this.admission, proven, (this.frequency[object] ?? 0) + refusals);
  }

  private write(object: number): void {
    const bytes = this.sizes[object] ?? 0;
    this.bytesWritten += bytes;
    this.recordsWritten++;
    if (this.onDisk[object] === 0) this.diskBytes += bytes;
    this.onDisk[object] = 1;
    this.boundDisk();
  }

  private leave(object: number, proven: boolean): void {
    if (this.onDisk[object] === 0) {
      const position = Math.imul(object, 0x9e3779b1);
      const check = this.checks[object] ?? 0;
      const before = this.refusals.take(position, check);
      if (!this.isAdmitted(object, proven, before)) {
        this.refusals.add(position, check, before);
        this.refused++;
        return;
      }
      this.write(object);
    }
    this.heat[object] = heatOf(proven, this.frequency[object] ?? 0, this.used[object] === 1, this.heats);
  }

  private evictFromSmall(): void {
    const { small, main, frequency } = this;
    while (small.length > 0) {
      const object = small.oldest;
      const bytes = small.sizeOf(object);
      small.remove(object);
      if ((frequency[object] ?? 0) < MOVE_TO_MAIN_FREQUENCY) {
        this.leave(object, false);
        this.remember(object, bytes);
        return;
      }
      frequency[object] = 0;
      main.push(object, bytes);
    }
  }

  private evictFromMain(): void {
    const { main, frequency } = this;
    while (main.length > 0) {
      const object = main.oldest;
      const bytes = main.sizeOf(object);
      const used = frequency[object] ?? 0;
      main.remove(object);
      if (used === 0) {
        this.leave(object, true);
        return;
      }
      frequency[object] = used - 1;
      main.push(object, bytes);
    }
  }

  private remember(object: number, bytes: number): void {
    const { ghosts } = this;
    if (bytes > this.mainTarget) return;
    if (ghosts.has(object)) ghosts.remove(object);
    while (ghosts.bytes + bytes > this.mainTarget) ghosts.remove(ghosts.oldest);
    ghosts.push(object, bytes);
  }

  /** The hand goes on until enough cold objects have left; what is hot stays. */
  private boundDisk(): void {
    const { order, onDisk, heat, small, main } = this;
    for (let steps = 0; this.diskBytes > this.diskTarget && steps < order.length * 4; steps++) {
      const object = order[this.hand] ?? 0;
      this.hand = this.hand + 1 === order.length ? 0 : this.hand + 1;
      if (onDisk[object] === 0 || small.has(object) || main.has(object)) continue;
      if ((heat[object] ?? 0) > 0) heat[object] = (heat[object] ?? 0) - 1;
      else {
        onDisk[object] = 0;
        this.diskBytes -= this.sizes[object] ?? 0;
      }
    }
  }
}
