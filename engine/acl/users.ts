import { untilNul } from '../commands/errors.ts';
import { hasBlank, ruleErrors } from './rule-errors.ts';
import type { ChannelPattern } from './selector.ts';
import type { RuleReader } from './selector-rules.ts';
import { User } from './user.ts';
import { applyRule, mergeSelectors } from './user-rules.ts';

export const DEFAULT_USER = 'default';

/** Told before a user loses channels: subscribers to what `patterns` does not match have to go. */
export type ChannelsRevoked = (user: User, patterns: readonly ChannelPattern[]) => void;

/** All users of one thread. Every thread applies the same changes in the same order, so that all have the same. Names have one character per byte. */
export class Users {
  /** Always there, and always this object. */
  readonly default: User;
  private users: Map<string, User> = new Map();
  private readonly reader: RuleReader;

  /** @param reader kept: its `allChannels` may change later */
  constructor(reader: RuleReader) {
    this.reader = reader;
    this.default = this.create(DEFAULT_USER);
    for (const rule of ['+@all', '~*', '&*', 'on', 'nopass']) applyRule(this.default, rule, reader);
    this.default.settle();
    this.users.set(DEFAULT_USER, this.default);
  }

  get(name: string): User | undefined {
    return this.users.get(name);
  }

  /** By name, in the order of bytes. */
  list(): User[] {
    return [...this.users.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** One line per user, as ACL LIST, an ACL file and redis.conf have them. */
  lines(): string[] {
    return this.list().map((user) => `user ${user.name} ${user.describe()}`);
  }

  /** ACL SETUSER: all rules or none; the error's text without its code, or an empty one. */
  set(name: string, rules: readonly string[], revoked: ChannelsRevoked): string {
    const merged = mergeSelectors(rules);
    if ('unmatched' in merged) {
      return `Unmatched parenthesis in acl selector starting at '${untilNul(rules[merged.unmatched] ?? '')}'.`;
    }
    const known = this.users.get(name);
    const next = this.create(name);
    if (known !== undefined) next.become(known);
    for (const rule of merged.rules) {
      const error = applyRule(next, rule, this.reader);
      if (error !== undefined) return `Error in ACL SETUSER modifier '${untilNul(rule)}': ${error}`;
    }
    next.settle();
    if (known === undefined) this.users.set(name, next);
    else {
      tellRevoked(known, next, revoked);
      known.become(next);
    }
    return '';
  }

  /** The users that are gone; the default one stays. */
  delete(names: readonly string[]): User[] {
    const gone: User[] = [];
    for (const name of names) {
      const user = this.users.get(name);
      if (user === undefined || user === this.default) continue;
      this.users.delete(name);
      gone.push(user);
    }
    return gone;
  }

  /** `requirepass`: the default user's only password, or none when it is empty. */
  setDefaultPassword(password: Buffer): void {
    applyRule(this.default, 'resetpass', this.reader);
    const rule = password.length === 0 ? 'nopass' : `>${password.latin1Slice()}`;
    applyRule(this.default, rule, this.reader);
    this.default.settle();
  }

  /**
   * `user` lines of redis.conf, without that word. Unknown commands are found here; the rest was checked when the file was read.
   *
   * @returns what is wrong, or an empty text
   */
  configure(lines: readonly (readonly string[])[], notice: (text: string) => void): string {
    for (const [name = '', ...rules] of lines) {
      if (hasBlank(name)) return 'Spaces not allowed in ACL usernames';
      const user = this.users.get(name) ?? this.create(name);
      if (user === this.default) applyRule(user, 'reset', this.reader);
      const merged = mergeSelectors(rules);
      for (const rule of 'rules' in merged ? merged.rules : []) {
        const error = applyRule(user, rule, this.reader);
        if (error !== undefined) return `Error loading ACL rule '${rule}' for the user named '${name}': ${error}`;
      }
      user.settle();
      this.users.set(name, user);
      if (!user.enabled) {
        notice(
          `The user '${name}' is disabled (there is no 'on' modifier in the user description). Make sure this is not a configuration error.`,
        );
      }
    }
    return '';
  }

  /**
   * Takes an ACL file's users instead of all that there were, or none of them when anything is wrong. The default user stays the same
   * object.
   *
   * @param text one character per byte
   * @returns users that are gone, or everything that is wrong in one text
   */
  load(
    text: string,
    path: string,
    revoked: ChannelsRevoked,
  ): { readonly gone: readonly User[] } | { readonly errors: string } {
    const loaded = new Map<string, User>();
    let errors = '';
    for (const [i, raw] of text.split('\n').entries()) {
      const line = raw.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
      if (line !== '') errors += this.loadLine(line, `${path}:${i + 1}`, i + 1, loaded);
    }
    if (errors !== '') {
      return {
        errors: `${errors}WARNING: ACL errors detected, no change to the previously active ACL rules was performed`,
      };
    }
    const gone = this.list().filter((user) => user !== this.default);
    const next = loaded.get(DEFAULT_USER) ?? new Users(this.reader).default;
    tellRevoked(this.default, next, revoked);
    this.default.become(next);
    loaded.set(DEFAULT_USER, this.default);
    this.users = loaded;
    return { gone };
  }

  private loadLine(line: string, where: string, lineNumber: number, loaded: Map<string, User>): string {
    const [word, name, ...rules] = line.split(' ');
    if (word !== 'user' || name === undefined) {
      return `${where} should start with user keyword followed by the username. `;
    }
    if (hasBlank(name)) return `'${where}: username '${name}' contains invalid characters. `;
    if (loaded.has(name)) return `WARNING: Duplicate user '${name}' found on line ${lineNumber}. `;
    const user = this.create(name);
    loaded.set(name, user);
    const merged = mergeSelectors(rules);
    if ('unmatched' in merged) return `${where}: Unmatched parenthesis in selector definition.`;
    let errors = '';
    let told = false;
    for (const untrimmed of merged.rules) {
      const rule = untrimmed.replace(/^[\t\r\n]+|[\t\r\n]+$/g, '');
      const error = applyRule(user, rule, this.reader);
      // Only the names of commands are told in full: everything else may hold a password.
      if (error === ruleErrors.unknown) errors += `${where}: Error in applying operation '${rule}': ${error}. `;
      else if (error !== undefined && !told) {
        errors += `${where}: ${error}. `;
        told = true;
      }
    }
    user.settle();
    return errors;
  }

  private create(name: string): User {
    return new User(name, this.reader);
  }
}

/** A user who keeps all channels that it had needs no look at its clients. */
function tellRevoked(before: User, after: User, revoked: ChannelsRevoked): void {
  if (after.selectors.some((selector) => selector.allChannels)) return;
  const patterns = after.selectors.flatMap((selector) => selector.channelPatterns);
  const kept = new Set(patterns.map(({ text }) => text));
  const lost = before.selectors.some(
    (selector) => selector.allChannels || selector.channelPatterns.some(({ text }) => !kept.has(text)),
  );
  if (lost) revoked(before, patterns);
}
