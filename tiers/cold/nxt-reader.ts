import { isNxtPackage, type NxtBinding, type NxtContext, nxtModule } from './nxt-binding.ts';
import type { ReadDoor } from './read-door.ts';

/**
 * What reads leave in the block cache nobody will ask for again (the hot tier stands above it), and putting it there costs a tenth of a
 * read.
 */
const readOptions = { fillCache: false };

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

  read(recordKey: Buffer): Buffer | undefined {
    const { door, binding, keys } = this;
    if (binding === undefined) return undefined;
    const opening = door.enter();
    if (opening === 0) return undefined;
    try {
      if (opening !== this.opening || this.database === undefined) {
        this.database = binding.db_init(door.handle);
        this.opening = opening;
      }
      keys[0] = recordKey;
      return binding.db_get_many_sync(this.database, keys, readOptions)[0] ?? undefined;
    } catch {
      // Damaged, or the device failed: whoever reads it by way of the owner will be told why.
      return undefined;
    } finally {
      door.leave();
    }
  }
}
