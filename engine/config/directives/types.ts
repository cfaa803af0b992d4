import { flag, INT_MAX, INT_MIN, integer, LLONG_MAX, memory } from '../kinds.ts';

const later = 'collections';

/** Sizes at which values change their encoding, and scripts. */
export const types = {
  'hash-max-listpack-entries': integer(0, LLONG_MAX, {
    default: '512',
    alias: 'hash-max-ziplist-entries',
    about: 'Fields of a hash that is one flat block.',
  }),
  'hash-max-listpack-value': memory(0, LLONG_MAX, {
    default: '64',
    alias: 'hash-max-ziplist-value',
    about: 'Longest field or value in a flat hash.',
  }),
  'list-max-listpack-size': integer(INT_MIN, INT_MAX, {
    default: '-2',
    alias: 'list-max-ziplist-size',
    later,
    about: "Size of a list's blocks: entries, or -1 to -5 for 4 to 64 kB.",
  }),
  'list-compress-depth': integer(0, INT_MAX, {
    default: '0',
    later,
    about: 'Blocks at both ends of a list left uncompressed; 0 for no compression.',
  }),
  'set-max-intset-entries': integer(0, LLONG_MAX, {
    default: '512',
    about: 'Members of a set of integers that is one flat block.',
  }),
  'zset-max-listpack-entries': integer(0, LLONG_MAX, {
    default: '128',
    alias: 'zset-max-ziplist-entries',
    about: 'Members of a sorted set that is one flat block.',
  }),
  'zset-max-listpack-value': memory(0, LLONG_MAX, {
    default: '64',
    alias: 'zset-max-ziplist-value',
    about: 'Longest member in a flat sorted set.',
  }),
  'hll-sparse-max-bytes': memory(0, LLONG_MAX, {
    default: '3000',
    about: 'Size up to which a HyperLogLog is sparse.',
  }),
  'stream-node-max-bytes': memory(0, LLONG_MAX, { default: '4096', about: "Bytes of a stream's block." }),
  'stream-node-max-entries': integer(0, LLONG_MAX, { default: '100', about: "Entries of a stream's block." }),
  'busy-reply-threshold': integer(0, LLONG_MAX, {
    default: '5000',
    alias: 'lua-time-limit',
    later: 'scripting',
    about: 'Milliseconds after which a running script makes others get BUSY.',
  }),
  'lua-enable-deprecated-api': flag({
    default: 'no',
    immutable: true,
    hidden: true,
    later: 'scripting',
    about: 'Old globals in scripts.',
  }),
} as const;
