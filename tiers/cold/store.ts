import { assert } from '../base/assert.ts';

/** The store keeps keys shorter than this for itself; see {@link FLUSH_KEY}. */
export const MIN_KEY_BYTES = 2;

/**
 * A key that no caller can write. Adapters delete it with `sync` to force the write-ahead log to the device, because neither
 * binding offers a call for that and an empty batch is dropped before it reaches the log.
 */
export const FLUSH_KEY = Buffer.of(0);

/**
 * What can go wrong below. `io`: the device, the file system or the lock said no; `corrupt`: bytes came back that nobody wrote;
 * `full`: no space left; `closed`: the store is not open (a race with shutdown, or it never opened).
 */
export type ColdErrorKind = 'io' | 'corrupt' | 'full' | 'closed';

/** The only error that a {@link ColdStore} rejects with. `message` is one line for the operator; `cause` is what the engine said. */
export class ColdStoreError extends Error {
  override name = 'ColdStoreError';
  readonly kind: ColdErrorKind;

  constructor(kind: ColdErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
  }
}

/** Keys from `gte` (included) to `lt` (not included), compared byte by byte as unsigned numbers; a prefix sorts first. */
export interface KeyRange {
  readonly gte: Buffer;
  readonly lt: Buffer;
}

export interface IterateOptions {
  /** false: `values` of every chunk stays empty and no value is copied. Default true. */
  readonly values?: boolean;
  /** At most this many records in all. Default: no limit. */
  readonly limit?: number;
}

/** Some hundred records in key order; `values[i]` belongs to `keys[i]`. The receiver owns the buffers. */
export interface ColdChunk {
  readonly keys: Buffer[];
  readonly values: Buffer[];
}

/**
 * A reader of one range. It sees the store as it was when `iterate` was called, whatever is written meanwhile, and pins those
 * bytes on disk, so it must not live for hours. One `nextChunk` at a time.
 */
export interface ColdIterator {
  /** The next chunk, never an empty one; undefined at the end. */
  nextChunk(): Promise<ColdChunk | undefined>;
  /** Frees the snapshot. Needed in every case, also at the end and after an error; harmless when repeated. */
  close(): Promise<void>;
}

export interface ColdEngine {
  readonly name: 'rocksdb' | 'nxt-rocksdb' | 'memory';
  /** Version of the engine, not of its Node package. */
  readonly version: string;
}

/**
 * An ordered store of bytes below the hot tier. One thread owns it and makes all calls.
 *
 * - Every method but `open`, `close` and `property` may be called any number of times without waiting for the earlier calls.
 * - A read sees all writes whose promise had resolved when the read began; of later ones it may see all or nothing.
 * - Writes take effect in the order of the calls.
 * - Rejections are always {@link ColdStoreError}; the store stays usable after one, except as {@link ColdStore.write} says.
 */
export interface ColdStore {
  readonly engine: ColdEngine;

  /** While it is open: what lets other threads of the process read from it (see read-door.ts); undefined where they cannot. */
  readonly readHandle: bigint | undefined;

  /** Opens or creates. Rejects with `io` when another store, here or in another process, has the directory open. Not reusable after `close`. */
  open(): Promise<void>;

  /**
   * Values in the order of the keys, undefined where there is none. The store has copied the keys when this returns; the caller
   * owns the values. One damaged value fails the whole batch with `corrupt`: ask again one by one to find it.
   */
  getMany(keys: readonly Buffer[]): Promise<(Buffer | undefined)[]>;

  /**
   * All of the batch or nothing, in its order, so of two entries for one key the later wins. The store has copied the batch when
   * this returns (not only when it resolves), so the batch and the buffers in it may be reused at once. When it resolves, the
   * records survive the death of the process (kill -9); with `sync` that of the machine too.
   * After `full` or `io` an engine may refuse all further writes until it is opened again: close it and open a new store.
   */
  write(batch: ColdBatch, options?: { readonly sync?: boolean }): Promise<void>;

  iterate(range: KeyRange, options?: IterateOptions): ColdIterator;

  /**
   * Removes what the range holds when the call starts, in steps small enough that reads and writes go on between them. Not
   * atomic: a crash leaves a part, so the caller notes what it wanted to clear. Nobody may write into the range meanwhile.
   */
  deleteRange(range: KeyRange): Promise<void>;

  /** Everything written so far is on the device when this resolves. */
  flush(): Promise<void>;

  /** Bytes that the store takes on disk, from the engine's own count: cheap, some per cent off, without the log. */
  estimateBytes(): Promise<number>;

  /** A counter or text of the engine such as `rocksdb.stats`; undefined when the engine does not know it. Throws `closed`. */
  property(name: string): string | undefined;

  /** Lets requests in flight finish, ends iterators, closes. Later calls reject with `closed`; a second close is harmless. */
  close(): Promise<void>;
}

/**
 * Puts and deletes to be written as one. Made to be reused: `clear` keeps the arrays, so that filling it again allocates nothing.
 * It refers to the caller's buffers until `write` has returned.
 */
export class ColdBatch {
  readonly #keys: Buffer[] = [];
  readonly #values: (Buffer | undefined)[] = [];
  #count = 0;
  #bytes = 0;

  /** Number of puts and deletes. */
  get count(): number {
    return this.#count;
  }

  /** Sum of the lengths of all keys and values. */
  get bytes(): number {
    return this.#bytes;
  }

  put(key: Buffer, value: Buffer): void {
    this.#add(key, value);
    this.#bytes += key.length + value.length;
  }

  delete(key: Buffer): void {
    this.#add(key, undefined);
    this.#bytes += key.length;
  }

  /** Key of entry `at`, 0 <= at < count. */
  keyAt(at: number): Buffer {
    const key = this.#keys[at];
    assert(key !== undefined && at < this.#count, 'batch entry out of range');
    return key;
  }

  /** Value of entry `at`; undefined for a delete. */
  valueAt(at: number): Buffer | undefined {
    return this.#values[at];
  }

  /** Leaves out the entries that `keep` denies; the others keep their order. */
  retain(keep: (at: number) => boolean): void {
    const count = this.#count;
    this.clear();
    for (let at = 0; at < count; at++) {
      const key = this.#keys[at];
      if (key === undefined || !keep(at)) continue;
      const value = this.#values[at];
      if (value === undefined) this.delete(key);
      else this.put(key, value);
    }
  }

  clear(): void {
    this.#count = 0;
    this.#bytes = 0;
  }

  #add(key: Buffer, value: Buffer | undefined): void {
    assert(key.length >= MIN_KEY_BYTES, 'cold key too short');
    this.#keys[this.#count] = key;
    this.#values[this.#count] = value;
    this.#count += 1;
  }
}
