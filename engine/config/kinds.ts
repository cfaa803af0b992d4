import { quote } from '../../protocol/conf/words.ts';
import { type Directive, type DirectiveSpec, define, type Outcome } from './directive.ts';

export const LLONG_MAX = 9223372036854775807n;
export const ULLONG_MAX = 18446744073709551615n;
export const INT_MAX = 2147483647;
export const INT_MIN = -2147483648;
export const UINT_MAX = 4294967295;

const wrongCount = { error: 'wrong number of arguments' } as const;

/** `yes` or `no`, in any case. */
export function flag(spec: DirectiveSpec): Directive<boolean> {
  return define<boolean>(
    {
      kind: 'yes/no',
      read([word = '']) {
        const lower = word.toLowerCase();
        if (lower !== 'yes' && lower !== 'no') return { error: "argument must be 'yes' or 'no'" };
        return { value: lower === 'yes', text: lower };
      },
    },
    spec,
  );
}

/** One of some words, in any case. */
export function choice<const T extends string>(words: readonly T[], spec: DirectiveSpec): Directive<T> {
  return define<T>(
    {
      kind: words.join(', '),
      read([word = '']) {
        const found = words.find((candidate) => candidate === word.toLowerCase());
        if (found === undefined) return { error: `argument(s) must be one of the following: ${words.join(', ')}` };
        return { value: found, text: found };
      },
    },
    spec,
  );
}

export interface Range {
  readonly min: number | bigint;
  readonly max: number | bigint;
  /** Values inside min..max but outside of this are moved to its ends, silently, as Redis does for `hz`. */
  readonly clamp?: readonly [least: number, most: number];
}

function inRange(number: bigint, range: Range): Outcome<number> {
  if (number < BigInt(range.min) || number > BigInt(range.max)) {
    return { error: `argument must be between ${range.min} and ${range.max} inclusive` };
  }
  const [least, most] = range.clamp ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const value = Math.min(Math.max(Number(number), least), most);
  return { value, text: value === Number(number) ? String(number) : String(value) };
}

/** A decimal integer without sign games: `007`, `+5` and `1e2` are refused. */
export function integer(
  min: number | bigint,
  max: number | bigint,
  spec: DirectiveSpec,
  clamp?: readonly [number, number],
) {
  return define<number>(
    {
      kind: max === LLONG_MAX || max === ULLONG_MAX || max === INT_MAX ? `integer >= ${min}` : `integer ${min}..${max}`,
      read([word = '']) {
        const number = /^(?:0|-?[1-9]\d{0,18})$/.test(word) ? BigInt(word) : undefined;
        if (number === undefined || BigInt.asIntN(64, number) !== number) {
          return { error: "argument couldn't be parsed into an integer" };
        }
        return inRange(number, clamp ? { min, max, clamp } : { min, max });
      },
    },
    spec,
  );
}

/** An octal number: file permissions. */
export function octal(min: number, max: number, spec: DirectiveSpec): Directive<number> {
  return define<number>(
    {
      kind: 'octal',
      read([word = '']) {
        if (!/^[0-7]{1,10}$/.test(word)) return { error: "argument couldn't be parsed as an octal number" };
        const value = Number.parseInt(word, 8);
        if (value < min || value > max) {
          return { error: `argument must be between ${min.toString(8)} and ${max.toString(8)} inclusive` };
        }
        return { value, text: value.toString(8) };
      },
    },
    spec,
  );
}

const units: Readonly<Record<string, bigint>> = {
  '': 1n,
  b: 1n,
  k: 1000n,
  kb: 1n << 10n,
  m: 1000_000n,
  mb: 1n << 20n,
  g: 1000_000_000n,
  gb: 1n << 30n,
};

/** Bytes from `100mb`, `1g` (powers of ten), `512`; undefined when it is none. An empty word is 0, as in Redis. */
export function parseMemory(word: string): bigint | undefined {
  const match = /^(\d{0,127})([a-z]*)$/i.exec(word);
  const unit = units[(match?.[2] ?? '?').toLowerCase()];
  if (match === null || unit === undefined) return undefined;
  const digits = BigInt(match[1] || '0');
  return BigInt.asUintN(64, (digits > ULLONG_MAX ? ULLONG_MAX : digits) * unit);
}

/** The shortest exact form: `64mb`, `1gb`, `1000`. */
export function formatMemory(bytes: number | bigint): string {
  const exact = BigInt(bytes);
  for (const unit of ['gb', 'mb', 'kb'] as const) {
    const size = units[unit] ?? 1n;
    if (exact > 0n && exact % size === 0n) return `${exact / size}${unit}`;
  }
  return String(exact);
}

/** A number of bytes. */
export function memory(
  min: number | bigint,
  max: number | bigint,
  spec: DirectiveSpec,
  clamp?: readonly [number, number],
) {
  return define<number>(
    {
      kind: 'memory',
      read([word = '']) {
        const bytes = parseMemory(word);
        if (bytes === undefined) return { error: 'argument must be a memory value' };
        return inRange(bytes, clamp ? { min, max, clamp } : { min, max });
      },
      write: (_value, text) => [formatMemory(BigInt(text))],
    },
    spec,
  );
}

/** Bytes, or a share of `maxmemory`. */
export type MemoryShare = { readonly bytes: number } | { readonly percent: number };

export function memoryOrPercent(spec: DirectiveSpec): Directive<MemoryShare> {
  return define<MemoryShare>(
    {
      kind: 'memory or percent',
      read([word = '']) {
        const percent = /^(\d+)%$/.exec(word)?.[1];
        const bytes = parseMemory(word);
        if (percent === undefined && bytes === undefined)
          return { error: 'argument must be a memory or percent value' };
        if (Number(percent ?? 0) > 100 || (bytes ?? 0n) > LLONG_MAX) {
          return { error: 'percentage argument must be less or equal to 100' };
        }
        if (percent === undefined || Number(percent) === 0)
          return { value: { bytes: Number(bytes ?? 0n) }, text: String(bytes ?? 0n) };
        return { value: { percent: Number(percent) }, text: `${Number(percent)}%` };
      },
      write: (value, text) => ['percent' in value ? text : formatMemory(BigInt(text))],
    },
    spec,
  );
}

/** Any text; `problem` may refuse it with a reason. */
export function text(spec: DirectiveSpec, problem?: (word: string) => string | undefined): Directive<string> {
  return define<string>(
    {
      kind: 'text',
      read(args) {
        const [word] = args;
        if (word === undefined || args.length !== 1) return wrongCount;
        const error = problem?.(word);
        return error === undefined ? { value: word, text: word } : { error };
      },
      write: (value) => [quote(value)],
    },
    spec,
  );
}

/** Any number of words. */
export function wordList(spec: DirectiveSpec): Directive<readonly string[]> {
  return define<readonly string[]>(
    {
      kind: 'words',
      multi: true,
      read(args) {
        const value = args.filter((word) => word !== '');
        return { value, text: value.join(' ') };
      },
      write: (value) => [value.length === 0 ? '""' : value.map(quote).join(' ')],
    },
    spec,
  );
}
