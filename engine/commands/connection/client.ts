import { containerOnly, helpSubcommand } from '../help.ts';
import type { CommandSpec } from '../spec.ts';
import { kill } from './client-kill.ts';
import { list } from './client-list.ts';
import { pause, unblock, unpause } from './client-pause.ts';
import { getname, id, info, noEvict, noTouch, replyMode, setinfo, setname } from './client-self.ts';
import { caching, getredir, tracking, trackinginfo } from './client-tracking.ts';

const help = helpSubcommand(
  'client',
  '5.0.0',
  { group: 'connection', flags: ['loading', 'stale'], categories: ['connection'] },
  [
    ['CACHING (YES|NO)', 'Track the keys of the next command, in OPTIN or OPTOUT mode.'],
    ['GETREDIR', 'Tell which connection gets the tracking messages of this one.'],
    ['GETNAME', "Tell this connection's name."],
    ['ID', "Tell this connection's id."],
    ['INFO', 'Describe this connection.'],
    ['KILL <ip:port>', 'Close the connection from that address.'],
    [
      'KILL <option> <value> [<option> <value> [...]]',
      'Close all connections that the options describe:',
      '* ADDR (<ip:port>|<unixsocket>:0): those from an address',
      '* ID <client-id>: the one with that id',
      '* LADDR (<ip:port>|<unixsocket>:0): those to an address of the server',
      '* TYPE (NORMAL|MASTER|REPLICA|PUBSUB): those of a type',
      '* USER <username>: those logged in as a user',
      '* SKIPME (YES|NO): whether to leave this connection alone (default: yes)',
    ],
    ['LIST [TYPE (NORMAL|MASTER|REPLICA|PUBSUB)] [ID <client-id> [...]]', 'Describe connections, one line each.'],
    ['NO-EVICT (ON|OFF)', 'Protect this connection from being closed for its memory.'],
    ['NO-TOUCH (ON|OFF)', 'Let the commands of this connection not count as use of keys.'],
    ['PAUSE <timeout> [WRITE|ALL]', 'Hold back all commands, or those that write, for <timeout> milliseconds.'],
    ['REPLY (ON|OFF|SKIP)', 'Switch replies to this connection on or off, or skip the next one.'],
    ['SETINFO (LIB-NAME|LIB-VER) <value>', 'Tell the client library in use.'],
    ['SETNAME <name>', 'Name this connection.'],
    [
      'TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]',
      '         [OPTIN] [OPTOUT] [NOLOOP]',
      'Tell this connection when keys that it has read are changed.',
    ],
    ['TRACKINGINFO', 'Tell how this connection is tracked.'],
    ['UNBLOCK <clientid> [TIMEOUT|ERROR]', 'Wake a client that waits in a blocking command.'],
    ['UNPAUSE', 'Let paused clients go on.'],
  ],
);

export const client: CommandSpec = {
  name: 'client',
  summary: 'Container of commands about connections',
  since: '2.4.0',
  group: 'connection',
  complexity: 'Depends on the subcommand',
  arity: -2,
  flags: [],
  categories: [],
  keySpecs: [],
  tiers: 'none',
  execute: containerOnly,
  subcommands: [
    caching,
    getname,
    getredir,
    help,
    id,
    info,
    kill,
    list,
    noEvict,
    noTouch,
    pause,
    replyMode,
    setinfo,
    setname,
    tracking,
    trackinginfo,
    unblock,
    unpause,
  ],
};
