/** A native object of the binding. */
export type NxtContext = object;
export type NxtCallback<T> = (error: Error | null, result: T) => void;

export const nxtModule = '@nxtedition/rocksdb/binding.js';

/**
 * The part of `@nxtedition/rocksdb/binding.js` that is used; the package has no types. The binding itself, not the package's
 * class around it, because only so is the callback ours that the adapter's ReadGuard recognizes.
 */
export interface NxtBinding {
  /** A new database of that directory, or one that is open elsewhere in the process, by its handle. */
  db_init(pathOrHandle: string | bigint): NxtContext;
  /** Good until the database is closed. */
  db_get_handle(db: NxtContext): bigint;
  db_open(db: NxtContext, options: object, done: NxtCallback<unknown>): void;
  db_close(db: NxtContext, done: NxtCallback<unknown>): void;
  db_get_many(
    db: NxtContext,
    keys: readonly Buffer[],
    options: object | undefined,
    done: NxtCallback<(Buffer | undefined | null)[]>,
  ): void;
  /** Throws. */
  db_get_many_sync(db: NxtContext, keys: readonly Buffer[], options: object | undefined): (Buffer | undefined | null)[];
  db_get_property(db: NxtContext, name: string): string;
  /** One range tombstone; synchronous, throws. */
  db_clear(db: NxtContext, range: object): void;
  batch_init(): NxtContext;
  batch_put(batch: NxtContext, key: Buffer, value: Buffer, options: object | undefined): void;
  batch_del(batch: NxtContext, key: Buffer, options: object | undefined): void;
  batch_clear(batch: NxtContext): void;
  /** Synchronous, throws. */
  batch_write(db: NxtContext, batch: NxtContext, options: object): void;
  iterator_init(db: NxtContext, options: object): NxtContext;
  iterator_nextv(iterator: NxtContext, count: number, done: NxtCallback<{ rows: Buffer[]; finished: boolean }>): void;
  iterator_close(iterator: NxtContext): void;
}

export function isNxtPackage(loaded: unknown): loaded is { default: NxtBinding } {
  if (typeof loaded !== 'object' || loaded === null || !('default' in loaded)) return false;
  const binding = loaded.default;
  return typeof binding === 'object' && binding !== null && 'db_get_many' in binding && 'iterator_nextv' in binding;
}
