import { splitArgs } from '../../protocol/text/split-args.ts';
import { untilNul } from '../commands/errors.ts';
import { hashPassword, isPasswordHash } from './passwords.ts';
import { type RuleError, ruleErrors } from './rule-errors.ts';
import { Selector } from './selector.ts';
import { applySelectorRule, type RuleReader } from './selector-rules.ts';
import type { User } from './user.ts';

/** Applies one rule to a user; why it was refused, or undefined. The caller `settle`s the user after the last one. */
export function applyRule(user: User, rule: string, reader: RuleReader): RuleError | undefined {
  if (rule === '') return undefined;
  switch (untilNul(rule).toLowerCase()) {
    case 'on':
      user.enabled = true;
      return undefined;
    case 'off':
      user.enabled = false;
      return undefined;
    case 'skip-sanitize-payload':
      user.payloadChecks = 'skip-sanitize-payload';
      return undefined;
    case 'sanitize-payload':
      user.payloadChecks = 'sanitize-payload';
      return undefined;
    case 'nopass':
      setNoPassword(user, true);
      return undefined;
    case 'resetpass':
      setNoPassword(user, false);
      return undefined;
    case 'clearselectors':
      user.selectors = [user.root];
      return undefined;
    case 'reset':
      reset(user, reader);
      return undefined;
    default:
      break;
  }
  switch (rule[0]) {
    case '>':
    case '#':
      return addPassword(user, rule);
    case '<':
    case '!':
      return removePassword(user, rule);
    case '(':
      if (rule.endsWith(')')) return addSelector(user, rule.slice(1, -1), reader);
      break;
    default:
      break;
  }
  return applySelectorRule(user.root, rule, reader);
}

function setNoPassword(user: User, noPassword: boolean): void {
  user.noPassword = noPassword;
  user.passwords = [];
}

function reset(user: User, reader: RuleReader): void {
  setNoPassword(user, false);
  user.enabled = false;
  user.payloadChecks = 'sanitize-payload';
  user.selectors = [new Selector(reader)];
}

/** The hash that `>password` or `#hash` (`<`, `!`) stands for. */
function hashOf(rule: string): string | undefined {
  const text = rule.slice(1);
  if (rule[0] === '>' || rule[0] === '<') return hashPassword(Buffer.from(text, 'latin1'));
  return isPasswordHash(text) ? text : undefined;
}

function addPassword(user: User, rule: string): RuleError | undefined {
  const hash = hashOf(rule);
  if (hash === undefined) return ruleErrors.badHash;
  if (!user.passwords.includes(hash)) user.passwords = [...user.passwords, hash];
  user.noPassword = false;
  return undefined;
}

function removePassword(user: User, rule: string): RuleError | undefined {
  const hash = hashOf(rule);
  if (hash === undefined) return ruleErrors.badHash;
  if (!user.passwords.includes(hash)) return ruleErrors.noSuchPassword;
  user.passwords = user.passwords.filter((known) => known !== hash);
  return undefined;
}

function addSelector(user: User, text: string, reader: RuleReader): RuleError | undefined {
  const selector = new Selector(reader);
  for (const rule of splitRules(text)) {
    const error = applySelectorRule(selector, rule, reader);
    if (error !== undefined) return error;
  }
  user.selectors = [...user.selectors, selector];
  return undefined;
}

/** Rules between parentheses, which may be quoted as in redis.conf; quotes that do not end give none at all, as in Redis. */
function splitRules(text: string): string[] {
  const bytes = Buffer.from(untilNul(text), 'latin1');
  const split = splitArgs(bytes, 0, bytes.length);
  if (split === undefined) return [];
  const rules: string[] = [];
  for (let i = 0; i < split.spans.length; i += 2) {
    const start = split.spans[i] ?? 0;
    rules.push(split.bytes.latin1Slice(start, start + (split.spans[i + 1] ?? 0)));
  }
  return rules;
}

/** What joining selectors that are spread over several arguments gives. */
export type Merged = { readonly rules: readonly string[] } | { readonly unmatched: number };

/** `(+get`, `~a)` become one rule; `unmatched`: the argument whose parenthesis is never closed. */
export function mergeSelectors(args: readonly string[]): Merged {
  const rules: string[] = [];
  let open = -1;
  let selector = '';
  for (const [i, arg] of args.entries()) {
    if (arg.startsWith('(') && !arg.endsWith(')')) {
      selector = arg;
      open = i;
    } else if (open >= 0) {
      selector += ` ${arg}`;
      if (arg.endsWith(')')) {
        rules.push(selector);
        open = -1;
      }
    } else rules.push(arg);
  }
  return open >= 0 ? { unmatched: open } : { rules };
}
