import type { Request } from '../../protocol/resp/request.ts';
import type { CommandContext, CommandKeys } from '../commands/context.ts';
import { findKeys, KeyPositions, keyFlags } from '../commands/key-positions.ts';
import type { CommandEntry } from '../commands/table.ts';
import { ACCESS_BOTH, ACCESS_WRITE, type AclCommands, accessOf } from './commands.ts';
import type { Selector } from './selector.ts';
import type { User } from './user.ts';

/** What a check finds; the larger number is the more telling one when no selector allows a command. */
export const ALLOWED = 0;
export const DENIED_COMMAND = 1;
export const DENIED_KEY = 2;
export const DENIED_CHANNEL = 3;
export type Verdict = typeof ALLOWED | typeof DENIED_COMMAND | typeof DENIED_KEY | typeof DENIED_CHANNEL;

/** Collects the arguments that a command declares as keys. */
class DeclaredKeys implements CommandKeys {
  readonly count = 0;
  readonly argIndexes: Set<number> = new Set();

  add(argIndex: number): void {
    this.argIndexes.add(argIndex);
  }

  at(): never {
    throw new Error('keys are being declared, not used');
  }

  countLookup(): void {}

  get others(): never {
    throw new Error('keys are being declared, not used');
  }
}

/** Looks at commands closer, for users who may not do everything. One per thread; a check's details stand in it until the next one. */
export class AccessCheck {
  /** After a denial: the number of the argument that is the forbidden key or channel. */
  deniedAt = 0;
  /** Whose `declareKeys` is asked for; undefined until there is a dispatcher. */
  context: CommandContext | undefined;
  private readonly commands: AclCommands;
  private readonly positions: KeyPositions = new KeyPositions();
  private readonly declared: DeclaredKeys = new DeclaredKeys();
  /** Pairs of argument number and access. */
  private keys: number[] = [];
  private keysFound = false;

  constructor(commands: AclCommands) {
    this.commands = commands;
  }

  /** Whether one of the user's selectors allows the command with these arguments (redis 7.0.15, ACLCheckAllUserCommandPerm). */
  command(user: User, entry: CommandEntry, request: Request): Verdict {
    this.deniedAt = 0;
    if (user.free[entry.id] === 1) return ALLOWED;
    this.keysFound = false;
    let worst: Verdict = DENIED_COMMAND;
    let at = 0;
    for (const selector of user.selectors) {
      const verdict = this.selector(selector, entry, request);
      if (verdict === ALLOWED) return ALLOWED;
      if (verdict > worst || (verdict === worst && this.deniedAt > at)) {
        worst = verdict;
        at = this.deniedAt;
      }
    }
    this.deniedAt = at;
    return worst;
  }

  /** Whether one selector allows the command, and the same one all keys that there are: for SORT, whose patterns may name any. */
  commandOnEveryKey(user: User, entry: CommandEntry, request: Request, access: number): boolean {
    this.keysFound = false;
    return user.selectors.some(
      (selector) => selector.mayUseEveryKey(access) && this.selector(selector, entry, request) === ALLOWED,
    );
  }

  private selector(selector: Selector, entry: CommandEntry, request: Request): Verdict {
    if (!this.allows(selector, entry, request)) return DENIED_COMMAND;
    if (!selector.allKeys && entry.hasKeys && !this.allowsKeys(selector, entry, request)) return DENIED_KEY;
    const channels = this.commands.channels[entry.id];
    if (selector.allChannels || channels === undefined) return ALLOWED;
    const end = Math.min(channels.end, request.count);
    for (let i = channels.first; i < end; i++) {
      if (selector.mayUseChannel(request.bytes, request.start(i), request.length(i), channels.patterns)) continue;
      this.deniedAt = i;
      return DENIED_CHANNEL;
    }
    return ALLOWED;
  }

  private allows(selector: Selector, { id }: CommandEntry, request: Request): boolean {
    if (selector.allowed[id] === 1 || this.commands.forEverybody[id] === true) return true;
    const args = selector.firstArgs.get(id);
    if (args === undefined || request.count < 2) return false;
    return args.some((arg) => request.is(1, arg.toLowerCase()));
  }

  private allowsKeys(selector: Selector, entry: CommandEntry, request: Request): boolean {
    if (entry.singleKeyAtOne) {
      this.deniedAt = 1;
      return selector.mayUseKey(request.bytes, request.start(1), request.length(1), this.accessBy(entry, request, 0));
    }
    if (!this.keysFound) this.findKeys(entry, request);
    const { keys } = this;
    for (let i = 0; i < keys.length; i += 2) {
      const at = keys[i] ?? 0;
      if (selector.mayUseKey(request.bytes, request.start(at), request.length(at), keys[i + 1] ?? 0)) continue;
      this.deniedAt = at;
      return false;
    }
    return true;
  }

  /**
   * The keys by the command's key specifications, and those that it will lock beyond them: of `GEORADIUS ... STORE a STORE b` the
   * specifications know `a`, and `b` is written. Nothing is known of how the latter are used, so everything must be allowed.
   */
  private findKeys(entry: CommandEntry, request: Request): void {
    const { positions, declared } = this;
    this.keysFound = true;
    this.keys = [];
    findKeys(entry, request, positions);
    declared.argIndexes.clear();
    const { declareKeys, keySpecs } = entry.spec;
    if (declareKeys !== undefined && keySpecs.length > 0 && this.context !== undefined) {
      declareKeys({ ...this.context, request, keys: declared });
    }
    // Part of an argument, in a place behind the arguments: the first name of `a.b.c` (KEYDB.NHSET), instead of the whole path.
    if (declared.argIndexes.has(request.count)) {
      this.keys.push(request.count, this.accessBy(entry, request, 0));
      return;
    }
    for (let i = 0; i < positions.count; i++) {
      const at = positions.argIndex[i] ?? 0;
      this.keys.push(at, this.accessBy(entry, request, positions.specIndex[i] ?? 0));
      declared.argIndexes.delete(at);
    }
    for (const at of declared.argIndexes) if (at > 0 && at < request.count) this.keys.push(at, ACCESS_BOTH);
  }

  /** What the command does with the keys of one key specification. */
  private accessBy(entry: CommandEntry, request: Request, spec: number): number {
    const known = this.commands.access[entry.id]?.[spec] ?? -1;
    if (known >= 0) return known;
    // The one that is frequent: SET without options.
    if (request.count === 3 && entry.fullName === 'set') return ACCESS_WRITE;
    return accessOf(keyFlags(entry, request, spec));
  }
}
