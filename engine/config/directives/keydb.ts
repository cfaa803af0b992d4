import { flag, INT_MAX, integer, LLONG_MAX, memory, text } from '../kinds.ts';

/** KeyDB's other directives, so that its files load. */
export const keydb = {
  'min-clients-per-thread': integer(0, 400, {
    default: '20',
    later: 'threads',
    about: 'Clients a thread gets before the next one gets any.',
  }),
  'replica-weighting-factor': integer(1, INT_MAX, {
    default: '2',
    later: 'threads',
    about: 'Clients that a replica counts for.',
  }),
  'active-client-balancing': flag({
    default: 'yes',
    later: 'threads',
    about: 'Hand new clients to the least loaded thread.',
  }),
  'time-thread-priority': flag({
    default: 'no',
    immutable: true,
    later: 'not applicable',
    about: 'Real-time priority of the clock.',
  }),
  'active-replica': flag({
    default: 'no',
    immutable: true,
    later: 'replication',
    about: 'Accept writes while replicating both ways.',
  }),
  'multi-master': flag({ default: 'no', immutable: true, later: 'replication', about: 'Follow several primaries.' }),
  'multi-master-no-forward': flag({
    default: 'no',
    later: 'replication',
    about: 'Do not pass on what other primaries sent.',
  }),
  'replica-quorum': integer(-1, INT_MAX, {
    default: '-1',
    later: 'replication',
    about: 'Primaries that must be up; -1 for all.',
  }),
  'allow-write-during-load': flag({ default: 'no', later: 'replication', about: 'Writes during a full sync.' }),
  'storage-provider-options': text({
    default: '',
    immutable: true,
    later: 'not applicable',
    about: "RocksDB's option string.",
  }),
  'delete-on-evict': flag({
    default: 'no',
    later: 'not applicable',
    about: 'Delete instead of demote; here `storage-provider none` does that.',
  }),
  'flash-disable-key-cache': flag({
    default: 'no',
    later: 'not applicable',
    about: 'No index of cold keys in RAM; here it is needed.',
  }),
  'db-s3-object': text({ default: '', later: 'persistence', about: 'Snapshot in an object store.' }),
  'use-fork': flag({
    default: 'yes',
    immutable: true,
    later: 'not applicable',
    about: 'Snapshots by fork; here there is none.',
  }),
  'multithread-load-enabled': flag({
    default: 'no',
    later: 'persistence',
    about: 'Load snapshots with several threads.',
  }),
  'allow-rdb-resize-op': flag({ default: 'yes', later: 'persistence', about: 'Heed size hints in snapshots.' }),
  'loading-process-events-interval-keys': integer(0, LLONG_MAX, {
    default: '8192',
    later: 'persistence',
    about: 'Keys loaded between two looks at clients.',
  }),
  'enable-async-commands': flag({
    default: 'no',
    later: 'not applicable',
    about: 'Reads on snapshots; here reads run on every thread.',
  }),
  'max-snapshot-slip': integer(0, INT_MAX, {
    default: '400',
    later: 'not applicable',
    about: 'Milliseconds a snapshot may lag.',
  }),
  'enable-async-rehash': flag({ default: 'yes', later: 'not applicable', about: 'Rehash on waiting threads.' }),
  'prefetch-enabled': flag({ default: 'yes', later: 'not applicable', about: 'Fetch keys before the lock is taken.' }),
  'semi-ordered-set-bucket-size': integer(0, 1024, {
    default: '0',
    later: 'not applicable',
    about: 'Without effect in KeyDB too.',
  }),
  'repl-backlog-disk-reserve': memory(0, LLONG_MAX, {
    default: '0',
    immutable: true,
    later: 'replication',
    about: 'File space for the backlog.',
  }),
  'force-backlog-disk-reserve': flag({
    default: 'no',
    immutable: true,
    later: 'replication',
    about: 'Always use that file.',
  }),
  'enable-keydb-fastsync': flag({ default: 'no', later: 'replication', about: "KeyDB's own full sync." }),
  'maxclients-reserved': integer(0, INT_MAX, {
    default: '0',
    later: 'threads',
    about: 'Connections kept for loopback clients.',
  }),
  'overload-protect-percent': integer(0, 200, {
    default: '0',
    later: 'threads',
    about: 'CPU percent above which clients are shed.',
  }),
  'force-eviction-percent': integer(0, 100, {
    default: '0',
    later: 'not applicable',
    about: 'System memory percent above which keys are evicted.',
  }),
  'max-rand-count': integer(0, LLONG_MAX, {
    default: '4611686018427387903',
    later: 'collections',
    about: 'Most elements of one SRANDMEMBER, HRANDFIELD, ZRANDMEMBER.',
  }),
  'enable-motd': flag({
    default: 'yes',
    immutable: true,
    later: 'not applicable',
    about: 'Message of the day; nothing is ever fetched.',
  }),
  'scratch-file-path': text({ default: '', immutable: true, later: 'not applicable', about: 'Legacy.' }),
  testmode: flag({ default: 'no', immutable: true, later: 'not applicable', about: 'For tests.' }),
  'rdbfuzz-mode': text({ default: '', immutable: true, later: 'not applicable', about: 'For tests.' }),
} as const;
