import { choice, flag, INT_MAX, integer, LLONG_MAX, memory, text, ULLONG_MAX } from '../kinds.ts';
import { hostnameProblem } from '../special-kinds.ts';

const later = 'cluster';

/** Redis Cluster. */
export const cluster = {
  'cluster-enabled': flag({ default: 'no', immutable: true, later, about: 'Be a node of a cluster.' }),
  'cluster-config-file': text({ default: 'nodes.conf', immutable: true, later, about: "The node's own state file." }),
  'cluster-port': integer(0, 65535, {
    default: '0',
    immutable: true,
    later,
    about: 'Port of the cluster bus; 0 for port + 10000.',
  }),
  'cluster-node-timeout': integer(0, LLONG_MAX, {
    default: '15000',
    later,
    about: 'Milliseconds after which a silent node is failing.',
  }),
  'cluster-announce-ip': text({ default: '', later, about: 'Address told to other nodes.' }),
  'cluster-announce-hostname': text({ default: '', later, about: 'Host name told to clients.' }, hostnameProblem),
  'cluster-announce-port': integer(0, 65535, { default: '0', later, about: 'Port told to other nodes.' }),
  'cluster-announce-tls-port': integer(0, 65535, { default: '0', later, about: 'TLS port told to other nodes.' }),
  'cluster-announce-bus-port': integer(0, 65535, { default: '0', later, about: 'Bus port told to other nodes.' }),
  'cluster-preferred-endpoint-type': choice(['ip', 'hostname', 'unknown-endpoint'], {
    default: 'ip',
    later,
    about: 'What redirects name.',
  }),
  'cluster-require-full-coverage': flag({ default: 'yes', later, about: 'Refuse queries while a slot has no owner.' }),
  'cluster-replica-validity-factor': integer(0, INT_MAX, {
    default: '10',
    alias: 'cluster-slave-validity-factor',
    later,
    about: 'How old a replica may be to take over.',
  }),
  'cluster-replica-no-failover': flag({
    default: 'no',
    alias: 'cluster-slave-no-failover',
    later,
    about: 'Never take over.',
  }),
  'cluster-allow-replica-migration': flag({
    default: 'yes',
    later,
    about: 'Replicas may move to primaries without one.',
  }),
  'cluster-migration-barrier': integer(0, INT_MAX, {
    default: '1',
    later,
    about: 'Replicas that a primary keeps when others move.',
  }),
  'cluster-allow-reads-when-down': flag({ default: 'no', later, about: 'Reads while the cluster is down.' }),
  'cluster-allow-pubsubshard-when-down': flag({
    default: 'yes',
    later,
    about: 'Sharded pub/sub while the cluster is down.',
  }),
  'cluster-link-sendbuf-limit': memory(0, ULLONG_MAX, {
    default: '0',
    later,
    about: 'Bytes that may wait on a bus link.',
  }),
} as const;
