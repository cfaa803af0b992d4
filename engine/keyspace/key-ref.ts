/** Value types, as stored in object headers and cold index entries (4 bits). */
export const VALUE_NONE = 0;
export const VALUE_STRING = 1;
export const VALUE_LIST = 2;
export const VALUE_SET = 3;
export const VALUE_ZSET = 4;
export const VALUE_HASH = 5;
export const VALUE_STREAM = 6;
/** A job of KEYDB.CRON. The last that fits: types have 3 bits in cold entries. */
export const VALUE_CRON = 7;

/** What TYPE answers, by value type; of jobs, as KeyDB does. */
export const valueTypeNames: readonly string[] = ['none', 'string', 'list', 'set', 'zset', 'hash', 'stream', 'unknown'];

/**
 * A key of the running command: its slot is locked, its index entry looked up, and an expired one already treated as
 * missing. Filled by the keyspace, read by commands, reused. Fields are plain numbers so that the hot path allocates nothing.
 */
export class KeyRef {
  /** Which argument of the request names the key. */
  argIndex = 0;
  /** The logical database (as SELECT numbers them), and the table that currently holds it (FLUSHDB and SWAPDB change that). */
  db = 0;
  table = 0;
  slot = 0;
  /** Hash lanes B and C as int32: the key's place in its slot's hash order, and what tells cold keys apart. */
  position = 0;
  check = 0;
  /** Whether the key exists, hot or cold. */
  exists = false;
  /** It has no entry, its slot is not indexed yet, and nobody has looked on disk: `exists` means nothing. A command never begins with such a key. */
  unknown = false;
  /** The command at most replaces the key: a cold value is not read for it. */
  entryOnly = false;
  /** Value type of an existing key (also of a cold one). */
  type = VALUE_NONE;
  /** Handle of the object in RAM, 0 when the key does not exist or is cold. */
  handle = 0;
  /** Byte offset of the slot's header, and of the key's entry in its index page (0: the key has no entry). */
  slotAt = 0;
  entry = 0;
  /** Word 1 of the entry: state and flags (tiers/index/layout.ts). */
  word1 = 0;
  /** Of a key that was found cold: its slot's cold generation at that moment. */
  coldGeneration = 0;
  /** When `entry` was looked up (SlotIndex.epoch); if entries moved since, it must be looked up again. */
  epoch = -1;
}
