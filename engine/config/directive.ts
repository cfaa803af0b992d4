/** Why a directive has no effect yet, in a word or two: the part of the server it waits for, or why it never will have one. */
export type Later =
  | 'persistence'
  | 'write-through'
  | 'replication'
  | 'cluster'
  | 'tls'
  | 'acl'
  | 'collections'
  | 'scripting'
  | 'transactions and pubsub'
  | 'threads'
  | 'process'
  | 'not applicable';

/** What reading an argument gives: the value, and its canonical text as CONFIG GET shows it; or Redis's error text. */
export type Outcome<T> = { readonly value: T; readonly text: string } | { readonly error: string };

/** Where an argument stands when it is read. */
export interface Reading<T> {
  readonly current: T;
  /** Reading a file or the command line, not CONFIG SET. */
  readonly atStart: boolean;
  /** This start has already met the directive: `save` lines add up. */
  readonly seen: boolean;
}

/** What a table line states beside its kind. */
export interface DirectiveSpec {
  /** In canonical form, as CONFIG GET shows it. */
  readonly default: string;
  /** One line for docs/CONFIGURATION.md. */
  readonly about: string;
  /** For defaults that depend on the machine: how the documentation names them. */
  readonly defaultNote?: string;
  readonly later?: Later;
  readonly immutable?: true;
  /** Shown by CONFIG GET under its exact name only. */
  readonly hidden?: true;
  /** A secret: never logged. */
  readonly sensitive?: true;
  /** CONFIG SET needs `enable-protected-configs`. */
  readonly guarded?: true;
  /** The older name, which CONFIG GET shows too. */
  readonly alias?: string;
}

/** One configuration directive of redis.conf. */
export interface Directive<T> extends DirectiveSpec {
  /** For the documentation: `yes/no`, `memory`, `integer 1..64`. */
  readonly kind: string;
  /** Takes several words; a single quoted argument is split at blanks. */
  readonly multi: boolean;
  read(args: readonly string[], reading: Reading<T>): Outcome<T>;
  /** The arguments as CONFIG REWRITE writes them, one element per line. */
  write(value: T, text: string): readonly string[];
  /** The value of `default`. */
  readonly initial: T;
}

export type AnyDirective = Directive<unknown>;

/** What each kind says of itself; {@link define} adds the table line's facts. */
export interface Kind<T> {
  readonly kind: string;
  readonly multi?: true;
  read(args: readonly string[], reading: Reading<T>): Outcome<T>;
  write?(value: T, text: string): readonly string[];
  /** For kinds whose reading builds on the current value. */
  readonly blank?: T;
}

/** Joins a kind with a table line. A default that its own kind refuses is a fault of the table, found at import. */
export function define<T>(kind: Kind<T>, spec: DirectiveSpec): Directive<T> {
  const args = splitText(kind.multi === true, spec.default);
  const first = kind.read(args, { current: kind.blank as T, atStart: true, seen: false });
  if ('error' in first) throw new TypeError(`default '${spec.default}' of a ${kind.kind} directive: ${first.error}`);
  return {
    ...spec,
    default: first.text,
    kind: kind.kind,
    multi: kind.multi === true,
    initial: first.value,
    read: (given, reading) => kind.read(given, reading),
    write: (value, text) => kind.write?.(value, text) ?? [text],
  };
}

/** Splits the one argument of CONFIG SET, or a canonical text, into what `read` takes. Redis splits at every single blank. */
export function splitText(multi: boolean, text: string): string[] {
  if (!multi) return [text];
  return text === '' ? [] : text.split(' ');
}
