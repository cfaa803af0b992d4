import { choice, flag, INT_MAX, integer, LLONG_MAX, memory, text } from '../kinds.ts';
import { primaryAddress } from '../special-kinds.ts';

const later = 'replication';

/** Primaries and replicas. */
export const replication = {
  replicaof: primaryAddress({
    default: '',
    immutable: true,
    alias: 'slaveof',
    later,
    about: 'Address of the primary to follow.',
  }),
  masterauth: text({ default: '', sensitive: true, later, about: "The primary's password." }),
  masteruser: text({ default: '', sensitive: true, later, about: 'User name at the primary.' }),
  'replica-serve-stale-data': flag({
    default: 'yes',
    alias: 'slave-serve-stale-data',
    later,
    about: 'Answer while the primary is out of reach.',
  }),
  'replica-read-only': flag({ default: 'yes', alias: 'slave-read-only', later, about: 'Replicas refuse writes.' }),
  'replica-priority': integer(0, INT_MAX, {
    default: '100',
    alias: 'slave-priority',
    later,
    about: "Rank for Sentinel's choice of a new primary; 0 for never.",
  }),
  'replica-announced': flag({ default: 'yes', later, about: 'Let Sentinel see this replica.' }),
  'replica-announce-ip': text({
    default: '',
    alias: 'slave-announce-ip',
    later,
    about: 'Address told to the primary.',
  }),
  'replica-announce-port': integer(0, 65535, {
    default: '0',
    alias: 'slave-announce-port',
    later,
    about: 'Port told to the primary.',
  }),
  'replica-ignore-maxmemory': flag({
    default: 'yes',
    alias: 'slave-ignore-maxmemory',
    later,
    about: 'Replicas leave eviction to the primary.',
  }),
  'replica-ignore-disk-write-errors': flag({
    default: 'no',
    later,
    about: 'Replicas go on when the log cannot be written.',
  }),
  'replica-lazy-flush': flag({
    default: 'no',
    alias: 'slave-lazy-flush',
    later,
    about: 'Drop the old data set in the background before a full sync.',
  }),
  'repl-diskless-sync': flag({ default: 'yes', later, about: 'Send snapshots without a file.' }),
  'repl-diskless-sync-delay': integer(0, INT_MAX, { default: '5', later, about: 'Seconds to wait for more replicas.' }),
  'repl-diskless-sync-max-replicas': integer(0, INT_MAX, { default: '0', later, about: 'Replicas that end the wait.' }),
  'repl-diskless-load': choice(['disabled', 'on-empty-db', 'swapdb'], {
    default: 'disabled',
    later,
    about: 'Load a snapshot from the socket.',
  }),
  'repl-ping-replica-period': integer(1, INT_MAX, {
    default: '10',
    alias: 'repl-ping-slave-period',
    later,
    about: 'Seconds between pings to replicas.',
  }),
  'repl-timeout': integer(1, INT_MAX, {
    default: '60',
    later,
    about: 'Seconds of silence after which a link is dropped.',
  }),
  'repl-disable-tcp-nodelay': flag({ default: 'no', later, about: 'Fewer, larger packets to replicas.' }),
  'repl-backlog-size': memory(
    1,
    LLONG_MAX,
    { default: '1048576', later, about: 'Bytes kept for replicas that return.' },
    [16384, Number.POSITIVE_INFINITY],
  ),
  'repl-backlog-ttl': integer(0, LLONG_MAX, {
    default: '3600',
    later,
    about: 'Seconds after the last replica left until the backlog is freed.',
  }),
  'min-replicas-to-write': integer(0, INT_MAX, {
    default: '0',
    alias: 'min-slaves-to-write',
    later,
    about: 'Replicas needed for writes.',
  }),
  'min-replicas-max-lag': integer(0, INT_MAX, {
    default: '10',
    alias: 'min-slaves-max-lag',
    later,
    about: 'Seconds of lag above which a replica does not count.',
  }),
  'propagation-error-behavior': choice(['ignore', 'panic', 'panic-on-replicas'], {
    default: 'ignore',
    later,
    about: 'What to do when a replicated command fails.',
  }),
} as const;
