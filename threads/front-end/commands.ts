import { commandSpecs } from '../../engine/commands/index.ts';
import { CommandTable, type Renames } from '../../engine/commands/table.ts';

/** Every command that this server has. */
export function buildCommandTable(renames: Renames): CommandTable {
  return new CommandTable(commandSpecs, renames);
}
