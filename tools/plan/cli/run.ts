import { statSync } from 'node:fs';
import { stratakvVersion } from '../../../engine/commands/version.ts';
import { PlanError } from '../plan-error.ts';
import { type Command, flagsOf, helpOf, type Surroundings } from './command.ts';
import { nearest, parseFlags } from './flags.ts';

/** Which command the arguments ask for, and what is left of them. The first command is meant when none is named. */
export function choose(
  commands: readonly Command[],
  args: readonly string[],
): { command: Command; rest: readonly string[] } {
  const [plan] = commands;
  if (plan === undefined) throw new Error('there are no commands');
  const [first, ...rest] = args;
  const named = commands.find(({ name }) => name === first);
  if (named !== undefined) return { command: named, rest };
  if (first !== undefined && !first.startsWith('-') && statSync(first, { throwIfNoEntry: false }) === undefined) {
    const near = nearest(
      first,
      commands.map(({ name }) => name),
    );
    if (near !== undefined) throw new PlanError(`there is no command and no trace \`${first}\`; did you mean ${near}?`);
  }
  return { command: plan, rest: args };
}

/** Runs what the arguments ask for. @throws PlanError */
export async function runCommandLine(
  commands: readonly Command[],
  args: readonly string[],
  surroundings: Surroundings,
): Promise<void> {
  if (args[0] === '--version' || args[0] === '-v') {
    surroundings.print(`stratakv-plan ${stratakvVersion}\n`);
    return;
  }
  if (args.length === 0 || (args.length === 1 && (args[0] === 'help' || args[0] === '-h'))) {
    surroundings.print(overview(commands));
    if (args.length === 0) throw new PlanError('nothing to plan for: name a trace, --server or --describe');
    return;
  }
  const { command, rest } = choose(commands, args);
  if (rest.includes('--help') || rest.includes('-h')) {
    surroundings.print(helpOf(command));
    return;
  }
  await command.run(parseFlags(rest, flagsOf(command), command.maxPositionals), surroundings);
}

function overview(commands: readonly Command[]): string {
  const lines = ['usage: stratakv-plan COMMAND ...; stratakv-plan COMMAND --help tells more', ''];
  for (const { name, summary } of commands) lines.push(`  ${name.padEnd(10)} ${summary}`);
  const [plan] = commands;
  lines.push(
    '',
    '`plan` need not be written:',
    ...(plan?.examples ?? []).map((example) => `  stratakv-plan ${example}`),
  );
  return `${lines.join('\n')}\n`;
}
