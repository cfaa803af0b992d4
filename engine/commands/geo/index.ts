import type { CommandSpec } from '../spec.ts';
import { addCommands } from './add.ts';
import { readCommands } from './read.ts';
import { searchCommands } from './search-commands.ts';

/** All geospatial commands. */
export const geoCommands: readonly CommandSpec[] = [...addCommands, ...readCommands, ...searchCommands];
