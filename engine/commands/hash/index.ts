import type { CommandSpec } from '../spec.ts';
import { counterCommands } from './counter.ts';
import { nestedCommands } from './nested.ts';
import { hrandfieldCommand } from './random.ts';
import { readCommands } from './read.ts';
import { hrenameCommand } from './rename.ts';
import { hscan } from './scan.ts';
import { wholeCommands } from './whole.ts';
import { writeCommands } from './write.ts';

/** Commands on hashes. */
export const hashCommands: readonly CommandSpec[] = [
  ...writeCommands,
  ...readCommands,
  ...wholeCommands,
  ...counterCommands,
  hrandfieldCommand,
  hscan,
  hrenameCommand,
  ...nestedCommands,
];
