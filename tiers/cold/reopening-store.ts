import {
  type ColdBatch,
  type ColdEngine,
  type ColdIterator,
  type ColdStore,
  ColdStoreError,
  type IterateOptions,
  type KeyRange,
} from './store.ts';

/** A store that refused a write is opened anew at most this often. */
const REOPEN_EVERY_MS = 1000;

export interface Reopening {
  /** Opens a new store over the same bytes; the one before is closed by then. */
  readonly open: () => Promise<ColdStore>;
  /** Before an open store is closed, for whatever reason; and when one is open (at once, for the first). */
  readonly beforeClose?: () => Promise<void>;
  readonly afterOpen?: (readHandle: bigint | undefined) => void;
  /** Whether opening may succeed, asked first: a store that reads is better than none. */
  readonly mayOpen: (refusal: ColdStoreError) => Promise<boolean>;
  /** After the store was opened anew, or could not be (with the reason). */
  readonly onReopened?: (problem?: ColdStoreError) => void;
  readonly nowMs?: () => number;
}

/**
 * RocksDB refuses all writes after one that failed (disk full, I/O error) until it is opened again. This store does that: before the next
 * write, it closes the old one, which lets its reads finish, and opens a new one. Reads meanwhile wait; when the opening fails they are
 * rejected with its error until one succeeds.
 */
export class ReopeningStore implements ColdStore {
  private inner: ColdStore;
  private readonly how: Reopening;
  private refusal: ColdStoreError | undefined;
  private triedAtMs = Number.NEGATIVE_INFINITY;
  /** Pending while the store is exchanged; never rejects. */
  private exchange: Promise<void> | undefined;
  /** Why there is no open store. */
  private missing: ColdStoreError | undefined;
  private closed = false;

  /** `inner` is open. */
  constructor(inner: ColdStore, how: Reopening) {
    this.inner = inner;
    this.how = how;
    how.afterOpen?.(inner.readHandle);
  }

  get readHandle(): bigint | undefined {
    return this.missing === undefined && this.exchange === undefined ? this.inner.readHandle : undefined;
  }

  get engine(): ColdEngine {
    return this.inner.engine;
  }

  /** It is open from the start. */
  open(): Promise<void> {
    return Promise.resolve();
  }

  async getMany(keys: readonly Buffer[]): Promise<(Buffer | undefined)[]> {
    if (this.exchange === undefined && this.missing === undefined) return this.inner.getMany(keys);
    const copies = keys.map((key) => Buffer.from(key));
    return (await this.usable()).getMany(copies);
  }

  /** Unlike other stores', this one's batch must stay as it is until the promise is settled, when a write before it failed. */
  async write(batch: ColdBatch, options?: { readonly sync?: boolean }): Promise<void> {
    const store = this.refusal === undefined && this.exchange === undefined ? this.inner : await this.writable();
    try {
      await store.write(batch, options);
    } catch (error) {
      if (error instanceof ColdStoreError && (error.kind === 'full' || error.kind === 'io') && store === this.inner) {
        this.refusal ??= error;
      }
      throw error;
    }
  }

  iterate(range: KeyRange, options?: IterateOptions): ColdIterator {
    return this.inner.iterate(range, options);
  }

  async deleteRange(range: KeyRange): Promise<void> {
    return (await this.usable()).deleteRange(range);
  }

  async flush(): Promise<void> {
    return (await this.usable()).flush();
  }

  async estimateBytes(): Promise<number> {
    return this.missing === undefined && this.exchange === undefined ? this.inner.estimateBytes() : 0;
  }

  property(name: string): string | undefined {
    return this.inner.property(name);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.exchange;
    await this.how.beforeClose?.();
    await this.inner.close();
  }

  /** The open store, when there is one. */
  private async usable(): Promise<ColdStore> {
    await this.exchange;
    if (this.missing !== undefined) await this.reopen(this.missing);
    if (this.missing !== undefined) throw this.missing;
    return this.inner;
  }

  /** A store that has not refused a write. */
  private async writable(): Promise<ColdStore> {
    await this.exchange;
    const { refusal } = this;
    if (refusal !== undefined) await this.reopen(refusal);
    if (this.refusal !== undefined) throw this.refusal;
    return this.inner;
  }

  private async reopen(refusal: ColdStoreError): Promise<void> {
    const nowMs = (this.how.nowMs ?? Date.now)();
    if (this.closed || nowMs - this.triedAtMs < REOPEN_EVERY_MS) return this.exchange;
    this.triedAtMs = nowMs;
    if (!(await this.how.mayOpen(refusal).catch(() => false))) return;
    this.exchange ??= this.renew().finally(() => {
      this.exchange = undefined;
    });
    await this.exchange;
  }

  /**
   * Closes the store that refuses writes. It may say once more that what it holds back cannot be written (RocksDB: "Seen error. Skip writing
   * buffer."); it is closed all the same, and what was not written is the callers' still.
   */
  private async closeRefusing(): Promise<void> {
    try {
      await this.inner.close();
    } catch (error) {
      if (!(error instanceof ColdStoreError)) throw error;
    }
  }

  private async renew(): Promise<void> {
    try {
      await this.how.beforeClose?.();
      await this.closeRefusing();
      this.inner = await this.how.open();
      this.how.afterOpen?.(this.inner.readHandle);
      this.missing = undefined;
      this.refusal = undefined;
      this.how.onReopened?.();
    } catch (error) {
      const problem = error instanceof ColdStoreError ? error : new ColdStoreError('io', String(error), error);
      this.missing = problem;
      this.refusal = problem;
      this.how.onReopened?.(problem);
    }
  }
}
