/**
 * What Redis's `maxmemory-policy` names (https://redis.io/docs/latest/develop/reference/eviction/) mean here.
 *
 * With a cold tier that has room, full memory demotes: nothing is lost, so every name does the same: `tier-policy`'s choice among all keys. The names say
 * what may be *lost*, so they count when there is no cold tier, or when it has reached `maxstorage`.
 *
 * `*-lru` and `*-lfu` share one order, that of `tier-policy`: by default it heeds recency and frequency both, and misses at most 2 % more than the better of exact
 * LRU and LFU on nearly all that was measured (docs/decisions/0004-hot-tier-policy.md).
 */
export type MaxmemoryPolicyName = keyof typeof policies;
/** Which keys may be deleted: all, or only those with an expiry. */
export type EvictionScope = 'all' | 'volatile';
/** In which order: the hot queues', random slots, or the nearest expiry among samples (`SampledVictims`). */
export type EvictionOrder = 's3fifo' | 'random' | 'ttl';

export interface MaxmemoryPolicy {
  readonly scope: EvictionScope;
  readonly order: EvictionOrder;
  /** Whether keys may be deleted at all; if not, writes fail with -OOM when nothing can be demoted. */
  readonly delete: boolean;
}

const policies = {
  noeviction: { scope: 'all', order: 's3fifo', delete: false },
  'allkeys-lru': { scope: 'all', order: 's3fifo', delete: true },
  'allkeys-lfu': { scope: 'all', order: 's3fifo', delete: true },
  'allkeys-random': { scope: 'all', order: 'random', delete: true },
  'volatile-lru': { scope: 'volatile', order: 's3fifo', delete: true },
  'volatile-lfu': { scope: 'volatile', order: 's3fifo', delete: true },
  'volatile-random': { scope: 'volatile', order: 'random', delete: true },
  'volatile-ttl': { scope: 'volatile', order: 'ttl', delete: true },
} as const satisfies Record<string, MaxmemoryPolicy>;

function isPolicyName(name: string): name is MaxmemoryPolicyName {
  return Object.hasOwn(policies, name);
}

/** The policy of a name as CONFIG knows it (lower case), `undefined` when there is none. */
export function maxmemoryPolicy(name: string): MaxmemoryPolicy | undefined {
  return isPolicyName(name) ? policies[name] : undefined;
}

/** What the mover does about memory above its mark. */
export interface Relief {
  /** `refuse`: nothing can go; commands that need memory get -OOM. */
  readonly action: 'demote' | 'delete' | 'refuse';
  readonly scope: EvictionScope;
  readonly order: EvictionOrder;
}

const DEMOTE: Relief = { action: 'demote', scope: 'all', order: 's3fifo' };
const REFUSE: Relief = { action: 'refuse', scope: 'all', order: 's3fifo' };

/** How memory is to be relieved under `policy`; `coldTierHasRoom` is false as well when there is no cold tier. */
export function reliefOf(policy: MaxmemoryPolicy, coldTierHasRoom: boolean): Relief {
  if (coldTierHasRoom) return DEMOTE;
  return policy.delete ? { action: 'delete', scope: policy.scope, order: policy.order } : REFUSE;
}
