import {
  ColdBatch,
  type ColdChunk,
  type ColdEngine,
  type ColdErrorKind,
  type ColdIterator,
  type ColdStore,
  ColdStoreError,
  type IterateOptions,
  type KeyRange,
} from './store.ts';

export type FaultyCall = 'getMany' | 'write' | 'iterate' | 'deleteRange' | 'flush';

/** What may go wrong with one kind of call; everything is off by default. */
export interface Fault {
  /** Chance of an error, 0 to 1, and its kind (default `io`). Calls that fail have no effect. */
  readonly errorRate?: number;
  readonly kind?: ColdErrorKind;
  /** Each call waits for a random time up to this before it starts. Order of writes is kept. */
  readonly maxDelayMs?: number;
  /** Each call waits for this long besides. */
  readonly delayMs?: number;
}

export interface FaultPlan {
  /** Same seed and same calls: same faults. */
  readonly seed: number;
  /** May be another from call to call. */
  faults?: Partial<Record<FaultyCall, Fault>>;
  /** After this many bytes of puts every further put fails with `full`; batches of deletes alone still work. */
  readonly capacityBytes?: number;
}

/** Wraps a store and makes it fail by plan. For tests. */
export class FaultyStore implements ColdStore {
  readonly #inner: ColdStore;
  readonly #plan: FaultPlan;
  readonly #scheduled = new Map<FaultyCall, ColdErrorKind[]>();
  #random: number;
  #putBytes = 0;
  #full = false;
  #lastWrite: Promise<unknown> = Promise.resolve();
  /** How many faults were injected so far. */
  injected = 0;

  constructor(inner: ColdStore, plan: FaultPlan) {
    this.#inner = inner;
    this.#plan = plan;
    this.#random = plan.seed | 0 || 1;
  }

  /** Everybody comes by way of this store. */
  get readHandle(): undefined {
    return undefined;
  }

  get engine(): ColdEngine {
    return this.#inner.engine;
  }

  /** The next call of this kind fails, whatever the plan says. Several calls queue up. */
  failNext(call: FaultyCall, kind: ColdErrorKind = 'io'): void {
    const queue = this.#scheduled.get(call) ?? [];
    queue.push(kind);
    this.#scheduled.set(call, queue);
  }

  /** Fills or empties the disk by hand. */
  setFull(full: boolean): void {
    this.#full = full;
    if (!full) this.#putBytes = 0;
  }

  open(): Promise<void> {
    return this.#inner.open();
  }

  async getMany(keys: readonly Buffer[]): Promise<(Buffer | undefined)[]> {
    const copies = keys.map((key) => Buffer.from(key));
    await this.#suffer('getMany');
    return this.#inner.getMany(copies);
  }

  write(batch: ColdBatch, options?: { readonly sync?: boolean }): Promise<void> {
    const copy = new ColdBatch();
    let putBytes = 0;
    for (let at = 0; at < batch.count; at++) {
      const key = Buffer.from(batch.keyAt(at));
      const value = batch.valueAt(at);
      if (value === undefined) copy.delete(key);
      else {
        copy.put(key, Buffer.from(value));
        putBytes += key.length + value.length;
      }
    }
    const before = this.#lastWrite;
    const result = (async () => {
      await Promise.all([this.#suffer('write'), before]);
      const over = this.#putBytes + putBytes > (this.#plan.capacityBytes ?? Number.POSITIVE_INFINITY);
      if (putBytes > 0 && (this.#full || over)) this.#fail('write', 'full');
      this.#putBytes += putBytes;
      await this.#inner.write(copy, options);
    })();
    this.#lastWrite = result.catch(() => {});
    return result;
  }

  iterate(range: KeyRange, options?: IterateOptions): ColdIterator {
    const inner = this.#inner.iterate(range, options);
    return {
      nextChunk: async (): Promise<ColdChunk | undefined> => {
        await this.#suffer('iterate');
        return inner.nextChunk();
      },
      close: () => inner.close(),
    };
  }

  async deleteRange(range: KeyRange): Promise<void> {
    await Promise.all([this.#suffer('deleteRange'), this.#lastWrite]);
    return this.#inner.deleteRange(range);
  }

  async flush(): Promise<void> {
    await Promise.all([this.#suffer('flush'), this.#lastWrite]);
    return this.#inner.flush();
  }

  estimateBytes(): Promise<number> {
    return this.#inner.estimateBytes();
  }

  property(name: string): string | undefined {
    return this.#inner.property(name);
  }

  async close(): Promise<void> {
    await this.#lastWrite;
    return this.#inner.close();
  }

  async #suffer(call: FaultyCall): Promise<void> {
    const fault = this.#plan.faults?.[call];
    const scheduled = this.#scheduled.get(call)?.shift();
    // Both numbers are drawn in every case, so that one option does not shift the other's sequence.
    const errorDraw = this.#next();
    const delayDraw = this.#next();
    const delayMs = (fault?.maxDelayMs ?? 0) * delayDraw + (fault?.delayMs ?? 0);
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    if (scheduled !== undefined) this.#fail(call, scheduled);
    if (errorDraw < (fault?.errorRate ?? 0)) this.#fail(call, fault?.kind ?? 'io');
  }

  #fail(call: FaultyCall, kind: ColdErrorKind): never {
    this.injected += 1;
    throw new ColdStoreError(kind, `injected ${kind} error in ${call} (seed ${this.#plan.seed})`);
  }

  /** Xorshift, 0 <= x < 1. */
  #next(): number {
    let x = this.#random;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#random = x;
    return (x >>> 0) / 2 ** 32;
  }
}
