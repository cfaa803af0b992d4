import { type ColdStore, ColdStoreError } from './store.ts';

/**
 * What the engine tells of itself since it was opened. Counts and bytes; those of `rocksdb.stats` are printed by RocksDB in GB with two decimals, so
 * they come in steps of 10 MiB.
 */
export interface EngineFigures {
  readonly memtableBytes: number;
  readonly immutableMemtables: number;
  readonly runningFlushes: number;
  readonly runningCompactions: number;
  readonly pendingCompactionBytes: number;
  readonly level0Files: number;
  readonly writeStopped: number;
  /** Bytes per second that writers are held to; 0 for no limit. */
  readonly delayedWriteRate: number;
  readonly blockCacheBytes: number;
  /** Given to it to write, before the log. */
  readonly ingestBytes: number;
  readonly logBytes: number;
  /** Flushes included. */
  readonly compactionWriteBytes: number;
  readonly compactionReadBytes: number;
  /** Writers waited so long for it in all, ms. */
  readonly stallMs: number;
}

const noFigures: EngineFigures = {
  memtableBytes: 0,
  immutableMemtables: 0,
  runningFlushes: 0,
  runningCompactions: 0,
  pendingCompactionBytes: 0,
  level0Files: 0,
  writeStopped: 0,
  delayedWriteRate: 0,
  blockCacheBytes: 0,
  ingestBytes: 0,
  logBytes: 0,
  compactionWriteBytes: 0,
  compactionReadBytes: 0,
  stallMs: 0,
};

/** All zero for an engine that knows none of it, or one that is not open just now. */
export function readEngineFigures(store: ColdStore): EngineFigures {
  try {
    const number = (name: string) => Number(store.property(`rocksdb.${name}`) ?? 0) || 0;
    return {
      memtableBytes: number('cur-size-all-mem-tables'),
      immutableMemtables: number('num-immutable-mem-table'),
      runningFlushes: number('num-running-flushes'),
      runningCompactions: number('num-running-compactions'),
      pendingCompactionBytes: number('estimate-pending-compaction-bytes'),
      level0Files: number('num-files-at-level0'),
      writeStopped: number('is-write-stopped'),
      delayedWriteRate: number('actual-delayed-write-rate'),
      blockCacheBytes: number('block-cache-usage'),
      ...parseStats(store.property('rocksdb.stats') ?? ''),
    };
  } catch (error) {
    if (error instanceof ColdStoreError) return noFigures;
    throw error;
  }
}

type StatsFigures = Pick<
  EngineFigures,
  'ingestBytes' | 'logBytes' | 'compactionWriteBytes' | 'compactionReadBytes' | 'stallMs'
>;

/** Takes the cumulative figures out of the text of the property `rocksdb.stats` (RocksDB 6.17 and 9.7 print the same lines). */
export function parseStats(text: string): StatsFigures {
  const bytes = (pattern: RegExp) => Math.round(Number(pattern.exec(text)?.[1] ?? 0) * 2 ** 30);
  const stall = /^Cumulative stall: (\d+):(\d+):([\d.]+) H:M:S/m.exec(text);
  const [, hours = 0, minutes = 0, seconds = 0] = (stall ?? []).map(Number);
  return {
    ingestBytes: bytes(/^Cumulative writes: .*ingest: ([\d.]+) GB/m),
    logBytes: bytes(/^Cumulative WAL: .*written: ([\d.]+) GB/m),
    compactionWriteBytes: bytes(/^Cumulative compaction: ([\d.]+) GB write/m),
    compactionReadBytes: bytes(/^Cumulative compaction: .* write, ([\d.]+) GB read/m),
    stallMs: Math.round((hours * 3600 + minutes * 60 + seconds) * 1000),
  };
}
