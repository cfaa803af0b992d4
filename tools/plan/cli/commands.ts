import type { Command } from './command.ts';
import { generateCommand } from './generate-command.ts';
import { planCommand } from './plan-command.ts';
import { probeCommand } from './probe-command.ts';
import { verifyCommand } from './verify-command.ts';

/** All subcommands; the first is the one that is meant when none is named. */
export const commands: readonly Command[] = [planCommand, probeCommand, verifyCommand, generateCommand];
