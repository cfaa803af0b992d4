/** The type bytes of RDB values, up to Redis 7.2's (RDB version 11). */
export const TYPE_STRING = 0;
export const TYPE_LIST = 1;
export const TYPE_SET = 2;
/** Scores as text. */
export const TYPE_ZSET = 3;
export const TYPE_HASH = 4;
/** Scores as binary doubles. */
export const TYPE_ZSET_2 = 5;
export const TYPE_MODULE_2 = 7;
export const TYPE_HASH_ZIPMAP = 9;
export const TYPE_LIST_ZIPLIST = 10;
export const TYPE_SET_INTSET = 11;
export const TYPE_ZSET_ZIPLIST = 12;
export const TYPE_HASH_ZIPLIST = 13;
/** Nodes are ziplists. */
export const TYPE_LIST_QUICKLIST = 14;
export const TYPE_STREAM_LISTPACKS = 15;
export const TYPE_HASH_LISTPACK = 16;
export const TYPE_ZSET_LISTPACK = 17;
/** Nodes are listpacks or plain strings. */
export const TYPE_LIST_QUICKLIST_2 = 18;
/** With first id, highest deleted id, entries added, and entries read per group. */
export const TYPE_STREAM_LISTPACKS_2 = 19;
export const TYPE_SET_LISTPACK = 20;
/** With the active time of consumers. */
export const TYPE_STREAM_LISTPACKS_3 = 21;
/** A job of KEYDB.CRON (KeyDB 6). */
export const TYPE_KEYDB_CRON = 64;

/** What stands in place of a type in a file, and what follows it. */
/** A library of functions: its code. */
export const OPCODE_FUNCTION2 = 245;
/** A module's data: its id, two numbers, and parts as in its values. */
export const OPCODE_MODULE_AUX = 247;
/** The next key was not used for so many seconds. */
export const OPCODE_IDLE = 248;
/** The next key's access counter, a byte. */
export const OPCODE_FREQ = 249;
/** Two strings, name and value. */
export const OPCODE_AUX = 250;
/** How many keys the database has, and how many of them expire. */
export const OPCODE_RESIZEDB = 251;
/** When the next key expires: ms, i64 LE. */
export const OPCODE_EXPIRETIME_MS = 252;
/** The same in seconds, i32 LE. */
export const OPCODE_EXPIRETIME = 253;
/** The database of the keys that follow. */
export const OPCODE_SELECTDB = 254;
/** The end; from version 5 on the CRC-64 of all before follows, u64 LE, or zero. */
export const OPCODE_EOF = 255;

/** What a quicklist's node holds: one string as it is, or a listpack. */
export const NODE_PLAIN = 1;
export const NODE_PACKED = 2;

/** The version that is written unless another is asked for: that of Redis 7.0. */
export const RDB_VERSION = 10;
/** The newest version that is read and can be written: that of Redis 7.2. */
export const MAX_RDB_VERSION = 11;

/** The longest string, listpack or ziplist that is read: Redis's own limit for listpacks. */
export const MAX_STRING_BYTES = 2 ** 30;

export type RdbKind = 'string' | 'list' | 'set' | 'zset' | 'hash' | 'stream' | 'cron';

const KINDS: readonly (RdbKind | undefined)[] = [
  'string',
  'list',
  'set',
  'zset',
  'hash',
  'zset',
  undefined,
  undefined,
  undefined,
  'hash',
  'list',
  'set',
  'zset',
  'hash',
  'list',
  'stream',
  'hash',
  'zset',
  'list',
  'stream',
  'set',
  'stream',
];

/** What values of a type byte are; undefined for modules' and unknown ones. */
export function kindOfType(type: number): RdbKind | undefined {
  return type === TYPE_KEYDB_CRON ? 'cron' : KINDS[type];
}
