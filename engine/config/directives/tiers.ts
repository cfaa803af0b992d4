import { availableParallelism } from 'node:os';
import { tierPolicyNames } from '../../../tiers/policy/names.ts';
import { choice, flag, integer, LLONG_MAX, memory, text, ULLONG_MAX } from '../kinds.ts';
import { storageProvider } from '../special-kinds.ts';

/** Threads and tiers: what StrataKV adds; names follow KeyDB where it has one. */
export const tiers = {
  'server-threads': integer(1, 64, {
    // One core is left to the cold tier: decision 0005 has the measurement.
    default: String(Math.max(1, Math.min(availableParallelism() - 1, 4))),
    defaultNote: 'cores - 1, from 1 to 4',
    immutable: true,
    alias: 'io-threads',
    about: 'Front-end threads.',
  }),
  'server-thread-affinity': text(
    { default: 'no', immutable: true, later: 'threads', about: 'Pin threads to cores: no, yes or the first core.' },
    (word) =>
      /^(?:yes|no|true|false|\d{1,4})$/i.test(word)
        ? undefined
        : "argument must be 'yes', 'no' or the number of the first core",
  ),
  'storage-provider': storageProvider({
    default: 'flash ./data/flash',
    immutable: true,
    about: 'The cold tier: a RocksDB folder, or none.',
  }),
  'storage-cache-mode': choice(['writeback', 'writethrough'], {
    default: 'writeback',
    immutable: true,
    about: 'When writes reach the cold tier: writeback, at checkpoints; writethrough, before they are acknowledged.',
  }),
  'storage-flush-period': integer(1, LLONG_MAX, { default: '1000', about: 'Milliseconds between checkpoints.' }),
  maxstorage: memory(0, ULLONG_MAX, {
    default: '0',
    about:
      'Bytes that may live in the cold tier. Above, the coldest keys are deleted if maxmemory-policy allows it, else nothing is demoted; 0 for no bound.',
  }),
  'tier-policy': choice(tierPolicyNames, {
    default: 'adaptive',
    about: 'How values that are to leave RAM are chosen (docs/decisions/0004-hot-tier-policy.md).',
  }),
  'storage-admission': choice(['all', 'reuse', 'frequency'], {
    default: 'all',
    about:
      'Values that leave RAM and are written to the cold tier; the others are dropped if maxmemory-policy allows it: all, reuse (used again), frequency (used twice).',
  }),
  'storage-sync': flag({ default: 'no', about: 'Wait for the device (fsync) at every write to the cold tier.' }),
  'prometheus-port': integer(0, 65535, {
    default: '0',
    immutable: true,
    about:
      'Port for GET /metrics, at the addresses of bind, or of loopback when bind is the default; 0 for none. See docs/MONITORING.md.',
  }),
  'dashboard-port': integer(0, 65535, {
    default: '0',
    immutable: true,
    about:
      'Port of a web page that shows what the server does, for users who log in as for AUTH; over TLS when there is a tls-port. At the addresses of bind, or of loopback when bind is the default; 0 for none. See docs/MONITORING.md.',
  }),
  'version-override': text({ default: '', immutable: true, about: 'Version shown by INFO and HELLO.' }),
  'soft-shutdown': flag({
    default: 'no',
    later: 'process',
    about: 'The first signal stops accepting, the second shuts down.',
  }),
  'availability-zone': text({ default: '', about: 'Only shown by INFO.' }),
} as const;
