import { AclCommands } from './commands.ts';
import { ruleErrors } from './rule-errors.ts';
import { User } from './user.ts';
import { applyRule, mergeSelectors } from './user-rules.ts';

/** A table without commands: names are looked up later, when there are any. */
const noCommands = { commands: new AclCommands({ allWithSubcommands: () => [] }), allChannels: false, warn: () => {} };

/**
 * What is wrong with a `user` line of redis.conf, as far as it can be told without knowing the commands.
 *
 * @param words name and rules
 * @param others names of the users that stand in other lines
 */
export function checkUserLine(words: readonly string[], others: readonly string[]): string | undefined {
  const [name = '', ...rules] = words;
  if (others.includes(name)) return `Error in user declaration '${name}': ${ruleErrors.duplicateUser}`;
  const merged = mergeSelectors(rules);
  if ('unmatched' in merged) {
    return `Error in user declaration '${rules[merged.unmatched] ?? ''}': Unmatched parenthesis in acl selector`;
  }
  const user = new User(name, noCommands);
  for (const rule of merged.rules) {
    const error = applyRule(user, rule, noCommands);
    if (error === undefined || error === ruleErrors.unknown) continue;
    return `Error in user declaration '${isSecret(rule) ? '(redacted)' : rule}': ${error}`;
  }
  return undefined;
}

function isSecret(rule: string): boolean {
  return /^[><#!]/.test(rule);
}
