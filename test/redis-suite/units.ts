// What is known of the suite's units besides their results.

/** Units whose tests tagged `slow` take seconds, not minutes, and so run too. */
export const UNITS_WITH_SLOW_TESTS: ReadonlySet<string> = new Set([
  'unit/type/string',
  'unit/type/list-2',
  'unit/type/list-3',
  'unit/type/zset',
  'unit/sort',
]);

/** Seconds of computing, roughly, of the units that take long: they start first, so that none is left to the end alone. */
export const LONG_UNITS: ReadonlyMap<string, number> = new Map([
  ['unit/geo', 35],
  ['unit/type/zset', 24],
  ['unit/hyperloglog', 22],
  ['unit/scripting', 20],
  ['unit/type/list-2', 18],
  ['unit/type/stream', 15],
  ['unit/type/list-3', 12],
  ['unit/scan', 10],
  ['unit/sort', 10],
  // It waits more than it computes.
  ['integration/redis-cli', 60],
]);
