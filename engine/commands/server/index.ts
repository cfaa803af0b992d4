import type { CommandSpec } from '../spec.ts';
import { command } from './command.ts';
import { config } from './config.ts';
import { dbsize, flushall, flushdb, swapdb } from './databases.ts';
import { debug } from './debug.ts';
import { info } from './info.ts';
import { latency } from './latency.ts';
import { lolwut } from './lolwut.ts';
import { memory } from './memory.ts';
import { shutdown, time } from './misc.ts';
import { monitor } from './monitor.ts';
import { slowlog } from './slowlog.ts';
import { tier } from './tier.ts';

/** Commands about the server itself. */
export const serverCommands: readonly CommandSpec[] = [
  command,
  config,
  dbsize,
  debug,
  flushall,
  flushdb,
  info,
  latency,
  lolwut,
  memory,
  monitor,
  shutdown,
  slowlog,
  swapdb,
  tier,
  time,
];
