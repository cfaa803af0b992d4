import type { CommandEntry } from '../commands/table.ts';
import type { AclCommands } from './commands.ts';
import { Selector } from './selector.ts';

/**
 * The shortest rules that we know for a selector's commands: `+@all` or `-@all`, categories, single commands. Categories are taken
 * greedily, best fit first, and what they leave wrong is mended command by command: redis 7.0.15's way, so that the same
 * permissions read the same (it prints the single commands in no order; here they stand in the table's).
 */
export function describeCommands(selector: Selector, commands: AclCommands): string {
  const start = { commands, allChannels: false };
  const additive = !selector.future;
  const rules = [additive ? '-@all' : '+@all'];
  const reached = new Selector(start);
  reached.allowAll(!additive);
  const left = new Selector(start);
  left.allowed.set(selector.allowed);
  const unused = new Set(commands.categories.keys());
  for (;;) {
    const best = bestCategory(left, commands, unused, additive);
    if (best === undefined) break;
    unused.delete(best);
    rules.push(`${additive ? '+@' : '-@'}${best}`);
    reached.allowCategory(best, additive);
    left.allowCategory(best, !additive);
  }
  for (const entry of commands.entries) mend(entry, selector, reached, rules);
  return rules.join(' ');
}

/** The category that most of all does what is wanted: fewer commands wrong than right, as few wrong ones as can be. */
function bestCategory(
  left: Selector,
  commands: AclCommands,
  unused: ReadonlySet<string>,
  additive: boolean,
): string | undefined {
  let best: string | undefined;
  let leastWrong = Number.POSITIVE_INFINITY;
  let mostRight = 0;
  for (const category of unused) {
    let on = 0;
    const entries = commands.inCategory(category) ?? [];
    for (const { id } of entries) on += left.allowed[id] ?? 0;
    const off = entries.length - on;
    const [right, wrong] = additive ? [on, off] : [off, on];
    if (right > wrong && (wrong < leastWrong || (wrong === leastWrong && right > mostRight))) {
      best = category;
      leastWrong = wrong;
      mostRight = right;
    }
  }
  return best;
}

/** Entries come in the order of ids, containers before their subcommands. */
function mend(entry: CommandEntry, wanted: Selector, reached: Selector, rules: string[]): void {
  const allowed = wanted.allowed[entry.id] === 1;
  if (allowed !== (reached.allowed[entry.id] === 1)) {
    rules.push(`${allowed ? '+' : '-'}${entry.fullName}`);
    reached.allow(entry, allowed);
  }
  if (allowed) return;
  for (const arg of wanted.firstArgs.get(entry.id) ?? []) rules.push(`+${entry.fullName}|${arg}`);
}

/** A selector as rules: keys, channels, commands. */
export function describeSelector(selector: Selector, commands: AclCommands): string {
  const parts: string[] = [selector.describeKeys()];
  if (!selector.allChannels) parts.push('resetchannels');
  parts.push(selector.describeChannels(), describeCommands(selector, commands));
  return parts.filter((part) => part !== '').join(' ');
}
