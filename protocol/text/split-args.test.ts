import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitArgs } from './split-args.ts';

function split(line: string): string[] | undefined {
  const source = Buffer.from(`"${line}"`, 'latin1');
  const result = splitArgs(source, 1, source.length - 1);
  if (result === undefined) return undefined;
  const out: string[] = [];
  for (let i = 0; i < result.spans.length; i += 2) {
    const start = result.spans[i] ?? 0;
    out.push(result.bytes.toString('latin1', start, start + (result.spans[i + 1] ?? 0)));
  }
  return out;
}

test('blanks, quotes and escapes', () => {
  const cases: [string, string[] | undefined][] = [
    ['', []],
    ['  \t ', []],
    ['a b  c ', ['a', 'b', 'c']],
    ['"a b" \'c d\'', ['a b', 'c d']],
    ['"" \'\'', ['', '']],
    ['"\\n\\r\\t\\b\\a\\\\\\"\\q"', ['\n\r\t\b\x07\\"q']],
    ['"\\x00\\xfF\\xg1\\x1"', ['\0\xffxg1x1']],
    ["'\\n\\''", ["\\n'"]],
    ['a"b"', ['ab']],
    ['a"b"c', undefined],
    ['"a', undefined],
    ['"a\\"', undefined],
    ['"a\\', undefined],
    ["'a", undefined],
    ["'a'b", undefined],
    ['a\\n', ['a\\n']],
    ['a\vb', ['a\vb']],
    ['a\0b', ['a']],
  ];
  for (const [line, expected] of cases) assert.deepEqual(split(line), expected, JSON.stringify(line));
});

test('any bytes, quoted, come back', () => {
  const quote = (bytes: Uint8Array): string =>
    `"${[...bytes].map((b) => `\\x${b.toString(16).padStart(2, '0')}`).join('')}"`;
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 5 }), (list) => {
      assert.deepEqual(
        split(list.map(quote).join(' ')),
        list.map((bytes) => Buffer.from(bytes).toString('latin1')),
      );
    }),
  );
});
