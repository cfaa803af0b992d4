import { isPattern, matches } from '../../protocol/conf/pattern.ts';
import { assert } from '../../tiers/base/assert.ts';
import { type AnyDirective, type Outcome, splitText } from './directive.ts';
import {
  allFound,
  type DirectiveName,
  directiveNames,
  directives,
  type Found,
  findDirective,
  type Values,
} from './directives.ts';
import { rewriteConf } from './rewrite.ts';

/** A `user` or `loadmodule` line: kept in order for the parts that will read it. */
export type ExtraLine = readonly [name: string, ...args: string[]];

/** A configuration as plain data, for `workerData` and messages. */
export interface ConfigSnapshot {
  readonly texts: Readonly<Record<string, string>>;
  readonly given: readonly DirectiveName[];
  readonly renamedCommands: readonly (readonly [from: string, to: string])[];
  readonly extraLines: readonly ExtraLine[];
  readonly file: string | undefined;
}

/** Is told the new value and the old one. A text that it returns makes CONFIG SET fail with it and undo everything. */
export type ChangeListener<N extends DirectiveName> = (value: Values[N], previous: Values[N]) => string | undefined;

interface Change {
  readonly found: Found;
  readonly value: unknown;
  readonly text: string;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The server's configuration: typed values under the directives' own names (`config.values['storage-flush-period']`), so that a
 * name greps from redis.conf to its use. The object has more than 200 fields: code on a hot path keeps its own copy by `watch`.
 */
export class Config {
  readonly values: Values;
  /** The absolute path of the file that CONFIG REWRITE writes; undefined when the server was started without one. */
  file: string | undefined;
  /** `rename-command FROM TO`; an empty TO takes the command away. */
  readonly renamedCommands: (readonly [from: string, to: string])[] = [];
  readonly extraLines: ExtraLine[] = [];
  private readonly texts = new Map<DirectiveName, string>();
  private readonly listeners = new Map<DirectiveName, ((value: never, previous: never) => string | undefined)[]>();
  private readonly givenNames = new Set<DirectiveName>();

  constructor() {
    const values: Record<string, unknown> = {};
    for (const name of directiveNames()) {
      values[name] = directives[name].initial;
      this.texts.set(name, directives[name].default);
    }
    // The table's own types say what each entry is; the loop cannot.
    this.values = values as unknown as Values;
  }

  /** Rebuilds a configuration, in another thread for instance. */
  static from(snapshot: ConfigSnapshot): Config {
    const config = new Config();
    config.apply(Object.entries(snapshot.texts));
    config.givenNames.clear();
    for (const name of snapshot.given) config.givenNames.add(name);
    config.renamedCommands.push(...snapshot.renamedCommands);
    config.extraLines.push(...snapshot.extraLines);
    config.file = snapshot.file;
    return config;
  }

  /** Everything that differs from the defaults, as plain data. */
  snapshot(): ConfigSnapshot {
    const changed = [...this.texts].filter(([name, text]) => text !== directives[name].default);
    return {
      texts: Object.fromEntries(changed),
      given: [...this.givenNames],
      renamedCommands: [...this.renamedCommands],
      extraLines: [...this.extraLines],
      file: this.file,
    };
  }

  /** Whether a file, the command line or CONFIG SET named this directive. */
  isGiven(name: DirectiveName): boolean {
    return this.givenNames.has(name);
  }

  /** The value as CONFIG GET shows it. Secrets included: for logs use `shown`. */
  text(name: DirectiveName): string {
    return this.texts.get(name) ?? '';
  }

  /** The value for logs: secrets are masked. */
  shown(name: DirectiveName): string {
    const directive: AnyDirective = directives[name];
    return directive.sensitive && this.text(name) !== '' ? '(redacted)' : this.text(name);
  }

  /** CONFIG GET: names or glob patterns in any case; each name once, an alias under its own name, in table order. */
  get(patterns: readonly string[]): [name: string, value: string][] {
    const wanted = new Set<string>();
    for (const pattern of patterns) {
      if (!isPattern(pattern)) {
        const found = findDirective(pattern);
        if (found) wanted.add(found.written);
        continue;
      }
      for (const { written, directive } of allFound()) {
        if (!directive.hidden && matches(pattern, written, true)) wanted.add(written);
      }
    }
    return [...allFound()]
      .filter(({ written }) => wanted.has(written))
      .map(({ written, name }) => [written, this.text(name)]);
  }

  /**
   * CONFIG SET: all pairs or none. Gives Redis's whole error text (`ERR ...`), or undefined when done.
   *
   * @param from.local whether the client is on this machine, for `enable-protected-configs local`
   */
  set(
    pairs: readonly (readonly [name: string, value: string])[],
    from: { readonly local: boolean } = { local: false },
  ): string | undefined {
    const targets: { readonly found: Found; readonly asked: string; readonly value: string }[] = [];
    for (const [asked, value] of pairs) {
      const found = findDirective(asked);
      if (found === undefined) return `ERR Unknown option or number of arguments for CONFIG SET - '${asked}'`;
      if (found.directive.immutable) return failed(asked, "can't set immutable config");
      if (found.directive.guarded && !this.mayTouchGuarded(from.local))
        return failed(asked, "can't set protected config");
      if (targets.some((target) => target.found === found)) return failed(asked, 'duplicate parameter');
      targets.push({ found, asked, value });
    }
    const changes: Change[] = [];
    for (const { found, asked, value } of targets) {
      const outcome = this.read(found, splitText(found.directive.multi, value), { atStart: false, seen: false });
      if ('error' in outcome) return failed(asked, outcome.error);
      changes.push({ found, ...outcome });
    }
    return this.commit(changes, pairs);
  }

  /** Takes pairs that another thread's `set` has accepted: canonical texts or CONFIG SET arguments. */
  apply(pairs: readonly (readonly [name: string, value: string])[]): void {
    for (const [name, text] of pairs) {
      const found = findDirective(name);
      assert(found !== undefined, `unknown directive '${name}' reached another thread`);
      const outcome = this.read(found, splitText(found.directive.multi, text), { atStart: false, seen: false }, true);
      assert(!('error' in outcome), `directive '${name}' was refused by another thread`);
      const previous = this.values[found.name];
      this.store({ found, ...outcome });
      this.tell(found.name, outcome.value, previous);
    }
  }

  /** Takes a directive of a file or the command line; gives Redis's reason when it is refused. `seen`: not its first line. */
  setAtStart(found: Found, args: readonly string[], seen: boolean): string | undefined {
    const { directive } = found;
    const [only = ''] = args;
    if (!directive.multi && args.length !== 1) return 'wrong number of arguments';
    const words = directive.multi && args.length === 1 && only !== '' ? splitText(true, only) : args;
    const outcome = this.read(found, words, { atStart: true, seen });
    if ('error' in outcome) return outcome.error;
    this.store({ found, ...outcome });
    return undefined;
  }

  /** Calls `listener` whenever the value changes. Listeners of one directive run in the order they came. */
  onChange<N extends DirectiveName>(name: N, listener: ChangeListener<N>): void {
    const list = this.listeners.get(name) ?? [];
    list.push(listener);
    this.listeners.set(name, list);
  }

  /** Calls `take` with the value now and after every change: for code that keeps its own copy. */
  watch<N extends DirectiveName>(name: N, take: (value: Values[N]) => void): void {
    take(this.values[name]);
    this.onChange(name, (value) => {
      take(value);
      return undefined;
    });
  }

  /**
   * CONFIG REWRITE: the new text of a configuration file whose text now is `existing`.
   *
   * @param users `user` lines, in place of those that are there
   */
  rewrite(existing: string, users: readonly string[] = []): string {
    return rewriteConf(existing, users, directiveNames(), (name) => {
      const directive: AnyDirective = directives[name];
      const text = this.text(name);
      return {
        lines: directive.write(this.values[name], text),
        initial: directive.write(directive.initial, directive.default),
      };
    });
  }

  private read(
    found: Found,
    args: readonly string[],
    where: { atStart: boolean; seen: boolean },
    trusted = false,
  ): Outcome<unknown> {
    const current = this.values[found.name];
    // An address that follows nobody is written as an empty text, which only a start accepts.
    const atStart = where.atStart || trusted;
    return found.directive.read(args, { current, atStart, seen: where.seen });
  }

  private mayTouchGuarded(local: boolean): boolean {
    const allowed = this.values['enable-protected-configs'];
    return allowed === 'yes' || (allowed === 'local' && local);
  }

  private commit(changes: readonly Change[], pairs: readonly (readonly [string, string])[]): string | undefined {
    const before = changes.map(({ found }) => ({
      found,
      value: this.values[found.name] as unknown,
      text: this.text(found.name),
    }));
    const given = new Set(this.givenNames);
    for (const change of changes) this.store(change);
    for (const [i, { found, value }] of changes.entries()) {
      const problem = this.tell(found.name, value, before[i]?.value);
      if (problem === undefined) continue;
      for (const old of before.toReversed()) this.store(old);
      for (const name of this.givenNames) if (!given.has(name)) this.givenNames.delete(name);
      for (const [j, old] of before.slice(0, i + 1).entries()) this.tell(old.found.name, old.value, changes[j]?.value);
      return failed(pairs[i]?.[0] ?? found.written, problem);
    }
    return undefined;
  }

  private store({ found, value, text }: Change): void {
    const values: Mutable<Record<string, unknown>> = this.values as unknown as Record<string, unknown>;
    values[found.name] = value;
    this.texts.set(found.name, text);
    this.givenNames.add(found.name);
  }

  private tell(name: DirectiveName, value: unknown, previous: unknown): string | undefined {
    for (const listener of this.listeners.get(name) ?? []) {
      // `onChange` ties each listener's type to its name.
      const problem = listener(value as never, previous as never);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
}

function failed(asked: string, reason: string): string {
  return `ERR CONFIG SET failed (possibly related to argument '${asked}') - ${reason}`;
}
