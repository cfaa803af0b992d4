import type { CommandSpec } from '../spec.ts';
import { cronCommands } from './cron.ts';
import { evalCommands } from './eval.ts';
import { fcallCommands } from './fcall.ts';
import { functionCommands } from './function.ts';
import { scriptCommands } from './script.ts';

/** All commands for scripts and functions. */
export const scriptingCommands: readonly CommandSpec[] = [
  ...evalCommands,
  ...scriptCommands,
  ...fcallCommands,
  ...functionCommands,
  ...cronCommands,
];
