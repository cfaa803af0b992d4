import type { Request } from '../../protocol/resp/request.ts';
import { assert } from '../../tiers/base/assert.ts';
import { flagBit, flagBits, impliedCategories } from './flags.ts';
import { NameIndex } from './name-index.ts';
import type { CommandSpec, KeySpec } from './spec.ts';

/** A command as the server uses it: its spec and what is worth computing once. */
export interface CommandEntry {
  readonly spec: CommandSpec;
  /** Of the spec, for the hot path: specs come in many shapes, entries in one. */
  readonly execute: CommandSpec['execute'];
  readonly tiers: CommandSpec['tiers'];
  readonly declareKeys: CommandSpec['declareKeys'];
  readonly reach: CommandSpec['reach'];
  readonly waits: boolean;
  /** EVAL, FCALL and their kin. */
  readonly isScripting: boolean;
  /** Dense index over commands and subcommands, for arrays of statistics; below `CommandTable.size`. */
  readonly id: number;
  /** `get`, or `config|set` for a subcommand. */
  readonly fullName: string;
  readonly parent: CommandEntry | undefined;
  readonly subcommands: readonly CommandEntry[];
  /** As in the spec; a subcommand's counts its container's name. */
  readonly arity: number;
  /** Flags as a sum of `flagBit`. */
  readonly bits: number;
  /** Whether the only key is argument 1, always there: the dispatcher's short way. */
  readonly singleKeyAtOne: boolean;
  /** Whether there may be keys at all. */
  readonly hasKeys: boolean;
  /** Whether a lookup is a use of the key: for most clients, and for those that asked for NO-TOUCH. */
  readonly touches: boolean;
  readonly touchesAlways: boolean;
  /** Whether all keys count as hits and misses. */
  readonly countsLookups: boolean;
  /** All ACL categories, without `@`, in Redis's order. */
  readonly categories: readonly string[];
  /** The old way to name key positions: first, last (negative: from the end) and step; zeros without keys. */
  readonly firstKey: number;
  readonly lastKey: number;
  readonly keyStep: number;
}

/** The `rename-command` directives: old name to new one, '' to disable. */
export type Renames = ReadonlyMap<string, string>;

/**
 * All commands, built once per thread. Names are matched in any case. A problem with the specs fails an assertion; a problem
 * with `renames` throws an Error whose message is Redis's text for that directive.
 */
export class CommandTable {
  /** Number of entries, subcommands included; entry ids are below it. */
  readonly size: number;
  private readonly entries: readonly CommandEntry[];
  private readonly flat: readonly CommandEntry[];
  private readonly index: NameIndex<CommandEntry>;
  private readonly subIndexes = new Map<CommandEntry, NameIndex<CommandEntry>>();

  constructor(specs: readonly CommandSpec[], renames: Renames = new Map()) {
    const flat: CommandEntry[] = [];
    this.entries = specs.map((spec) => buildEntry(spec, undefined, flat));
    this.flat = flat;
    this.size = flat.length;
    this.index = new NameIndex(applyRenames(this.entries, renames));
    for (const entry of this.entries) {
      if (entry.subcommands.length === 0) continue;
      this.subIndexes.set(entry, new NameIndex(entry.subcommands.map((sub) => [sub.spec.name, sub])));
    }
  }

  /** The command named by bytes `[start, start + length)`, or undefined. */
  lookup(bytes: Buffer, start: number, length: number): CommandEntry | undefined {
    return this.index.find(bytes, start, length);
  }

  /** The subcommand of a container, or undefined: unknown, or `entry` is not a container. */
  subcommand(entry: CommandEntry, bytes: Buffer, start: number, length: number): CommandEntry | undefined {
    return this.subIndexes.get(entry)?.find(bytes, start, length);
  }

  /** The command, or subcommand, that a request asks for; a container by itself when nothing follows. */
  ofRequest(request: Request): CommandEntry | undefined {
    const entry = this.index.find(request.bytes, request.start(0), request.length(0));
    if (entry === undefined || entry.subcommands.length === 0 || request.count < 2) return entry;
    return this.subcommand(entry, request.bytes, request.start(1), request.length(1));
  }

  /** By name, in any case: `get`, or `config|set`. */
  byName(name: string): CommandEntry | undefined {
    const [first = '', second, ...rest] = name.split('|');
    const bytes = Buffer.from(first, 'latin1');
    const entry = this.lookup(bytes, 0, bytes.length);
    if (entry === undefined || second === undefined) return entry;
    const sub = Buffer.from(second, 'latin1');
    return rest.length > 0 ? undefined : this.subcommand(entry, sub, 0, sub.length);
  }

  /** Entry by id. */
  byId(id: number): CommandEntry | undefined {
    return this.flat[id];
  }

  /** Top-level commands, in the order of their families. */
  all(): readonly CommandEntry[] {
    return this.entries;
  }

  /** Commands and subcommands, by id. */
  allWithSubcommands(): readonly CommandEntry[] {
    return this.flat;
  }
}

function applyRenames(entries: readonly CommandEntry[], renames: Renames): Map<string, CommandEntry> {
  const named = new Map<string, CommandEntry>();
  for (const entry of entries) {
    assert(!named.has(entry.spec.name), `command ${entry.spec.name} stands twice in the table`);
    named.set(entry.spec.name, entry);
  }
  for (const [from, to] of renames) {
    const entry = named.get(from.toLowerCase());
    if (entry === undefined) throw new Error('No such command in rename-command');
    named.delete(from.toLowerCase());
    if (to === '') continue;
    if (named.has(to.toLowerCase())) throw new Error('Target command name already exists');
    named.set(to.toLowerCase(), entry);
  }
  return named;
}

function buildEntry(spec: CommandSpec, parent: CommandEntry | undefined, flat: CommandEntry[]): CommandEntry {
  const fullName = parent === undefined ? spec.name : `${parent.spec.name}|${spec.name}`;
  checkSpec(spec, fullName);
  const bits = flagBits(spec);
  // Channels of shards have a place in the specifications, and are no keys.
  const keySpecs = spec.keySpecs.filter(({ flags }) => !flags.includes('not_key'));
  const first = keySpecs[0];
  const subcommands: CommandEntry[] = [];
  const entry: CommandEntry = {
    spec,
    execute: spec.execute,
    tiers: spec.tiers,
    declareKeys: spec.declareKeys,
    reach: spec.reach,
    waits: spec.waits === true,
    isScripting: spec.group === 'scripting',
    id: flat.length,
    fullName,
    parent,
    subcommands,
    arity: spec.arity,
    bits,
    singleKeyAtOne:
      keySpecs.length === 1 && first !== undefined && isArgumentOne(first) && spec.declareKeys === undefined,
    hasKeys: keySpecs.length > 0 || spec.declareKeys !== undefined,
    touches: spec.lookups === undefined || spec.lookups === 'use',
    touchesAlways: spec.lookups === 'use',
    countsLookups:
      (bits & flagBit.readonly) !== 0 &&
      spec.lookups !== 'silent' &&
      (spec.keySpecs.length > 0 || spec.declareKeys !== undefined),
    categories: impliedCategories(spec, bits),
    ...legacyRange(spec),
  };
  flat.push(entry);
  for (const sub of spec.subcommands ?? []) subcommands.push(buildEntry(sub, entry, flat));
  return entry;
}

function isArgumentOne(key: KeySpec): boolean {
  return 'index' in key.begin && key.begin.index === 1 && 'lastKey' in key.find && key.find.lastKey === 0;
}

/** What redis 7.0 derives: specs that follow each other closely are one range; others do not count. */
function legacyRange(spec: CommandSpec): { firstKey: number; lastKey: number; keyStep: number } {
  let firstKey = 0;
  let lastKey = 0;
  let keyStep = 0;
  for (const { begin, find } of spec.keySpecs) {
    if (!('index' in begin) || !('lastKey' in find)) continue;
    if (firstKey !== 0 && (find.step !== keyStep || lastKey !== begin.index - 1)) continue;
    if (firstKey === 0) firstKey = begin.index;
    keyStep = find.step;
    lastKey = find.lastKey >= 0 ? begin.index + find.lastKey : find.lastKey;
  }
  return { firstKey, lastKey, keyStep };
}

function checkSpec(spec: CommandSpec, fullName: string): void {
  const where = `spec of ${fullName}`;
  const bits = flagBits(spec);
  assert(/^[a-z0-9._-]+$/.test(spec.name), `${where}: a name is lower case`);
  assert(Number.isInteger(spec.arity) && spec.arity !== 0, `${where}: arity`);
  assert((bits & flagBit.write) === 0 || (bits & flagBit.readonly) === 0, `${where}: both write and readonly`);
  assert((bits & flagBit.denyoom) === 0 || (bits & flagBit.write) !== 0, `${where}: denyoom without write`);
  for (const { begin, find, flags } of spec.keySpecs) {
    if ('index' in begin && spec.declareKeys === undefined && !flags.includes('not_key')) {
      assert(
        begin.index >= 1 && begin.index < Math.abs(spec.arity),
        `${where}: a key's place is not guarded by the arity`,
      );
    }
    assert('unknown' in find || find.step >= 1, `${where}: key step`);
    const access = flags.filter((flag) => flag === 'RO' || flag === 'RW' || flag === 'OW' || flag === 'RM');
    assert(access.length === 1 || flags.includes('not_key'), `${where}: a key has one of RO, RW, OW, RM`);
  }
  if (typeof spec.tiers === 'string' && spec.tiers !== 'none') {
    assert(spec.keySpecs.length > 0 || spec.declareKeys !== undefined, `${where}: tiers without keys`);
  }
  const names = new Set(spec.subcommands?.map((sub) => sub.name));
  assert(names.size === (spec.subcommands?.length ?? 0), `${where}: a subcommand stands twice`);
}
