import { randomFillSync } from 'node:crypto';
import { BadRdb } from './errors.ts';
import type { ByteSpan } from './span.ts';

const INITIAL_SLOTS = 256;
/** Words per slot: the three lanes. All zero is an empty slot. */
const LANES = 3;
/**
 * With half of the slots empty and a seed that nobody knows, ten million members probe about a hundred slots at worst. Who gets here
 * chose the members to get here.
 */
const MAX_PROBES = 2000;
const SEED = randomFillSync(new Uint32Array(LANES));

/**
 * A set of byte strings that knows them by 95 bits of a seeded hash: equal strings are always found, different ones are taken for
 * equal with a probability of n² / 2^96 (for ten million members, 10^-15). Linear in time, whatever the strings.
 */
export class FingerprintSet {
  size = 0;
  private table = new Uint32Array(INITIAL_SLOTS * LANES);
  private a = 0;
  private b = 0;
  private c = 0;

  clear(): void {
    if (this.size === 0) return;
    this.size = 0;
    if (this.table.length === INITIAL_SLOTS * LANES) this.table.fill(0);
    else this.table = new Uint32Array(INITIAL_SLOTS * LANES);
  }

  /** False when it was there before. */
  add(span: ByteSpan): boolean {
    this.hash(span);
    const at = this.find();
    if (this.taken(at)) return false;
    this.put(at);
    this.size++;
    if (this.size * LANES * 2 > this.table.length) this.grow();
    return true;
  }

  has(span: ByteSpan): boolean {
    this.hash(span);
    return this.taken(this.find());
  }

  private grow(): void {
    const old = this.table;
    this.table = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += LANES) {
      this.a = old[at] ?? 0;
      if (this.a === 0) continue;
      this.b = old[at + 1] ?? 0;
      this.c = old[at + 2] ?? 0;
      this.put(this.find());
    }
  }

  /** Where the hash in `a`, `b`, `c` is, or belongs. */
  private find(): number {
    const { table, a, b, c } = this;
    const mask = table.length / LANES - 1;
    let slot = Math.imul(a ^ (b >>> 3) ^ (c << 5), 0x2c1b3c6d);
    slot = (slot ^ (slot >>> 16)) & mask;
    for (let probes = 0; probes < MAX_PROBES; probes++) {
      const at = slot * LANES;
      const first = table[at];
      if (first === 0 || (first === a && table[at + 1] === b && table[at + 2] === c)) return at;
      slot = (slot + 1) & mask;
    }
    throw new BadRdb('malformed', 'members chosen to collide');
  }

  private taken(at: number): boolean {
    return this.table[at] !== 0;
  }

  private put(at: number): void {
    this.table[at] = this.a;
    this.table[at + 1] = this.b;
    this.table[at + 2] = this.c;
  }

  /** Four bytes a step into three lanes of different multipliers and shifts; `a` is made other than 0. */
  private hash({ view, at: start, length }: ByteSpan): void {
    // Spread, and differently in each lane: added as it is, a length would make up for another first word in all three.
    let a = (SEED[0] ?? 0) ^ Math.imul(length, 0x27d4eb2f);
    let b = (SEED[1] ?? 0) ^ Math.imul(length, 0x165667b1);
    let c = (SEED[2] ?? 0) ^ Math.imul(length, 0x9e3779b9);
    const end = start + length;
    for (let at = start; at < end; at += 4) {
      const word = at + 4 <= end ? view.getInt32(at, true) : lastWord(view, at, end);
      a = Math.imul(a ^ word, 0x9e3779b1);
      a ^= a >>> 15;
      b = Math.imul(b ^ word, 0x85ebca77);
      b ^= b >>> 13;
      c = Math.imul(c ^ word, 0xc2b2ae3d);
      c ^= c >>> 17;
    }
    a = Math.imul(a, 0x7feb352d);
    b = Math.imul(b, 0x846ca68b);
    this.a = ((a ^ (a >>> 16)) | 1) >>> 0;
    this.b = (b ^ (b >>> 15)) >>> 0;
    this.c = c >>> 0;
  }
}

/** One to three bytes. */
function lastWord(view: DataView, at: number, end: number): number {
  let word = view.getUint8(at);
  if (at + 1 < end) word |= view.getUint8(at + 1) << 8;
  if (at + 2 < end) word |= view.getUint8(at + 2) << 16;
  return word;
}
