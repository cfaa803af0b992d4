import { performance } from 'node:perf_hooks';
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
import { WritePace } from './write-pace.ts';

/** The sum over all threads is looked at again after this many allocated bytes. */
const CHECK_BYTES = 128 * 1024;
/** Writers that wait for their share are looked after this often. */
const PACE_MS = 1;

/**
 * Bounds the hot tier: calls the mover above the high-water mark; close to maxmemory slows writers down, more and more, until they wait for it;
 * or refuses them when it cannot help.
 */
export class SharedMemoryGate implements MemoryGate {
  private readonly pressure: MemoryPressure;
  private readonly allocator: Allocator;
  private readonly askMover: () => void;
  private readonly evicts: () => boolean;
  private readonly freeFor: (bytes: number) => Promise<boolean>;
  /** Told how many bytes are used whenever they are counted. */
  onUsed: (usedBytes: number) => void = () => {};
  /** In the order in which they came; those before `next` are gone. */
  private waiting: (() => void)[] = [];
  private next = 0;
  private readonly pace: WritePace;
  private timer: NodeJS.Timeout | undefined;
  /** One of those who waited runs: it need not wait behind the others. */
  private waking = false;
  private asked = false;
  /** `maxmemory` is too small for anything: see `recheck`. */
  refusesAll = false;
  /** With write-through: while commits fail, writers are refused. */
  commits: { readonly failing: boolean } | undefined;
  private checkedAt = 0;
  private answer: GateAnswer = GATE_OPEN;

  /**
   * `evicts`: whether the mover may free memory at all (a cold tier, or a maxmemory-policy other than noeviction); `threads` front-ends share
   * what is left of it.
   */
  constructor(
    pressure: MemoryPressure,
    allocator: Allocator,
    evicts: () => boolean,
    askMover: () => void,
    freeFor: (bytes: number) => Promise<boolean>,
    threads: number,
  ) {
    this.pace = new WritePace(threads);
    this.pressure = pressure;
    this.allocator = allocator;
    this.evicts = evicts;
    this.askMover = askMover;
    this.freeFor = freeFor;
  }

  get refusesChanges(): boolean {
    return this.commits?.failing === true;
  }

  admit(): GateAnswer {
    if (this.answer === GATE_OPEN && this.allocator.allocatedBytes - this.checkedAt < CHECK_BYTES) return GATE_OPEN;
    if (this.answer === GATE_SLOWS) return this.mayGoOn() ? GATE_OPEN : GATE_SLOWS;
    return this.check();
  }

  whenRoom(wake: () => void): void {
    this.waiting.push(wake);
    this.ask();
    this.timer ??= setTimeout(this.release, PACE_MS);
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
    if (this.waits) this.release();
  }

  private get waits(): boolean {
    return this.next < this.waiting.length;
  }

  /** While writers are slowed: who comes new waits behind those who wait. */
  private mayGoOn(): boolean {
    return (this.waking || !this.waits) && this.pace.allows(this.allocator.allocatedBytes);
  }

  /** Lets writers go, one after the other, as far as there is memory for them. */
  private readonly release = (): void => {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waking = true;
    while (this.waits && (this.check() !== GATE_SLOWS || this.mayGoOn())) {
      const wake = this.waiting[this.next++];
      wake?.();
    }
    this.waking = false;
    if (this.waits) this.timer ??= setTimeout(this.release, PACE_MS);
    if (this.next < this.waiting.length / 2) return;
    this.waiting = this.waiting.slice(this.next);
    this.next = 0;
  };

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
    this.onUsed(load);
    const evicts = this.evicts();
    if (load <= pressure.highWater) {
      if (pressure.state !== PRESSURE_NONE) pressure.setState(PRESSURE_NONE);
      this.pace.stop();
      this.answer = GATE_OPEN;
      return GATE_OPEN;
    }
    const { state } = pressure;
    const hopeless = !evicts || state === PRESSURE_STUCK || state === PRESSURE_FAILED;
    if (!hopeless) this.ask();
    const left = pressure.max - load;
    const slows = !hopeless && left < pressure.slowSpan;
    if (slows) this.pace.tick(left, pressure.slowSpan, this.checkedAt, performance.now());
    else this.pace.stop();
    if (slows) this.answer = GATE_SLOWS;
    else if (left > 0) this.answer = GATE_OPEN;
    else this.answer = evicts && state === PRESSURE_FAILED ? GATE_FAILS : GATE_REFUSES;
    return this.answer;
  }

  private ask(): void {
    if (this.asked) return;
    this.asked = true;
    this.askMover();
  }
}
