import { bufferLimits } from '../buffer-limits-kind.ts';
import { choice, flag, INT_MAX, integer, LLONG_MAX, memory, memoryOrPercent, octal, text, UINT_MAX } from '../kinds.ts';
import { bindAddresses } from '../special-kinds.ts';

/** Sockets, connections and their limits. */
export const network = {
  bind: bindAddresses({ default: '* -::*', about: 'Addresses to listen on; a leading `-` lets one be absent.' }),
  port: integer(0, 65535, { default: '6379', about: 'TCP port; 0 for none.' }),
  'bind-source-addr': text({ default: '', later: 'replication', about: 'Local address of outgoing connections.' }),
  'protected-mode': flag({ default: 'yes', about: 'Without a password, serve only loopback clients.' }),
  'tcp-backlog': integer(0, INT_MAX, {
    default: '511',
    immutable: true,
    about: 'Connections that the kernel keeps waiting for accept.',
  }),
  'tcp-keepalive': integer(0, INT_MAX, {
    default: '300',
    about: 'Seconds between probes of idle connections; 0 for none.',
  }),
  timeout: integer(0, INT_MAX, { default: '0', about: 'Seconds after which an idle client is dropped; 0 for never.' }),
  unixsocket: text({ default: '', immutable: true, about: 'Path of a Unix socket to listen on.' }),
  unixsocketperm: octal(0, 0o777, { default: '0', immutable: true, about: 'Permissions of the Unix socket.' }),
  maxclients: integer(1, UINT_MAX, { default: '10000', about: 'Most clients connected at once.' }),
  'maxmemory-clients': memoryOrPercent({
    default: '0',
    about: 'Memory of all clients together above which the largest are dropped; 0 for no limit.',
  }),
  'client-output-buffer-limit': bufferLimits({
    default: 'normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60',
    about: 'Reply bytes that may wait for a client before it is dropped.',
  }),
  'client-query-buffer-limit': memory(1048576, LLONG_MAX, {
    default: '1073741824',
    about: 'Bytes of unread commands that a client may queue.',
  }),
  'proto-max-bulk-len': memory(1048576, LLONG_MAX, {
    default: '536870912',
    about: 'Largest single string in a command.',
  }),
  'socket-mark-id': integer(0, UINT_MAX, {
    default: '0',
    immutable: true,
    later: 'process',
    about: 'Mark put on sockets for routing rules.',
  }),
  'tracking-table-max-keys': integer(0, LLONG_MAX, {
    default: '1000000',
    later: 'transactions and pubsub',
    about: 'Keys remembered for client-side caching.',
  }),
  'acl-pubsub-default': choice(['allchannels', 'resetchannels'], {
    default: 'resetchannels',
    about: 'Channels of a new user.',
  }),
  'acllog-max-len': integer(0, LLONG_MAX, { default: '128', about: 'Entries of the ACL log.' }),
  aclfile: text({ default: '', immutable: true, about: 'File of users, instead of `user` lines here.' }),
  requirepass: text({ default: '', sensitive: true, about: 'Password of the default user.' }),
} as const;
