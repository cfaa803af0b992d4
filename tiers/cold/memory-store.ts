import { BaseStore, type EngineIterator } from './base-store.ts';
import { CHUNK_BYTES, CHUNK_RECORDS } from './options.ts';
import { type ColdBatch, type ColdChunk, type ColdEngine, ColdStoreError, type KeyRange } from './store.ts';

/** What a {@link MemoryStore} stores into; keeps its bytes when the store closes, as a directory would. */
export class MemoryDisk {
  /** Latin-1 text compares like the bytes it stands for, so keys are kept as such. */
  readonly records = new Map<string, Buffer>();
  locked = false;
  #sorted: string[] | undefined;

  put(key: string, value: Buffer): void {
    if (!this.records.has(key)) this.#sorted = undefined;
    this.records.set(key, value);
  }

  delete(key: string): void {
    if (this.records.delete(key)) this.#sorted = undefined;
  }

  /** All keys in order. */
  keys(): readonly string[] {
    this.#sorted ??= [...this.records.keys()].sort();
    return this.#sorted;
  }
}

/** A cold store in RAM: the plainest possible meaning of the interface, for tests. Copying a range costs O(records). */
export class MemoryStore extends BaseStore {
  override readonly engine: ColdEngine = { name: 'memory', version: '1' };
  readonly #disk: MemoryDisk;

  constructor(disk: MemoryDisk = new MemoryDisk()) {
    super('memory');
    this.#disk = disk;
  }

  protected override async openEngine(): Promise<void> {
    if (this.#disk.locked) throw new ColdStoreError('io', 'another open store holds the lock of this memory disk');
    this.#disk.locked = true;
  }

  protected override async closeEngine(): Promise<void> {
    this.#disk.locked = false;
  }

  protected override readMany(keys: readonly Buffer[]): Promise<(Buffer | undefined)[]> {
    const values = keys.map((key) => {
      const value = this.#disk.records.get(key.toString('latin1'));
      return value && Buffer.from(value);
    });
    return later(values);
  }

  protected override writeBatch(batch: ColdBatch): Promise<void> {
    for (let at = 0; at < batch.count; at++) {
      const key = batch.keyAt(at).toString('latin1');
      const value = batch.valueAt(at);
      if (value === undefined) this.#disk.delete(key);
      else this.#disk.put(key, Buffer.from(value));
    }
    return later(undefined);
  }

  protected override iterateEngine(range: KeyRange, values: boolean, limit: number | undefined): EngineIterator {
    const gte = range.gte.toString('latin1');
    const lt = range.lt.toString('latin1');
    const snapshot: [string, Buffer][] = [];
    for (const key of this.#disk.keys()) {
      if (snapshot.length === limit) break;
      const value = key >= gte && key < lt ? this.#disk.records.get(key) : undefined;
      if (value !== undefined) snapshot.push([key, value]);
    }
    let at = 0;
    return {
      next: () => {
        const chunk: ColdChunk = { keys: [], values: [] };
        for (let bytes = 0; bytes <= CHUNK_BYTES && chunk.keys.length < CHUNK_RECORDS; at++) {
          const record = snapshot[at];
          if (record === undefined) break;
          chunk.keys.push(Buffer.from(record[0], 'latin1'));
          if (values) chunk.values.push(Buffer.from(record[1]));
          bytes += record[0].length + (values ? record[1].length : 0);
        }
        return later(chunk);
      },
      end: () => Promise.resolve(),
    };
  }

  protected override syncLog(): Promise<void> {
    return later(undefined);
  }

  protected override readProperty(): string | undefined {
    return undefined;
  }

  protected override diskBytes(): number {
    let bytes = 0;
    for (const [key, value] of this.#disk.records) bytes += key.length + value.length;
    return bytes;
  }
}

/** Answers in a later turn of the event loop, as a device would. */
function later<T>(value: T): Promise<T> {
  return new Promise((resolve) => setImmediate(resolve, value));
}
