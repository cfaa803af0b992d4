import { bitmapCommands } from '../../engine/commands/bitmap/index.ts';
import { connectionCommands } from '../../engine/commands/connection/index.ts';
import { genericCommands } from '../../engine/commands/generic/index.ts';
import { stringCommands } from '../../engine/commands/string/index.ts';
import { CommandTable, type Renames } from '../../engine/commands/table.ts';

/** Every command that this server has. */
export function buildCommandTable(renames: Renames): CommandTable {
  return new CommandTable([...bitmapCommands, ...connectionCommands, ...genericCommands, ...stringCommands], renames);
}
