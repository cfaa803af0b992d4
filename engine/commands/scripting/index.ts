import type { CommandSpec } from '../spec.ts';
import { evalCommands } from './eval.ts';
import { scriptCommands } from './script.ts';

/** All commands for scripts. */
export const scriptingCommands: readonly CommandSpec[] = [...evalCommands, ...scriptCommands];
