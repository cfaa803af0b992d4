/**
 * A stream as it is stored: a count of nodes, the nodes, what the stream knows of itself, and its groups.
 *
 *     node      id of its first entry ever (a string of 16 bytes: ms, seq, u64 BE), listpack (a string)
 *     meta      length, last id; from LISTPACKS_2 on: first id, highest deleted id, entries added (numbers of up to 64 bits)
 *     groups    count, and for each: name, last id; from LISTPACKS_2 on: entries read, -1 for unknown;
 *               count of pending entries, and for each: id (16 bytes), delivered at (ms, i64 LE), deliveries;
 *               count of consumers, and for each: name, seen at (ms, i64 LE); from LISTPACKS_3 on: active at;
 *               count of its pending entries, and the id (16 bytes) of each
 *
 * A node's listpack holds the master entry, whose fields others may refer to, and the entries:
 *
 *     master    live entries, deleted entries, count of fields, field ..., 0
 *     entry     flags, ms and seq as differences to the node's id, then
 *               with SAME_FIELDS: value ... ; without: count of fields, field, value, ...
 *               and the number of elements of all this
 *
 * Source: t_stream.c of Redis 7.0, which is the only description there is.
 */
export const ID_BYTES = 16;

export const ENTRY_DELETED = 1;
export const ENTRY_SAME_FIELDS = 2;
/** All flags that there are. */
export const ENTRY_FLAGS = 3;

/** Flags and the two differences: what every entry has before its fields. */
export const ENTRY_FIXED_ELEMENTS = 3;
