/** Value types, as stored in object headers and cold index entries (4 bits). */
export const VALUE_NONE = 0;
export const VALUE_STRING = 1;
export const VALUE_LIST = 2;
export const VALUE_SET = 3;
export const VALUE_ZSET = 4;
export const VALUE_HASH = 5;
export const VALUE_STREAM = 6;

/** What TYPE answers, by value type. */
export const valueTypeNames: readonly string[] = ['none', 'string', 'list', 'set', 'zset', 'hash', 'stream'];

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
  /** Position of the key within its slot's hash order (hash lane B), and the lane that only cold entries keep (lane C). */
  position = 0;
  check = 0;
  /** Whether the key exists, hot or cold. */
  exists = false;
  /** Value type of an existing key (also of a cold one). */
  type = VALUE_NONE;
  /** Handle of the object in RAM, 0 when the key does not exist or is cold. */
  handle = 0;
  /** Byte offset of the key's entry in its index page, and the page's handle; both 0 when there is no entry. */
  page = 0;
  entry = 0;
}
