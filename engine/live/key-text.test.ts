import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../test/support/random.ts';
import { keyText } from './key-text.ts';

const text = (name: string) => keyText(Buffer.from(name));

test('names stay as they are, and what would steer a terminal is written out', () => {
  assert.equal(text('user:42'), 'user:42');
  assert.equal(text('two words'), 'two words');
  assert.equal(text('漢字 ключ é 😀'), '漢字 ключ é 😀');
  assert.equal(text('\u001b[2J\u001b]0;owned\u0007'), '\\x1b[2J\\x1b]0;owned\\x07');
  assert.equal(text('\u009b31m'), '\\u{9b}31m');
  assert.equal(text('line\nfeed\r\ttab'), 'line\\nfeed\\r\\ttab');
  assert.equal(text('a\\nb'), 'a\\\\nb');
  assert.equal(text('abc\u202etxt.exe'), 'abc\\u{202e}txt.exe');
  assert.equal(text('zero\u200bwidth\ufeff'), 'zero\\u{200b}width\\u{feff}');
  assert.equal(text('no\u00a0break\u3000blank'), 'no\\u{a0}break\\u{3000}blank');
  assert.equal(text('\u2028\u2029'), '\\u{2028}\\u{2029}');
  assert.equal(keyText(Buffer.from([0x61, 0xff, 0xc3, 0x28, 0xe2, 0x82])), 'a\\xff\\xc3(\\xe2\\x82');
  assert.equal(keyText(Buffer.from([0xed, 0xa0, 0x80])), '\\xed\\xa0\\x80', 'half of a surrogate pair');
  assert.equal(keyText(Buffer.alloc(0)), '');
});

test('marks pile up on a letter only so far', () => {
  assert.equal(text(`e\u0301\u0302\u0303\u0304`), 'e\u0301\u0302\\u{303}\\u{304}');
  assert.equal(text('\u0301x'), '\\u{301}x');
});

test('long names are cut', () => {
  const shown = text('x'.repeat(1000));
  assert.equal(shown.length, 201);
  assert.ok(shown.endsWith('…'));
});

test('whatever the bytes are, the text is one safe line', () => {
  for (let seed = 1; seed <= 2000; seed++) {
    const random = new Random(seed);
    const bytes = random.chance(0.5)
      ? random.bytes(random.integer(0, 60))
      : Buffer.from(
          Array.from({ length: random.integer(0, 30) }, () =>
            String.fromCodePoint(random.pick([random.integer(0, 0xd7ff), random.integer(0xe000, 0x10ffff)])),
          ).join(''),
        );
    const shown = keyText(bytes);
    assert.doesNotMatch(shown, /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/u, `seed ${seed}`);
  }
});
