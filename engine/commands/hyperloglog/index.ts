import type { CommandSpec } from '../spec.ts';
import { pfaddCommand } from './pfadd.ts';
import { pfcountCommand } from './pfcount.ts';
import { pfdebugCommand } from './pfdebug.ts';
import { pfmergeCommand } from './pfmerge.ts';
import { pfselftestCommand } from './pfselftest.ts';

/** All HyperLogLog commands. */
export const hyperLogLogCommands: readonly CommandSpec[] = [
  pfaddCommand,
  pfcountCommand,
  pfmergeCommand,
  pfdebugCommand,
  pfselftestCommand,
];
