import type { CommandFlag, CommandSpec } from '../../engine/commands/spec.ts';
import { CommandTable } from '../../engine/commands/table.ts';
import { toPlain } from '../support/plain-reply.ts';
import type { RawClient } from '../support/raw-client.ts';

type Info = readonly [string, number, string[], number, number, number, string[], string[], unknown[], Info[]];

function specOf([fullName, arity, flags, , , , categories, , , subcommands]: Info): CommandSpec {
  const name = fullName.slice(fullName.indexOf('|') + 1);
  const spec: CommandSpec = {
    name,
    summary: '',
    since: '',
    group: 'generic',
    complexity: '',
    arity,
    flags: flags.filter((flag) => flag !== 'movablekeys') as CommandFlag[],
    categories: categories.map((category) => category.slice(1)),
    keySpecs: [],
    tiers: 'none',
    execute: () => {},
  };
  return subcommands.length === 0 ? spec : { ...spec, subcommands: subcommands.map(specOf) };
}

/** A table with exactly the commands that a redis-server has, so that rules can be compared whatever commands this server has. */
export async function tableOf(redis: RawClient): Promise<CommandTable> {
  const all = toPlain(await redis.call('COMMAND')) as Info[];
  return new CommandTable(all.map(specOf));
}
