import { type CommandError, errors } from '../../engine/commands/errors.ts';
import {
  GATE_FAILS,
  GATE_OPEN,
  GATE_REFUSES,
  GATE_SLOWS,
  type GateAnswer,
  type MemoryGate,
} from '../../engine/dispatch/hooks.ts';
import type { Allocator } from '../../tiers/memory/allocator.ts';
import { type MemoryPressure, PRESSURE_FAILED, PRESSURE_NONE, PRESSURE_STUCK } from '../../tiers/mover/pressure.ts';

/** The sum over all threads is looked at again after this many allocated bytes. */
const CHECK_BYTES = 128 * 1024;

/** Bounds the hot tier: calls the mover above the high-water mark; at maxmemory makes writers wait for it, or refuses them. */
export class SharedMemoryGate implements MemoryGate {
  private readonly pressure: MemoryPressure;
  private readonly allocator: Allocator;
  private readonly askMover: () => void;
  private readonly evicts: () => boolean;
  private readonly freeFor: (bytes: number) => Promise<boolean>;
  private waiting: (() => void)[] = [];
  private asked = false;
  /** `maxmemory` is too small for anything: see `recheck`. */
  refusesAll = false;
  private checkedAt = 0;
  private answer: GateAnswer = GATE_OPEN;

  /** `evicts`: whether the mover may free memory at all (a cold tier, or a maxmemory-policy other than noeviction). */
  constructor(
    pressure: MemoryPressure,
    allocator: Allocator,
    evicts: () => boolean,
    askMover: () => void,
    freeFor: (bytes: number) => Promise<boolean>,
  ) {
    this.pressure = pressure;
    this.allocator = allocator;
    this.evicts = evicts;
    this.askMover = askMover;
    this.freeFor = freeFor;
  }

  admit(): GateAnswer {
    if (this.answer === GATE_OPEN && this.allocator.allocatedBytes - this.checkedAt < CHECK_BYTES) return GATE_OPEN;
    return this.check();
  }

  whenRoom(wake: () => void): void {
    this.waiting.push(wake);
    this.ask();
  }

  whenFits(wake: (error?: CommandError) => void): boolean {
    const { pressure, allocator } = this;
    const bytes = allocator.refusedBytes;
    if (!this.evicts() || pressure.max === 0 || bytes > pressure.max) return false;
    void this.freeFor(bytes).then((ok) => wake(ok ? undefined : errors.oom));
    return true;
  }

  /** After each batch: what it allocated may be too much. */
  afterBatch(): void {
    if (this.allocator.allocatedBytes !== this.checkedAt) this.check();
  }

  /** The bounds have changed. */
  recheck(): void {
    this.check();
  }

  /** The mover has freed memory, or said that it cannot. */
  onRoom(): void {
    this.asked = false;
    this.check();
    const { waiting } = this;
    this.waiting = [];
    for (const wake of waiting) wake();
  }

  private check(): GateAnswer {
    const { pressure } = this;
    this.checkedAt = this.allocator.allocatedBytes;
    if (pressure.max === 0) {
      this.answer = GATE_OPEN;
      return GATE_OPEN;
    }
    if (this.refusesAll) {
      this.answer = GATE_REFUSES;
      return GATE_REFUSES;
    }
    const load = pressure.usedBytes();
    const evicts = this.evicts();
    if (load <= pressure.highWater) {
      if (pressure.state !== PRESSURE_NONE) pressure.setState(PRESSURE_NONE);
      this.answer = GATE_OPEN;
      return GATE_OPEN;
    }
    const { state } = pressure;
    const hopeless = !evicts || state === PRESSURE_STUCK || state === PRESSURE_FAILED;
    if (!hopeless) this.ask();
    if (load < pressure.max) this.answer = GATE_OPEN;
    else if (!hopeless) this.answer = GATE_SLOWS;
    else this.answer = evicts && state === PRESSURE_FAILED ? GATE_FAILS : GATE_REFUSES;
    return this.answer;
  }

  private ask(): void {
    if (this.asked) return;
    this.asked = true;
    this.askMover();
  }
}
