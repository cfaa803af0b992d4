import { BaseStore, type EngineIterator } from './base-store.ts';
import { CHUNK_BYTES, type EngineOptions } from './options.ts';
import { type ColdBatch, type ColdEngine, FLUSH_KEY, type KeyRange } from './store.ts';

/** The part of the package `rocksdb` that is used; it has no types of its own. Underscore methods skip its checks and copies. */
interface Database {
  open(options: object, callback: (error?: Error | null) => void): void;
  close(callback: (error?: Error | null) => void): void;
  getProperty(name: string): string;
  _getMany(
    keys: readonly Buffer[],
    options: object,
    callback: (error: Error | null, values: (Buffer | undefined)[]) => void,
  ): void;
  _del(key: Buffer, options: object, callback: (error?: Error | null) => void): void;
  _chainedBatch(): NativeBatch;
  _iterator(options: object): NativeIterator;
}

interface NativeBatch {
  _put(key: Buffer, value: Buffer): void;
  _del(key: Buffer): void;
  _clear(): void;
  _write(options: object, callback: (error?: Error | null) => void): void;
}

interface NativeIterator {
  /** What a read brought beyond the record it returned: value, key, value, key ... the last two are the next record. */
  cache: Buffer[] | null;
  finished: boolean;
  _next(callback: (error: Error | null, key?: Buffer, value?: Buffer) => void): void;
  _end(callback: (error?: Error | null) => void): void;
}

type Package = { default: new (path: string) => Database };

function isPackage(loaded: unknown): loaded is Package {
  return typeof loaded === 'object' && loaded !== null && 'default' in loaded && typeof loaded.default === 'function';
}

/** Batches kept for reuse. A dropped one keeps its bytes outside the JS heap until the collector, who does not see them, comes by. */
const SPARE_BATCHES = 4;

const readOptions = { asBuffer: true, fillCache: true };

/** RocksDB 6.17 by the package `rocksdb`. Only for Node below 22: above, loading its binary aborts the process. */
export class RocksdbStore extends BaseStore {
  override readonly engine: ColdEngine = { name: 'rocksdb', version: '6.17.3' };
  readonly #database: Database;
  readonly #options: EngineOptions;
  readonly #spareBatches: NativeBatch[] = [];

  /** `loaded` is what `import('rocksdb')` gave. */
  static from(loaded: unknown, path: string, options: EngineOptions): RocksdbStore {
    if (!isPackage(loaded)) throw new TypeError('package rocksdb: unexpected exports');
    return new RocksdbStore(path, new loaded.default(path), options);
  }

  private constructor(path: string, database: Database, options: EngineOptions) {
    super(path);
    this.#database = database;
    this.#options = options;
  }

  protected override openEngine(): Promise<void> {
    const { blockCacheBytes, writeBufferBytes, blockBytes, maxOpenFiles, compression } = this.#options;
    return settle((done) =>
      this.#database.open(
        {
          createIfMissing: true,
          cacheSize: blockCacheBytes,
          writeBufferSize: writeBufferBytes,
          blockSize: blockBytes,
          maxOpenFiles,
          compression,
        },
        done,
      ),
    );
  }

  protected override closeEngine(): Promise<void> {
    return settle((done) => this.#database.close(done));
  }

  protected override readMany(keys: readonly Buffer[]): Promise<(Buffer | undefined)[]> {
    return new Promise((resolve, reject) => {
      this.#database._getMany(keys, readOptions, (error, values) => (error ? reject(error) : resolve(values)));
    });
  }

  protected override async writeBatch(batch: ColdBatch, sync: boolean): Promise<void> {
    const native = this.#spareBatches.pop() ?? this.#database._chainedBatch();
    for (let at = 0; at < batch.count; at++) {
      const value = batch.valueAt(at);
      if (value === undefined) native._del(batch.keyAt(at));
      else native._put(batch.keyAt(at), value);
    }
    try {
      await settle((done) => native._write({ sync }, done));
    } finally {
      native._clear();
      if (this.#spareBatches.length < SPARE_BATCHES) this.#spareBatches.push(native);
    }
  }

  protected override syncLog(): Promise<void> {
    return settle((done) => this.#database._del(FLUSH_KEY, { sync: true }, done));
  }

  protected override iterateEngine(range: KeyRange, values: boolean, limit: number | undefined): EngineIterator {
    const native = this.#database._iterator({
      gte: range.gte,
      lt: range.lt,
      keys: true,
      values,
      limit: limit ?? -1,
      fillCache: false,
      keyAsBuffer: true,
      valueAsBuffer: true,
      highWaterMark: CHUNK_BYTES,
    });
    return {
      next: async () => {
        const keys: Buffer[] = [];
        const found: Buffer[] = [];
        // The first read of an iterator brings one record only; it is not worth a chunk of its own.
        do await readCached(native, values, keys, found);
        while (keys.length === 1 && !native.finished);
        return { keys, values: found };
      },
      end: () => settle((done) => native._end(done)),
    };
  }

  protected override readProperty(name: string): string | undefined {
    return this.#database.getProperty(name) || undefined;
  }

  protected override diskBytes(): number {
    return Number(this.#database.getProperty('rocksdb.total-sst-files-size'));
  }
}

/** Appends all records of one native read (up to 1000 records or CHUNK_BYTES). */
function readCached(native: NativeIterator, withValues: boolean, keys: Buffer[], values: Buffer[]): Promise<void> {
  return new Promise((resolve, reject) => {
    native._next((error, key, value) => {
      if (error) return reject(error);
      if (key === undefined) return resolve();
      keys.push(key);
      if (withValues && value !== undefined) values.push(value);
      const rest = native.cache ?? [];
      native.cache = null;
      for (let at = rest.length - 1; at > 0; at -= 2) {
        const nextKey = rest[at];
        const nextValue = rest[at - 1];
        if (nextKey !== undefined) keys.push(nextKey);
        if (withValues && nextValue !== undefined) values.push(nextValue);
      }
      resolve();
    });
  });
}

function settle(start: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));
}
