import type { Config } from './config.ts';

/** The sizes at which values change their encoding: each field is the directive named beside it, as it stands now. */
export interface CollectionLimits {
  /** `hash-max-listpack-entries`: fields of a flat hash. */
  readonly hashEntries: number;
  /** `hash-max-listpack-value`: bytes of the longest field or value in a flat hash. */
  readonly hashValue: number;
  /** `list-max-listpack-size`: entries per block, or -1 to -5 for blocks of 4, 8, 16, 32, 64 KiB; less is as -5, 0 as 1. */
  readonly listSize: number;
  /** `list-compress-depth`: blocks at both ends left as they are. */
  readonly listCompressDepth: number;
  /** `set-max-intset-entries`: members of a flat set of integers. */
  readonly intsetEntries: number;
  /** `zset-max-listpack-entries`: members of a flat sorted set. */
  readonly zsetEntries: number;
  /** `zset-max-listpack-value`: bytes of the longest member in a flat sorted set. */
  readonly zsetValue: number;
  /** `stream-node-max-bytes`: bytes of a stream's block; 0 for no limit. */
  readonly streamNodeBytes: number;
  /** `stream-node-max-entries`: entries of a stream's block; 0 for no limit. */
  readonly streamNodeEntries: number;
  /** `hll-sparse-max-bytes`: bytes of a sparse HyperLogLog. */
  readonly hllSparseBytes: number;
}

/**
 * One object per configuration, whose plain fields follow CONFIG SET: a command reads `server.collectionLimits.hashEntries`, which costs a
 * load. Limits beyond 2^53 are not exact, and no collection will notice.
 */
export function followCollectionLimits(config: Config): CollectionLimits {
  const limits = {
    hashEntries: 0,
    hashValue: 0,
    listSize: 0,
    listCompressDepth: 0,
    intsetEntries: 0,
    zsetEntries: 0,
    zsetValue: 0,
    streamNodeBytes: 0,
    streamNodeEntries: 0,
    hllSparseBytes: 0,
  };
  for (const [field, directive] of Object.entries(directiveOf) as [keyof CollectionLimits, Directive][]) {
    config.watch(directive, (value) => {
      limits[field] = value;
    });
  }
  return limits;
}

const directiveOf = {
  hashEntries: 'hash-max-listpack-entries',
  hashValue: 'hash-max-listpack-value',
  listSize: 'list-max-listpack-size',
  listCompressDepth: 'list-compress-depth',
  intsetEntries: 'set-max-intset-entries',
  zsetEntries: 'zset-max-listpack-entries',
  zsetValue: 'zset-max-listpack-value',
  streamNodeBytes: 'stream-node-max-bytes',
  streamNodeEntries: 'stream-node-max-entries',
  hllSparseBytes: 'hll-sparse-max-bytes',
} as const satisfies Record<keyof CollectionLimits, string>;

type Directive = (typeof directiveOf)[keyof CollectionLimits];
