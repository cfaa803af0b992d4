import type { CommandFlag, CommandSpec } from './spec.ts';

/** Bit of each command flag in `CommandEntry.bits`; the order is that of the flags in COMMAND INFO. */
export const flagBit = {
  write: 1 << 0,
  readonly: 1 << 1,
  denyoom: 1 << 2,
  module: 1 << 3,
  admin: 1 << 4,
  pubsub: 1 << 5,
  noscript: 1 << 6,
  blocking: 1 << 7,
  loading: 1 << 8,
  stale: 1 << 9,
  skip_monitor: 1 << 10,
  skip_slowlog: 1 << 11,
  asking: 1 << 12,
  fast: 1 << 13,
  no_auth: 1 << 14,
  may_replicate: 1 << 15,
  sentinel: 1 << 16,
  only_sentinel: 1 << 17,
  no_mandatory_keys: 1 << 18,
  protected: 1 << 19,
  no_async_loading: 1 << 20,
  no_multi: 1 << 21,
  movablekeys: 1 << 22,
  allow_busy: 1 << 23,
} as const satisfies Record<CommandFlag, number>;

/** Flags that say how the table is kept and are not printed by COMMAND INFO of redis 7.0. */
const hiddenFlags: ReadonlySet<CommandFlag> = new Set(['sentinel', 'only_sentinel', 'protected', 'may_replicate']);

/** ACL categories of redis 7.0, in its order. */
export const aclCategories: readonly string[] = [
  'keyspace',
  'read',
  'write',
  'set',
  'sortedset',
  'list',
  'hash',
  'string',
  'bitmap',
  'hyperloglog',
  'geo',
  'stream',
  'pubsub',
  'admin',
  'fast',
  'slow',
  'blocking',
  'dangerous',
  'connection',
  'transaction',
  'scripting',
];

/** Whether the keys of a command cannot be told by a (first, last, step) triple alone. */
function hasMovableKeys(spec: CommandSpec): boolean {
  if (spec.flags.includes('movablekeys')) return true;
  return spec.keySpecs.some(
    (key) => !('index' in key.begin) || !('lastKey' in key.find) || key.flags.includes('incomplete'),
  );
}

/** A command's flags as one number. */
export function flagBits(spec: CommandSpec): number {
  let bits = hasMovableKeys(spec) ? flagBit.movablekeys : 0;
  for (const flag of spec.flags) bits |= flagBit[flag];
  return bits;
}

/** The names COMMAND INFO prints for a flag number. */
export function flagNames(bits: number): string[] {
  const names: string[] = [];
  for (const [name, bit] of Object.entries(flagBit)) {
    if ((bits & bit) !== 0 && !hiddenFlags.has(name as CommandFlag)) names.push(name);
  }
  return names;
}

/** A command's declared categories and those its flags imply, in Redis's order. */
export function impliedCategories(spec: CommandSpec, bits: number): string[] {
  const found = new Set(spec.categories);
  if ((bits & flagBit.write) !== 0) found.add('write');
  if ((bits & flagBit.readonly) !== 0 && !found.has('scripting')) found.add('read');
  if ((bits & flagBit.admin) !== 0) found.add('admin').add('dangerous');
  if ((bits & flagBit.pubsub) !== 0) found.add('pubsub');
  if ((bits & flagBit.blocking) !== 0) found.add('blocking');
  found.add((bits & flagBit.fast) !== 0 ? 'fast' : 'slow');
  return aclCategories.filter((category) => found.has(category));
}
