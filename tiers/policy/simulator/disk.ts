import { SeededRandom } from '../random.ts';

/**
 * The cold tier of a simulation: which objects have a record, and the hand that goes round those that are not in RAM, in hash order, and takes what is no longer
 * warm (mover/cold-evictor.ts; heats as in cold-heat.ts). Cold objects are bits in hash order, so that the hand passes 32 places that are empty at once.
 */
export class SimulatedDisk {
  /** Of the records that live, those of hot objects included. */
  bytes = 0;
  cold = 0;
  /** 32 bits of each object's hash, for tables that tell objects by fingerprints. */
  readonly checks: Int32Array;
  private readonly records: Float64Array;
  private readonly heat: Uint8Array;
  private readonly order: Uint32Array;
  private readonly ranks: Uint32Array;
  private readonly coldBits: Int32Array;
  private hand = 0;

  constructor(objects: number) {
    this.records = new Float64Array(objects).fill(-1);
    this.heat = new Uint8Array(objects);
    const random = new SeededRandom(3);
    this.checks = new Int32Array(objects);
    this.order = new Uint32Array(objects);
    this.ranks = new Uint32Array(objects);
    for (let object = 0; object < objects; object++) {
      this.checks[object] = random.bits();
      // One more at a random place, whose former holder moves to the end, so that all orders are equally likely (Durstenfeld 1964).
      const rank = random.below(object + 1);
      this.order[object] = this.order[rank] ?? 0;
      this.order[rank] = object;
    }
    this.order.forEach((object, rank) => {
      this.ranks[object] = rank;
    });
    this.coldBits = new Int32Array((objects + 31) >>> 5);
  }

  has(object: number): boolean {
    return (this.records[object] ?? -1) >= 0;
  }

  isCold(object: number): boolean {
    const rank = this.ranks[object] ?? 0;
    return (((this.coldBits[rank >>> 5] ?? 0) >>> (rank & 31)) & 1) === 1;
  }

  /** An object has a record of so many bytes from now on. */
  put(object: number, bytes: number): void {
    this.bytes += bytes - Math.max(0, this.records[object] ?? -1);
    this.records[object] = bytes;
  }

  /** Its record is deleted. */
  remove(object: number): void {
    this.bytes -= Math.max(0, this.records[object] ?? -1);
    this.records[object] = -1;
    this.warm(object);
  }

  /** An object with a record leaves RAM, and may be met by the hand from now on. */
  cool(object: number, heat: number): void {
    const rank = this.ranks[object] ?? 0;
    this.heat[object] = heat;
    if (!this.isCold(object)) this.cold++;
    this.coldBits[rank >>> 5] = (this.coldBits[rank >>> 5] ?? 0) | (1 << (rank & 31));
  }

  /** An object is in RAM (again). */
  warm(object: number): void {
    if (!this.isCold(object)) return;
    const rank = this.ranks[object] ?? 0;
    this.cold--;
    this.coldBits[rank >>> 5] = (this.coldBits[rank >>> 5] ?? 0) & ~(1 << (rank & 31));
  }

  /** Moves the hand on to the next object that is to go; -1 when nothing is cold. */
  nextVictim(): number {
    while (this.cold > 0) {
      const object = this.order[this.nextCold()] ?? 0;
      const heat = this.heat[object] ?? 0;
      if (heat === 0) return object;
      this.heat[object] = heat - 1;
    }
    return -1;
  }

  private nextCold(): number {
    const { coldBits } = this;
    let word = this.hand >>> 5;
    let bits = (coldBits[word] ?? 0) & (-1 << (this.hand & 31));
    while (bits === 0) {
      word = word + 1 >= coldBits.length ? 0 : word + 1;
      bits = coldBits[word] ?? 0;
    }
    const rank = word * 32 + 31 - Math.clz32(bits & -bits);
    this.hand = rank + 1 >= this.order.length ? 0 : rank + 1;
    return rank;
  }
}
