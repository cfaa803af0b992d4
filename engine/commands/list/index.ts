import type { CommandSpec } from '../spec.ts';
import { editCommands } from './edit.ts';
import { lposCommand } from './lpos.ts';
import { moveCommands } from './move.ts';
import { popCommands } from './pop.ts';
import { pushCommands } from './push.ts';
import { readCommands } from './read.ts';

/** All list commands that do not wait. */
export const listCommands: readonly CommandSpec[] = [
  ...pushCommands,
  ...popCommands,
  ...readCommands,
  lposCommand,
  ...editCommands,
  ...moveCommands,
];
