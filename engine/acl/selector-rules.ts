import { untilNul } from '../commands/errors.ts';
import { ACCESS_BOTH, ACCESS_READ, ACCESS_WRITE, type AclCommands } from './commands.ts';
import { hasBlank, type RuleError, ruleErrors } from './rule-errors.ts';
import type { Selector } from './selector.ts';

/** What rules are read with. */
export interface RuleReader {
  readonly commands: AclCommands;
  /** `acl-pubsub-default allchannels`: for selectors and users that are made from now on. */
  readonly allChannels: boolean;
  /** Where the use of what is deprecated goes. */
  readonly warn: (text: string) => void;
}

/** Applies one rule to a selector, by redis 7.0.15's rules (https://redis.io/docs/management/security/acl/); why it was refused, or undefined. */
export function applySelectorRule(selector: Selector, rule: string, reader: RuleReader): RuleError | undefined {
  switch (untilNul(rule).toLowerCase()) {
    case 'allkeys':
    case '~*':
      selector.resetKeys(true);
      return undefined;
    case 'resetkeys':
      selector.resetKeys(false);
      return undefined;
    case 'allchannels':
    case '&*':
      selector.resetChannels(true);
      return undefined;
    case 'resetchannels':
      selector.resetChannels(false);
      return undefined;
    case 'allcommands':
    case '+@all':
      selector.allowAll(true);
      return undefined;
    case 'nocommands':
    case '-@all':
      selector.allowAll(false);
      return undefined;
    default:
      break;
  }
  switch (rule[0]) {
    case '~':
    case '%':
      return addKeys(selector, rule);
    case '&':
      return addChannels(selector, rule.slice(1));
    case '+':
    case '-': {
      const allow = rule[0] === '+';
      const name = untilNul(rule.slice(1));
      if (name.startsWith('@')) return selector.allowCategory(name.slice(1), allow) ? undefined : ruleErrors.unknown;
      return allow && name.includes('|')
        ? allowPart(selector, name, reader)
        : allowCommand(selector, name, allow, reader);
    }
    default:
      return ruleErrors.syntax;
  }
}

function addKeys(selector: Selector, rule: string): RuleError | undefined {
  if (selector.allKeys) return ruleErrors.afterAllKeys;
  let access = 0;
  let at = 1;
  if (rule[0] === '~') access = ACCESS_BOTH;
  else {
    for (; at < rule.length; at++) {
      const letter = rule[at]?.toUpperCase();
      if (letter === 'R' && (access & ACCESS_READ) === 0) access |= ACCESS_READ;
      else if (letter === 'W' && (access & ACCESS_WRITE) === 0) access |= ACCESS_WRITE;
      else if (letter === '~') break;
      else return ruleErrors.syntax;
    }
    at++;
    // redis 7.0.15 accepts such a pattern, and aborts when it has to be described (CVE-2024-51741).
    if (access === 0) return ruleErrors.syntax;
  }
  const pattern = rule.slice(at);
  if (hasBlank(pattern)) return ruleErrors.syntax;
  selector.addKeys(pattern, access);
  return undefined;
}

function addChannels(selector: Selector, pattern: string): RuleError | undefined {
  if (selector.allChannels) return ruleErrors.afterAllChannels;
  if (hasBlank(pattern)) return ruleErrors.syntax;
  selector.addChannels(pattern);
  return undefined;
}

function allowCommand(
  selector: Selector,
  name: string,
  allow: boolean,
  { commands }: RuleReader,
): RuleError | undefined {
  const entry = commands.find(name);
  if (entry === undefined) return ruleErrors.unknown;
  selector.allow(entry, allow);
  return undefined;
}

/** `+config|get`: a subcommand; `+select|0`: a command with one first argument. */
function allowPart(selector: Selector, name: string, reader: RuleReader): RuleError | undefined {
  const bar = name.lastIndexOf('|');
  const entry = reader.commands.find(name.slice(0, bar));
  const part = name.slice(bar + 1);
  if (entry === undefined) return ruleErrors.unknown;
  if (entry.parent !== undefined) return ruleErrors.firstArgOfSubcommand;
  if (part === '') return ruleErrors.syntax;
  if (entry.subcommands.length > 0) return allowCommand(selector, name, true, reader);
  reader.warn(
    `Deprecation warning: Allowing a first arg of an otherwise blocked command is a misuse of ACL and may get disabled in the future (offender: +${name})`,
  );
  selector.allowFirstArg(entry, part);
  return undefined;
}
