import type {
  ColdBatch,
  ColdEngine,
  ColdIterator,
  ColdStore,
  IterateOptions,
  KeyRange,
} from '../../tiers/cold/store.ts';

/** Lets calls through, or holds them until it is opened. */
export class Gate {
  private waiting: (() => void)[] = [];
  private arrivals: { readonly count: number; readonly resolve: () => void }[] = [];
  private open = true;

  /** Calls are held from now on. */
  hold(): void {
    this.open = false;
  }

  /** Lets those that wait go, and everybody from now on. */
  release(): void {
    this.open = true;
    for (const resume of this.waiting.splice(0)) resume();
  }

  /** Lets the one that has waited longest go. */
  releaseOne(): void {
    this.waiting.shift()?.();
  }

  /** Resolves when `count` calls wait. */
  held(count = 1): Promise<void> {
    if (this.waiting.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.arrivals.push({ count, resolve }));
  }

  pass(): Promise<void> {
    if (this.open) return Promise.resolve();
    return new Promise((resume) => {
      this.waiting.push(resume);
      this.arrivals = this.arrivals.filter(({ count, resolve }) => {
        if (this.waiting.length < count) return true;
        resolve();
        return false;
      });
    });
  }
}

/** A store whose calls a test stops and lets go: the races of the mover, one interleaving at a time. */
export class GatedStore implements ColdStore {
  /** Before the records are in the store; and when they are, but the caller does not know it yet. */
  readonly beforeWrite = new Gate();
  readonly afterWrite = new Gate();
  /** The values have been read, but the caller does not have them yet. */
  readonly afterRead = new Gate();
  /** A chunk of an iterator that brings values has been read, but the caller does not have it yet. */
  readonly afterChunk = new Gate();
  private readonly inner: ColdStore;

  constructor(inner: ColdStore) {
    this.inner = inner;
  }

  /** Everybody comes by way of this store. */
  get readHandle(): undefined {
    return undefined;
  }

  get engine(): ColdEngine {
    return this.inner.engine;
  }

  open(): Promise<void> {
    return this.inner.open();
  }

  async getMany(keys: readonly Buffer[]): Promise<(Buffer | undefined)[]> {
    const values = await this.inner.getMany(keys);
    await this.afterRead.pass();
    return values;
  }

  async write(batch: ColdBatch, options?: { readonly sync?: boolean }): Promise<void> {
    await this.beforeWrite.pass();
    await this.inner.write(batch, options);
    await this.afterWrite.pass();
  }

  iterate(range: KeyRange, options?: IterateOptions): ColdIterator {
    const iterator = this.inner.iterate(range, options);
    if (options?.values === false) return iterator;
    return {
      nextChunk: async () => {
        const chunk = await iterator.nextChunk();
        // The end is no news.
        if (chunk !== undefined) await this.afterChunk.pass();
        return chunk;
      },
      close: () => iterator.close(),
    };
  }

  deleteRange(range: KeyRange): Promise<void> {
    return this.inner.deleteRange(range);
  }

  flush(): Promise<void> {
    return this.inner.flush();
  }

  estimateBytes(): Promise<number> {
    return this.inner.estimateBytes();
  }

  property(name: string): string | undefined {
    return this.inner.property(name);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
