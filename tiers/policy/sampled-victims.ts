import { SLOTS } from '../base/limits.ts';
import { SeededRandom } from './random.ts';

/**
 * The orders of `*-random` and `volatile-ttl`, which no queue keeps: the mover looks into random slots, offers the keys it finds
 * there, and evicts the one that was kept. Holds no lock: what was kept must be looked up again under its slot's lock.
 */
export class SampledVictims {
  /** Keys offered since `begin`. */
  offered = 0;
  /** The key kept, meaningful when `offered` > 0: its slot, and its place in the slot's hash order. */
  slot = 0;
  position = 0;
  private expiryMs = 0;
  private readonly random: SeededRandom;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
  }

  /** A slot to look into. */
  nextSlot(): number {
    return this.random.below(SLOTS);
  }

  /** A u32 in a slot's hash order to look from, so that no key of a slot is preferred for being first. */
  nextPosition(): number {
    return this.random.bits() >>> 0;
  }

  begin(): void {
    this.offered = 0;
  }

  /** `volatile-ttl`: keeps the key that expires first. */
  offerExpiring(slot: number, position: number, expiryMs: number): void {
    if (this.offered++ === 0 || expiryMs < this.expiryMs) this.keep(slot, position, expiryMs);
  }

  /** `*-random`: keeps each key offered with the same probability. */
  offer(slot: number, position: number): void {
    this.offered++;
    if (this.random.below(this.offered) === 0) this.keep(slot, position, 0);
  }

  private keep(slot: number, position: number, expiryMs: number): void {
    this.slot = slot;
    this.position = position;
    this.expiryMs = expiryMs;
  }
}
