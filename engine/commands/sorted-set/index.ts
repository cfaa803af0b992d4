import type { CommandSpec } from '../spec.ts';
import { addCommands } from './add.ts';
import { algebraCommands } from './algebra.ts';
import { blockingSortedSetCommands } from './blocking.ts';
import { popCommands } from './pop.ts';
import { randomCommands } from './random.ts';
import { rangeCommands } from './range.ts';
import { readCommands } from './read.ts';
import { removeCommands } from './remove.ts';
import { scanCommands } from './scan.ts';

/** All sorted set commands. */
export const sortedSetCommands: readonly CommandSpec[] = [
  ...addCommands,
  ...readCommands,
  ...rangeCommands,
  ...removeCommands,
  ...popCommands,
  ...blockingSortedSetCommands,
  ...randomCommands,
  ...algebraCommands,
  ...scanCommands,
];
