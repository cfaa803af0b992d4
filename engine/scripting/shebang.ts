import { splitArgs } from '../../protocol/text/split-args.ts';
import { ScriptError, scriptErrors } from './errors.ts';

/** What a script says of itself in its first line. */
export interface ScriptFlags {
  /** Without a shebang a script is one of before Redis 7: it is refused nothing at its start, whatever it may do. */
  readonly declared: boolean;
  readonly noWrites: boolean;
  readonly allowOom: boolean;
  readonly allowStale: boolean;
  readonly noCluster: boolean;
  readonly allowCrossSlotKeys: boolean;
}

/** What holds of a script without a shebang. */
export const noFlags: ScriptFlags = {
  declared: false,
  noWrites: false,
  allowOom: false,
  allowStale: false,
  noCluster: false,
  allowCrossSlotKeys: false,
};

/** The flags' names, in the order in which they are listed. */
export const flagNames: Readonly<Record<string, keyof ScriptFlags>> = {
  'no-writes': 'noWrites',
  'allow-oom': 'allowOom',
  'allow-stale': 'allowStale',
  'no-cluster': 'noCluster',
  'allow-cross-slot-keys': 'allowCrossSlotKeys',
};

const OPTION = 'flags=';

/**
 * Reads `#!lua flags=...`. Throws a ScriptError for a line that is not understood.
 *
 * @returns the flags, and where the code begins: at the line break that ends the first line, so that lines keep their numbers
 */
export function readShebang(text: Buffer): { readonly flags: ScriptFlags; readonly start: number } {
  if (text[0] !== 0x23 || text[1] !== 0x21) return { flags: noFlags, start: 0 };
  const end = text.indexOf(0x0a);
  if (end < 0) throw scriptErrors.invalidShebang;
  const [engine, ...options] = wordsOf(text.subarray(0, end));
  if (engine === undefined) throw scriptErrors.invalidEngine;
  if (engine !== '#!lua') throw new ScriptError(`ERR Unexpected engine in script shebang: ${engine}`);
  let flags: ScriptFlags = { ...noFlags, declared: true };
  for (const option of options) {
    if (!option.startsWith(OPTION)) throw new ScriptError(`ERR Unknown lua shebang option: ${option}`);
    const names = option.slice(OPTION.length);
    for (const name of names === '' ? [] : names.split(',')) {
      const flag = flagNames[name];
      if (flag === undefined) throw new ScriptError(`ERR Unexpected flag in script shebang: ${name}`);
      flags = { ...flags, [flag]: true };
    }
  }
  return { flags, start: end };
}

/** The line's words by Redis's quoting rules; none when quotes do not match. */
export function wordsOf(line: Buffer): string[] {
  const { bytes, spans } = splitArgs(line, 0, line.length) ?? { bytes: line, spans: [] };
  const words: string[] = [];
  for (let i = 0; i + 1 < spans.length; i += 2) {
    const start = spans[i] ?? 0;
    words.push(bytes.latin1Slice(start, start + (spans[i + 1] ?? 0)));
  }
  return words;
}
