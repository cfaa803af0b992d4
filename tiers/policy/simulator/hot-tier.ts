import { QUEUE_MAIN, QUEUE_SMALL } from '../hot-queues.ts';
import { MAX_FREQUENCY } from '../s3-fifo.ts';
import { ObjectList } from './object-list.ts';

const NOWHERE = 0;
const IN_RAM = 1;

/**
 * RAM as a policy keeps it, on objects that are numbers and sizes. It has no bound: who drives it calls `evict` until there is room, and decides what becomes
 * of the objects that leave. The order of calls for an object that comes is the server's: `placement`, room, `add`.
 */
export abstract class SimulatedHotTier {
  /** As `tier-policy` calls it. */
  abstract readonly policy: string;
  /** Told of objects that were judged and stay, with the hits that their entry had counted. */
  onKept: ((object: number, frequency: number) => void) | undefined;
  /** Of the object that `evict` made leave. */
  leftQueue = QUEUE_SMALL;
  leftFrequency = 0;
  protected readonly small: ObjectList;
  protected readonly main: ObjectList;
  protected readonly frequency: Uint8Array;
  /** By object: NOWHERE, or IN_RAM plus its queue. */
  private readonly places: Uint8Array;

  /** For objects numbered below `objects`. */
  constructor(objects: number) {
    this.small = new ObjectList(objects);
    this.main = new ObjectList(objects);
    this.frequency = new Uint8Array(objects);
    this.places = new Uint8Array(objects);
  }

  get bytes(): number {
    return this.small.bytes + this.main.bytes;
  }

  get length(): number {
    return this.small.length + this.main.length;
  }

  has(object: number): boolean {
    return this.places[object] !== NOWHERE;
  }

  isInMain(object: number): boolean {
    return this.places[object] === IN_RAM + QUEUE_MAIN;
  }

  /** Hits counted by the object's entry, 0 to 3. */
  frequencyOf(object: number): number {
    return this.frequency[object] ?? 0;
  }

  hit(object: number): void {
    const frequency = this.frequency[object] ?? 0;
    if (frequency < MAX_FREQUENCY) this.frequency[object] = frequency + 1;
  }

  add(object: number, bytes: number, queue: number): void {
    (queue === QUEUE_MAIN ? this.main : this.small).push(object, bytes);
    this.places[object] = IN_RAM + queue;
    this.frequency[object] = 0;
  }

  /** An object that is here has another size from now on. */
  resize(object: number, bytes: number): void {
    (this.isInMain(object) ? this.main : this.small).resize(object, bytes);
  }

  /** An object that is here leaves without having been evicted: deleted, or expired. */
  remove(object: number): void {
    (this.isInMain(object) ? this.main : this.small).remove(object);
    this.places[object] = NOWHERE;
  }

  /** Bytes that objects may take together, for policies that divide them. May change. */
  abstract setCapacity(bytes: number): void;

  /**
   * The queue in which an object that is not here begins. `asksGhosts`: it may have been here before, as the server sees it; a ghost that is found is
   * used up.
   */
  abstract placement(object: number, bytes: number, asksGhosts: boolean): number;

  /** Judges until an object has left, and answers it; -1 when all that there is was found worth keeping, for now, or there is nothing. */
  abstract evict(): number;

  /** An object that stays goes to the back of MAIN. */
  protected keep(object: number, bytes: number, frequency: number): void {
    this.onKept?.(object, this.frequency[object] ?? 0);
    this.frequency[object] = frequency;
    this.places[object] = IN_RAM + QUEUE_MAIN;
    this.main.push(object, bytes);
  }

  /** An object that was taken from `queue` leaves. */
  protected left(object: number, queue: number): number {
    this.places[object] = NOWHERE;
    this.leftQueue = queue;
    this.leftFrequency = this.frequency[object] ?? 0;
    return object;
  }
}
