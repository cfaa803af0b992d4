import { splitArgs } from '../text/split-args.ts';

/** The words of one configuration line, unquoted; undefined when its quotes are not balanced. */
export function words(line: string): string[] | undefined {
  const bytes = Buffer.from(line);
  const split = splitArgs(bytes, 0, bytes.length);
  if (split === undefined) return undefined;
  const found: string[] = [];
  for (let i = 0; i < split.spans.length; i += 2) {
    const start = split.spans[i] ?? 0;
    found.push(split.bytes.toString('utf8', start, start + (split.spans[i + 1] ?? 0)));
  }
  return found;
}

/** `text` in double quotes with escapes, so that {@link words} gives it back. Non-ASCII stays as it is. */
export function quote(text: string): string {
  const escapes: Readonly<Record<string, string>> = {
    '\\': '\\\\',
    '"': '\\"',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
    '\x07': '\\a',
    '\b': '\\b',
  };
  const hex = (c: string) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control bytes are what must be escaped
  return `"${text.replace(/[\\"\x00-\x1f\x7f]/g, (c) => escapes[c] ?? hex(c))}"`;
}
