import type { CommandSpec } from '../spec.ts';
import { xackCommand } from './xack.ts';
import { xaddCommand } from './xadd.ts';
import { xautoclaimCommand } from './xautoclaim.ts';
import { xclaimCommand } from './xclaim.ts';
import { deleteCommands } from './xdel.ts';
import { xgroupCommand } from './xgroup.ts';
import { xinfoCommand } from './xinfo.ts';
import { xpendingCommand } from './xpending.ts';
import { rangeCommands } from './xrange.ts';
import { readCommands } from './xread.ts';
import { xsetidCommand } from './xsetid.ts';

/** Commands on streams. */
export const streamCommands: readonly CommandSpec[] = [
  xaddCommand,
  ...rangeCommands,
  ...deleteCommands,
  xsetidCommand,
  ...readCommands,
  xackCommand,
  xpendingCommand,
  xclaimCommand,
  xautoclaimCommand,
  xgroupCommand,
  xinfoCommand,
];
