import { choice, flag, INT_MAX, INT_MIN, integer, LLONG_MAX, memory, text } from '../kinds.ts';
import { fileNameOnly, folder, savePoints } from '../special-kinds.ts';

const later = 'persistence';

/** Snapshots and the append-only file. */
export const persistence = {
  dir: folder({ default: './', defaultNote: './', guarded: true, about: 'Working folder.' }),
  save: savePoints({
    default: '3600 1 300 100 60 10000',
    later,
    about: 'Snapshot after SECONDS if CHANGES keys changed; `""` for never.',
  }),
  dbfilename: text(
    { default: 'dump.rdb', guarded: true, later, about: 'Name of the snapshot.' },
    fileNameOnly('dbfilename'),
  ),
  rdbcompression: flag({ default: 'yes', later, about: 'Compress strings in snapshots.' }),
  rdbchecksum: flag({ default: 'yes', immutable: true, later, about: 'Checksum at the end of snapshots.' }),
  'rdb-del-sync-files': flag({ default: 'no', later, about: 'Remove snapshots that only replication needed.' }),
  'rdb-save-incremental-fsync': flag({ default: 'yes', later, about: 'fsync a growing snapshot in steps.' }),
  'rdb-key-save-delay': integer(INT_MIN, INT_MAX, {
    default: '0',
    hidden: true,
    later,
    about: 'Microseconds to wait after each key saved, for tests.',
  }),
  'key-load-delay': integer(INT_MIN, INT_MAX, {
    default: '0',
    hidden: true,
    later,
    about: 'Microseconds to wait after each key loaded, for tests.',
  }),
  'loading-process-events-interval-bytes': integer(1024, INT_MAX, {
    default: '2097152',
    hidden: true,
    later,
    about: 'Bytes loaded between two looks at clients.',
  }),
  'sanitize-dump-payload': choice(['no', 'yes', 'clients'], {
    default: 'no',
    later,
    about: 'Check payloads of RESTORE and snapshots deeply.',
  }),
  'stop-writes-on-bgsave-error': flag({ default: 'yes', later, about: 'Refuse writes after a failed snapshot.' }),
  appendonly: flag({ default: 'no', later, about: 'Log every write to a file.' }),
  appendfilename: text(
    { default: 'appendonly.aof', immutable: true, later, about: 'Base name of the log.' },
    fileNameOnly('appendfilename'),
  ),
  appenddirname: text(
    { default: 'appendonlydir', immutable: true, later, about: 'Folder of the log.' },
    fileNameOnly('appenddirname'),
  ),
  appendfsync: choice(['everysec', 'always', 'no'], {
    default: 'everysec',
    later,
    about: 'When the log reaches the disk.',
  }),
  'no-appendfsync-on-rewrite': flag({ default: 'no', later, about: 'No fsync while the log is rewritten.' }),
  'auto-aof-rewrite-percentage': integer(0, INT_MAX, {
    default: '100',
    later,
    about: 'Growth that starts a rewrite of the log.',
  }),
  'auto-aof-rewrite-min-size': memory(0, LLONG_MAX, {
    default: '67108864',
    later,
    about: 'Size below which the log is not rewritten.',
  }),
  'aof-load-truncated': flag({ default: 'yes', later, about: 'Accept a log whose end is cut off.' }),
  'aof-use-rdb-preamble': flag({ default: 'yes', later, about: 'Rewritten logs begin with a snapshot.' }),
  'aof-rewrite-incremental-fsync': flag({ default: 'yes', later, about: 'fsync a rewritten log in steps.' }),
  'aof-timestamp-enabled': flag({ default: 'no', later, about: 'Time stamps in the log.' }),
  'aof-disable-auto-gc': flag({ default: 'no', later, about: 'Keep old parts of the log.' }),
} as const;
