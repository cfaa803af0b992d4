import { mkdir } from 'node:fs/promises';
import { BaseStore, type EngineIterator } from './base-store.ts';
import { isNxtPackage, type NxtBinding, type NxtCallback, type NxtContext } from './nxt-binding.ts';
import { readGuard } from './nxt-read-guard.ts';
import { CHUNK_BYTES, CHUNK_RECORDS, type EngineOptions } from './options.ts';
import { type ColdBatch, type ColdEngine, ColdStoreError, FLUSH_KEY, type KeyRange } from './store.ts';

/** Batches kept for reuse. A dropped one keeps its bytes outside the JS heap until the collector, who does not see them, comes by. */
const SPARE_BATCHES = 4;

/** Ranges with at most this many records are cleared by single deletes: every range tombstone slows the reads of its file. */
const MAX_SINGLE_DELETES = CHUNK_RECORDS;

/** Cheaper than an empty object, in which the binding looks for each option by its name. */
const noOptions = undefined;

/**
 * RocksDB 9.7 by the package `@nxtedition/rocksdb`. Writes run on the calling thread: when RocksDB stalls writers, the thread
 * that owns the store stops too, as long as the stall lasts.
 */
export class NxtStore extends BaseStore {
  override readonly engine: ColdEngine = { name: 'nxt-rocksdb', version: '9.7.4' };
  readonly #binding: NxtBinding;
  readonly #db: NxtContext;
  readonly #options: EngineOptions;
  readonly #spareBatches: NxtContext[] = [];

  /** `loaded` is what `import('@nxtedition/rocksdb/binding.js')` gave. */
  static from(loaded: unknown, path: string, options: EngineOptions): NxtStore {
    if (!isNxtPackage(loaded)) throw new TypeError('package @nxtedition/rocksdb: unexpected exports');
    return new NxtStore(path, loaded.default, options);
  }

  private constructor(path: string, binding: NxtBinding, options: EngineOptions) {
    super(path);
    this.#binding = binding;
    this.#db = binding.db_init(path);
    this.#options = options;
  }

  protected override async openEngine(): Promise<void> {
    await mkdir(this.path, { recursive: true });
    await promised((done) => this.#binding.db_open(this.#db, nativeOptions(this.#options), done));
    readGuard.retain();
  }

  override get readHandle(): bigint | undefined {
    return this.#binding.db_get_handle(this.#db);
  }

  protected override async closeEngine(): Promise<void> {
    readGuard.release();
    await promised((done) => this.#binding.db_close(this.#db, done));
  }

  protected override async readMany(keys: readonly Buffer[]): Promise<(Buffer | undefined)[]> {
    const values = await readGuard.run<(Buffer | undefined | null)[]>((done) =>
      this.#binding.db_get_many(this.#db, keys, noOptions, done),
    );
    return values.map(present);
  }

  protected override async writeBatch(batch: ColdBatch, sync: boolean): Promise<void> {
    const native = this.#spareBatches.pop() ?? this.#binding.batch_init();
    try {
      for (let at = 0; at < batch.count; at++) {
        const value = batch.valueAt(at);
        if (value === undefined) this.#binding.batch_del(native, batch.keyAt(at), noOptions);
        else this.#binding.batch_put(native, batch.keyAt(at), value, noOptions);
      }
      this.#binding.batch_write(this.#db, native, { sync });
    } finally {
      this.#binding.batch_clear(native);
      if (this.#spareBatches.length < SPARE_BATCHES) this.#spareBatches.push(native);
    }
  }

  protected override async syncLog(): Promise<void> {
    const native = this.#binding.batch_init();
    this.#binding.batch_del(native, FLUSH_KEY, noOptions);
    this.#binding.batch_write(this.#db, native, { sync: true });
  }

  protected override iterateEngine(range: KeyRange, values: boolean, limit: number | undefined): EngineIterator {
    const native = this.#binding.iterator_init(this.#db, {
      gte: range.gte,
      lt: range.lt,
      keys: true,
      values,
      limit: limit ?? -1,
      fillCache: false,
      keyEncoding: 'buffer',
      valueEncoding: 'buffer',
      highWaterMarkBytes: CHUNK_BYTES,
    });
    let finished = false;
    return {
      next: async () => {
        if (finished) return { keys: [], values: [] };
        const result = await promised<{ rows: Buffer[]; finished: boolean }>((done) =>
          this.#binding.iterator_nextv(native, CHUNK_RECORDS, done),
        );
        finished = result.finished;
        return unzip(result.rows, values);
      },
      end: async () => this.#binding.iterator_close(native),
    };
  }

  override async deleteRange(range: KeyRange): Promise<void> {
    const probe = this.iterate(range, { values: false, limit: MAX_SINGLE_DELETES + 1 });
    let found = 0;
    try {
      for (let chunk = await probe.nextChunk(); chunk !== undefined; chunk = await probe.nextChunk()) {
        found += chunk.keys.length;
      }
    } finally {
      await probe.close();
    }
    if (found <= MAX_SINGLE_DELETES) return super.deleteRange(range);
    return this.request(async () => this.#binding.db_clear(this.#db, { gte: range.gte, lt: range.lt }));
  }

  protected override readProperty(name: string): string | undefined {
    return this.#binding.db_get_property(this.#db, name) || undefined;
  }

  protected override diskBytes(): number {
    return Number(this.#binding.db_get_property(this.#db, 'rocksdb.total-sst-files-size'));
  }
}

function nativeOptions(options: EngineOptions): object {
  return {
    createIfMissing: true,
    // None: the hot tier stands above RocksDB and the page cache below it, nobody asks for a block again soon, and looking for it costs CPU.
    cacheSize: 0,
    // The binding has no plain write buffer option: a `compaction` mode makes memtables of a quarter of this budget and flushes two
    // at a time. `level` would compress with zstd from level 2 on whatever `compression` says, and rewrites records more often.
    compaction: 'universal',
    memtableMemoryBudget: options.writeBufferBytes * 2,
    blockSize: options.blockBytes,
    compression: options.compression,
    // On by default in the binding; costs about as much CPU as the rest of a write and gains nothing on random bytes.
    walCompression: false,
    parallelism: 2,
  };
}

/** The binding says null for "gave up half-way", which without limits or deadline it must not. */
function present(value: Buffer | undefined | null): Buffer | undefined {
  if (value === null) throw new ColdStoreError('io', 'the cold store gave up a read');
  return value;
}

function unzip(rows: Buffer[], withValues: boolean): { keys: Buffer[]; values: Buffer[] } {
  const keys: Buffer[] = [];
  const values: Buffer[] = [];
  for (let at = 0; at < rows.length; at += 2) {
    const key = rows[at];
    const value = rows[at + 1];
    if (key !== undefined) keys.push(key);
    if (withValues && value !== undefined) values.push(value);
  }
  return { keys, values };
}

function promised<T>(start: (done: NxtCallback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => start((error, result) => (error ? reject(error) : resolve(result))));
}
