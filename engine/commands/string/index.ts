import type { CommandSpec } from '../spec.ts';
import { counterCommands } from './counter.ts';
import { floatCommands } from './float.ts';
import { getCommands } from './get.ts';
import { lcsCommands } from './lcs.ts';
import { multiCommands } from './multi.ts';
import { rangeCommands } from './range.ts';
import { setCommands } from './set.ts';

/** All string commands. */
export const stringCommands: readonly CommandSpec[] = [
  ...getCommands,
  ...setCommands,
  ...counterCommands,
  ...floatCommands,
  ...rangeCommands,
  ...multiCommands,
  ...lcsCommands,
];
