import { globMatchRange } from '../../protocol/text/glob.ts';
import type { CommandEntry } from '../commands/table.ts';
import { ACCESS_BOTH, ACCESS_READ, type AclCommands } from './commands.ts';

/** A glob pattern of keys, one character per byte, and what it allows (ACCESS_*). */
export interface KeyPattern {
  readonly text: string;
  readonly bytes: Buffer;
  readonly access: number;
  /** Length of the part before the star when that is all there is to it (`cache:*`); else -1. */
  readonly prefix: number;
}

export interface ChannelPattern {
  readonly text: string;
  readonly bytes: Buffer;
}

/** What a selector is made with. */
export interface SelectorDefaults {
  readonly commands: AclCommands;
  /** `acl-pubsub-default allchannels`. */
  readonly allChannels: boolean;
}

/** One set of permissions: commands, the keys and the channels that they may name. A command must be allowed as a whole by one selector. */
export class Selector {
  allKeys = false;
  allChannels: boolean;
  readonly keyPatterns: KeyPattern[] = [];
  readonly channelPatterns: ChannelPattern[] = [];
  /** Commands that a later version brings: set by +@all only. Decides whether rules are told as `+@all -x` or `-@all +x`. */
  future = false;
  /** 1 for allowed commands, by CommandEntry.id. */
  readonly allowed: Uint8Array;
  /** First arguments that an otherwise forbidden command may have, by id (`+select|0`). */
  readonly firstArgs: Map<number, readonly string[]> = new Map();
  /** Where a pattern stands in `keyPatterns`, and which channel patterns there are: thousands may be added at once. */
  private readonly keyPlaces: Map<string, number> = new Map();
  private readonly channelNames: Set<string> = new Set();
  private readonly commands: AclCommands;

  constructor(defaults: SelectorDefaults) {
    this.commands = defaults.commands;
    this.allChannels = defaults.allChannels;
    this.allowed = new Uint8Array(defaults.commands.entries.length);
  }

  copy(): Selector {
    const copy = new Selector({ commands: this.commands, allChannels: this.allChannels });
    copy.allKeys = this.allKeys;
    for (const { text, access } of this.keyPatterns) copy.addKeys(text, access);
    for (const { text } of this.channelPatterns) copy.addChannels(text);
    copy.future = this.future;
    copy.allowed.set(this.allowed);
    for (const [id, args] of this.firstArgs) copy.firstArgs.set(id, args);
    return copy;
  }

  allowAll(allow: boolean): void {
    this.allowed.fill(allow ? 1 : 0);
    this.future = allow;
    this.firstArgs.clear();
  }

  /** Allows or forbids a command; a container's subcommands go with it. */
  allow(entry: CommandEntry, allow: boolean): void {
    const bit = allow ? 1 : 0;
    this.allowed[entry.id] = bit;
    this.firstArgs.delete(entry.id);
    for (const sub of entry.subcommands) this.allowed[sub.id] = bit;
  }

  /** False when there is no such category. */
  allowCategory(name: string, allow: boolean): boolean {
    const entries = this.commands.inCategory(name);
    for (const entry of entries ?? []) this.allow(entry, allow);
    return entries !== undefined;
  }

  allowFirstArg(entry: CommandEntry, arg: string): void {
    const args = this.firstArgs.get(entry.id) ?? [];
    if (args.some((known) => known.toLowerCase() === arg.toLowerCase())) return;
    this.firstArgs.set(entry.id, [...args, arg]);
  }

  /** No key at all, or (`all`) every one: patterns go either way. */
  resetKeys(all: boolean): void {
    this.allKeys = all;
    this.keyPatterns.length = 0;
    this.keyPlaces.clear();
  }

  resetChannels(all: boolean): void {
    this.allChannels = all;
    this.channelPatterns.length = 0;
    this.channelNames.clear();
  }

  addKeys(text: string, access: number): void {
    const place = this.keyPlaces.get(text) ?? this.keyPatterns.length;
    const known = this.keyPatterns[place];
    const prefix = /^[^*?[\\]+\*$/.test(text) ? text.length - 1 : -1;
    const added = { text, bytes: Buffer.from(text, 'latin1'), access: access | (known?.access ?? 0), prefix };
    this.keyPatterns[place] = added;
    this.keyPlaces.set(text, place);
  }

  addChannels(text: string): void {
    if (this.channelNames.has(text)) return;
    this.channelNames.add(text);
    this.channelPatterns.push({ text, bytes: Buffer.from(text, 'latin1') });
  }

  /** Whether the key `bytes[start, start + length)` may be used in that way. */
  mayUseKey(bytes: Uint8Array, start: number, length: number, access: number): boolean {
    if (this.allKeys) return true;
    for (const pattern of this.keyPatterns) {
      if ((pattern.access & access) !== access) continue;
      if (
        pattern.prefix >= 0
          ? startsWith(bytes, start, length, pattern)
          : globMatchRange(pattern.bytes, bytes, start, length)
      ) {
        return true;
      }
    }
    return false;
  }

  /** Whether all keys that there are may be used in that way. */
  mayUseEveryKey(access: number): boolean {
    if (this.allKeys) return true;
    return this.keyPatterns.some((pattern) => pattern.text === '*' && (pattern.access & access) === access);
  }

  /** A pattern to subscribe to must be one of the user's own, literally. */
  mayUseChannel(bytes: Uint8Array, start: number, length: number, isPattern: boolean): boolean {
    return this.allChannels || matchesChannel(this.channelPatterns, bytes, start, length, isPattern);
  }

  /** `~a %R~b`, or `~*`. */
  describeKeys(): string {
    if (this.allKeys) return '~*';
    return this.keyPatterns.map(describePattern).join(' ');
  }

  /** `&a &b`, or `&*`. */
  describeChannels(): string {
    if (this.allChannels) return '&*';
    return this.channelPatterns.map(({ text }) => `&${text}`).join(' ');
  }
}

/** What most patterns come to, at a fraction of a glob's cost. */
function startsWith(bytes: Uint8Array, start: number, length: number, { bytes: wanted, prefix }: KeyPattern): boolean {
  if (length < prefix) return false;
  for (let i = 0; i < prefix; i++) if (bytes[start + i] !== wanted[i]) return false;
  return true;
}

function describePattern({ text, access }: KeyPattern): string {
  // `%RW~*` does not mean `allkeys`: other patterns may follow. Redis writes `~*`, and cannot read back what it wrote then.
  if (access === ACCESS_BOTH) return text === '*' ? '%RW~*' : `~${text}`;
  return access === ACCESS_READ ? `%R~${text}` : `%W~${text}`;
}

/** Whether one of the patterns allows a channel, or (`isPattern`) is that very pattern. */
export function matchesChannel(
  patterns: readonly ChannelPattern[],
  bytes: Uint8Array,
  start: number,
  length: number,
  isPattern: boolean,
): boolean {
  for (const pattern of patterns) {
    if (isPattern) {
      if (pattern.bytes.length === length && pattern.bytes.compare(bytes, start, start + length) === 0) return true;
    } else if (globMatchRange(pattern.bytes, bytes, start, length)) return true;
  }
  return false;
}
