import type { CommandSpec } from '../spec.ts';
import { bitcountCommands } from './bitcount.ts';
import { bitfieldCommands } from './bitfield.ts';
import { bitopCommands } from './bitop.ts';
import { bitCommands } from './setbit.ts';

/** All bitmap commands. */
export const bitmapCommands: readonly CommandSpec[] = [
  ...bitCommands,
  ...bitcountCommands,
  ...bitopCommands,
  ...bitfieldCommands,
];
