import type { AclCommands } from './commands.ts';
import { describeSelector } from './describe.ts';
import { Selector, type SelectorDefaults } from './selector.ts';

/** How RESTORE's payloads are to be checked for this user; unsaid for a user that was just made. */
export type PayloadChecks = 'skip-sanitize-payload' | 'sanitize-payload' | undefined;

/**
 * A user of one thread; every thread has its own of the same name and with the same content. Sessions hold the object itself, so a
 * change of it counts from the next command on.
 */
export class User {
  /** One character per byte. */
  readonly name: string;
  enabled = false;
  /** Any password will do; the default user then needs none at all. */
  noPassword = false;
  payloadChecks: PayloadChecks;
  /** SHA-256 in hexadecimal. */
  passwords: readonly string[] = [];
  /** The first one is the root selector, which rules outside of parentheses change. */
  selectors: readonly [Selector, ...Selector[]];
  /**
   * 1 for commands, by CommandEntry.id, that this user may run whatever their arguments are. For all others somebody has to look
   * closer. Replaced by `settle`.
   */
  free: Uint8Array;
  private readonly commands: AclCommands;
  private description: string | undefined;

  constructor(name: string, defaults: SelectorDefaults) {
    this.name = name;
    this.commands = defaults.commands;
    this.selectors = [new Selector(defaults)];
    this.free = new Uint8Array(defaults.commands.entries.length);
  }

  get root(): Selector {
    return this.selectors[0];
  }

  /** Whether clients need not log in as this user (if it is the default user). */
  get open(): boolean {
    return this.enabled && this.noPassword;
  }

  /** Takes over everything but the name. */
  become(other: User): void {
    const [root, ...more] = other.selectors;
    this.enabled = other.enabled;
    this.noPassword = other.noPassword;
    this.payloadChecks = other.payloadChecks;
    this.passwords = other.passwords;
    this.selectors = [root.copy(), ...more.map((selector) => selector.copy())];
    this.settle();
  }

  /** To be called after changes. */
  settle(): void {
    const { entries, channels, forEverybody } = this.commands;
    const free = new Uint8Array(entries.length);
    for (const selector of this.selectors) {
      for (const { id, hasKeys } of entries) {
        const allowed = selector.allowed[id] === 1 || forEverybody[id] === true;
        if (allowed && (selector.allKeys || !hasKeys) && (selector.allChannels || channels[id] === undefined))
          free[id] = 1;
      }
    }
    this.free = free;
    this.description = undefined;
  }

  /** As ACL GETUSER tells them. */
  flags(): string[] {
    const flags = [this.enabled ? 'on' : 'off'];
    if (this.noPassword) flags.push('nopass');
    if (this.payloadChecks !== undefined) flags.push(this.payloadChecks);
    return flags;
  }

  /** The rules that make this user, without its name; kept until the next change. */
  describe(): string {
    if (this.description === undefined) {
      const [root, ...more] = this.selectors;
      const parts = [
        ...this.flags(),
        ...this.passwords.map((hash) => `#${hash}`),
        describeSelector(root, this.commands),
      ];
      for (const selector of more) parts.push(`(${describeSelector(selector, this.commands)})`);
      this.description = parts.join(' ');
    }
    return this.description;
  }
}
