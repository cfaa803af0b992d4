/** Tuning of a RocksDB cold store. Defaults suit a cache beside a large hot tier: the page cache, not RocksDB, keeps blocks. */
export interface EngineOptions {
  /** Uncompressed blocks that RocksDB 6.17 keeps itself, outside maxmemory. 9.7 keeps none: see nxt-adapter.ts. Default 8 MiB. */
  readonly blockCacheBytes: number;
  /** What is flushed at once: one memtable of RocksDB 6.17, two of half the size of 9.7. Some more may wait. Default 16 MiB. */
  readonly writeBufferBytes: number;
  /** Smaller: less to read for a record. Larger: fewer index entries in RAM (one per block). Default 4 KiB. */
  readonly blockBytes: number;
  /** Table files held open, each with its index and filter in RAM (about 1 MiB per 64 MiB file). Only RocksDB 6.17; 9.7 holds all. Default 512. */
  readonly maxOpenFiles: number;
  /** snappy (RocksDB 6.17) or zstd (9.7) for table files. Default false: values of a cache often are compressed already. */
  readonly compression: boolean;
}

export const defaultEngineOptions: EngineOptions = {
  blockCacheBytes: 8 << 20,
  writeBufferBytes: 16 << 20,
  blockBytes: 4 << 10,
  maxOpenFiles: 512,
  compression: false,
};

/** A chunk of an iterator ends after the record that exceeds this, or after CHUNK_RECORDS. */
export const CHUNK_BYTES = 256 << 10;
export const CHUNK_RECORDS = 1000;
