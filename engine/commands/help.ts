import type { CommandContext } from './context.ts';
import { CommandError } from './errors.ts';
import type { CommandSpec } from './spec.ts';

/**
 * A container's HELP subcommand. `lines` are (syntax, explanation...) groups; the first and last lines are those that every
 * container of Redis prints.
 */
export function helpSubcommand(
  container: string,
  since: string,
  spec: Pick<CommandSpec, 'group' | 'flags' | 'categories'>,
  lines: readonly (readonly [syntax: string, ...explanation: string[]])[],
): CommandSpec {
  return {
    name: 'help',
    summary: `Explain the subcommands of ${container.toUpperCase()}`,
    since,
    group: spec.group,
    complexity: 'O(1)',
    arity: 2,
    flags: spec.flags,
    categories: spec.categories,
    keySpecs: [],
    tiers: 'none',
    execute: (context) => writeHelp(context, container, lines),
  };
}

/** The reply of HELP: an array of status lines. */
export function writeHelp(
  { reply }: CommandContext,
  container: string,
  groups: readonly (readonly [syntax: string, ...explanation: string[]])[],
): void {
  const lines = groups.flatMap(([syntax, ...explanation]) => [syntax, ...explanation.map((line) => `    ${line}`)]);
  reply.array(lines.length + 3);
  reply.simple(`${container.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`);
  for (const line of lines) reply.simple(line);
  reply.simple('HELP');
  reply.simple('    Prints this help.');
}

/** A container cannot run without a subcommand: the dispatcher answers before it comes to this. */
export function containerOnly(): void {}

/** A subcommand with arguments that its arity allows and it does not know. */
export function subcommandSyntax(container: string, subcommand: string): CommandError {
  return new CommandError(
    `ERR unknown subcommand or wrong number of arguments for '${subcommand.slice(0, 128)}'. Try ${container.toUpperCase()} HELP.`,
  );
}
