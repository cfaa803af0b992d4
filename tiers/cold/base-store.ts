import { assert } from '../base/assert.ts';
import { toColdStoreError } from './errors.ts';
import {
  ColdBatch,
  type ColdChunk,
  type ColdEngine,
  type ColdIterator,
  type ColdStore,
  ColdStoreError,
  type IterateOptions,
  type KeyRange,
} from './store.ts';

/** What an engine's iterator has to offer; {@link BaseStore} adds the rules about closing. */
export interface EngineIterator {
  /** An empty chunk is the end. */
  next(): Promise<ColdChunk>;
  end(): Promise<void>;
}

/**
 * The part that all stores share: what may be called when, requests in flight, errors, clearing a range. The bindings crash the
 * process when they are called after close or closed under a request (they hand pointers to their threads), so this is where the
 * rules of {@link ColdStore} are kept. An engine is a few `protected` methods that may count on an open store.
 */
export abstract class BaseStore implements ColdStore {
  abstract readonly engine: ColdEngine;
  readonly path: string;
  #state: 'new' | 'opening' | 'open' | 'closing' | 'closed' = 'new';
  #inFlight = 0;
  #idle: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  readonly #iterators = new Set<GuardedIterator>();

  constructor(path: string) {
    this.path = path;
  }

  get readHandle(): bigint | undefined {
    return undefined;
  }

  protected abstract openEngine(): Promise<void>;
  protected abstract readMany(keys: readonly Buffer[]): Promise<(Buffer | undefined)[]>;
  /** Has to copy the batch before it returns. */
  protected abstract writeBatch(batch: ColdBatch, sync: boolean): Promise<void>;
  protected abstract iterateEngine(range: KeyRange, values: boolean, limit: number | undefined): EngineIterator;
  protected abstract syncLog(): Promise<void>;
  protected abstract readProperty(name: string): string | undefined;
  protected abstract diskBytes(): number;
  protected abstract closeEngine(): Promise<void>;

  async open(): Promise<void> {
    assert(this.#state === 'new', 'a cold store is opened once');
    this.#state = 'opening';
    try {
      await this.openEngine();
      this.#state = 'open';
    } catch (error) {
      this.#state = 'closed';
      throw toColdStoreError(error, this.path);
    }
  }

  getMany(keys: readonly Buffer[]): Promise<(Buffer | undefined)[]> {
    if (keys.length === 0) return Promise.resolve([]);
    return this.request(() => this.readMany(keys));
  }

  write(batch: ColdBatch, options?: { readonly sync?: boolean }): Promise<void> {
    const sync = options?.sync === true;
    if (batch.count === 0) return sync ? this.flush() : this.request(() => Promise.resolve());
    return this.request(() => this.writeBatch(batch, sync));
  }

  iterate(range: KeyRange, options?: IterateOptions): ColdIterator {
    this.#check();
    const limit = options?.limit;
    assert(limit === undefined || limit > 0, 'iterate: limit must be positive');
    const iterator = new GuardedIterator(
      this.iterateEngine(range, options?.values !== false, limit),
      (work) => this.request(work),
      () => this.#iterators.delete(iterator),
    );
    this.#iterators.add(iterator);
    return iterator;
  }

  async deleteRange(range: KeyRange): Promise<void> {
    const iterator = this.iterate(range, { values: false });
    const batch = new ColdBatch();
    try {
      for (let chunk = await iterator.nextChunk(); chunk !== undefined; chunk = await iterator.nextChunk()) {
        batch.clear();
        for (const key of chunk.keys) batch.delete(key);
        await this.write(batch);
      }
    } finally {
      await iterator.close();
    }
  }

  flush(): Promise<void> {
    return this.request(() => this.syncLog());
  }

  estimateBytes(): Promise<number> {
    return this.request(() => Promise.resolve(this.diskBytes()));
  }

  property(name: string): string | undefined {
    this.#check();
    return this.readProperty(name);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Runs one request against the open engine; close waits for it. */
  protected async request<T>(work: () => Promise<T>): Promise<T> {
    this.#check();
    this.#inFlight += 1;
    try {
      return await work();
    } catch (error) {
      throw toColdStoreError(error, this.path);
    } finally {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) this.#idle?.();
    }
  }

  async #close(): Promise<void> {
    assert(this.#state !== 'opening', 'a cold store is closed after open has settled');
    const wasOpen = this.#state === 'open';
    this.#state = wasOpen ? 'closing' : 'closed';
    if (!wasOpen) return;
    if (this.#inFlight > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    try {
      for (const iterator of [...this.#iterators]) await iterator.close();
      await this.closeEngine();
    } catch (error) {
      throw toColdStoreError(error, this.path);
    } finally {
      this.#state = 'closed';
    }
  }

  #check(): void {
    if (this.#state !== 'open')
      throw new ColdStoreError('closed', `cold store ${this.path} is ${this.#state}, not open`);
  }
}

class GuardedIterator implements ColdIterator {
  readonly #engine: EngineIterator;
  readonly #request: <T>(work: () => Promise<T>) => Promise<T>;
  readonly #forget: () => void;
  #busy: Promise<unknown> | undefined;
  #ended: Promise<void> | undefined;
  #done = false;

  constructor(engine: EngineIterator, request: <T>(work: () => Promise<T>) => Promise<T>, forget: () => void) {
    this.#engine = engine;
    this.#request = request;
    this.#forget = forget;
  }

  async nextChunk(): Promise<ColdChunk | undefined> {
    assert(this.#busy === undefined, 'one nextChunk at a time');
    if (this.#ended !== undefined) throw new ColdStoreError('closed', 'the cold iterator is closed');
    if (this.#done) return undefined;
    const work = this.#request(() => this.#engine.next());
    this.#busy = work;
    try {
      const chunk = await work;
      if (chunk.keys.length > 0) return chunk;
      this.#done = true;
      return undefined;
    } finally {
      this.#busy = undefined;
    }
  }

  close(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    await this.#busy?.catch(() => {});
    this.#forget();
    await this.#engine.end();
  }
}
