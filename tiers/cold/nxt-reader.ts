import { isNxtPackage, type NxtBinding, type NxtContext, nxtModule } from './nxt-binding.ts';
import { readGuard } from './nxt-read-guard.ts';
import type { ReadDoor } from './read-door.ts';

/**
 * Each option that an object might have costs the binding a look-up by name, five of them a sixth of a read from the page cache. What an object
 * could say that matters, not to fill the block cache, is said by having none (nxt-adapter.ts).
 */
const noOptions = undefined;

/** Reads from a database that another thread of this process has opened with `@nxtedition/rocksdb`, while its door is open. */
export class NxtReader {
  private readonly door: ReadDoor;
  private readonly keys: Buffer[] = [];
  private binding: NxtBinding | undefined;
  private database: NxtContext | undefined;
  /** Which opening of the door `database` belongs to. */
  private opening = 0;

  constructor(door: ReadDoor) {
    this.door = door;
  }

  /** Loads the binding for this thread, if the owner has opened the door by means of it; harmless when repeated. */
  async load(): Promise<void> {
    if (this.door.opening === 0 || this.binding !== undefined) return;
    const specifier: string = nxtModule;
    const loaded: unknown = await import(specifier);
    if (isNxtPackage(loaded)) this.binding = loaded.default;
  }

  /** Whether a read has a chance. */
  get ready(): boolean {
    return this.binding !== undefined && this.door.opening !== 0;
  }

  read(recordKey: Buffer): Buffer | undefined | null {
    const { door, keys, binding } = this;
    const database = this.enter();
    if (database === undefined || binding === undefined) return null;
    try {
      keys[0] = recordKey;
      return binding.db_get_many_sync(database, keys, noOptions)[0];
    } catch {
      // Damaged, or the device failed: whoever reads it by way of the owner will be told why.
      return null;
    } finally {
      door.leave();
    }
  }

  /** The same on the pool's threads; no values at all when one of them fails. `settle` is called once, perhaps before this returns. */
  readMany(recordKeys: readonly Buffer[], settle: (values: readonly (Buffer | undefined | null)[]) => void): void {
    const { door, binding } = this;
    const database = this.enter();
    if (binding === undefined || database === undefined) {
      settle([]);
      return;
    }
    readGuard.retain();
    const over = (values: readonly (Buffer | undefined | null)[]) => {
      readGuard.release();
      door.leave();
      settle(values);
    };
    readGuard.call<(Buffer | undefined | null)[]>(
      (done) => binding.db_get_many(database, recordKeys, noOptions, done),
      over,
      () => over([]),
    );
  }

  /** Begins a read: the open database, or undefined when there is none. */
  private enter(): NxtContext | undefined {
    const { door, binding } = this;
    if (binding === undefined) return undefined;
    const opening = door.enter();
    if (opening === 0) return undefined;
    if (opening !== this.opening) {
      this.database = binding.db_init(door.handle);
      this.opening = opening;
    }
    return this.database;
  }
}
