import type { CommandSpec } from '../spec.ts';
import { blockingListCommands } from './blocking.ts';
import { editCommands } from './edit.ts';
import { lposCommand } from './lpos.ts';
import { moveCommands } from './move.ts';
import { popCommands } from './pop.ts';
import { pushCommands } from './push.ts';
import { readCommands } from './read.ts';

/** Commands on lists. */
export const listCommands: readonly CommandSpec[] = [
  ...pushCommands,
  ...popCommands,
  ...readCommands,
  lposCommand,
  ...editCommands,
  ...moveCommands,
  ...blockingListCommands,
];
