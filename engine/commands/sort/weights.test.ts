import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseScore } from './weights.ts';

const score = (text: string): number | undefined => {
  const bytes = Buffer.from(`..${text}..`, 'latin1');
  return parseScore(bytes, 2, bytes.length - 4);
};

describe('the scores of SORT', () => {
  it('are what strtod reads', () => {
    assert.equal(score(''), 0);
    assert.equal(score('\0x'), 0);
    assert.equal(score(' \t\n\v\f\r-2'), -2);
    assert.equal(score('12\x003'), 12);
    assert.equal(score('+.5'), 0.5);
    assert.equal(score('-Infinity'), Number.NEGATIVE_INFINITY);
    assert.equal(score('2.2250738585072014e-308'), 2 ** -1022);
  });

  it('are no blanks alone, no other text, not NaN, and nothing out of range', () => {
    for (const text of [' ', '1 ', 'a', '1a', '--1', 'nan', '1e400', '-1e400', '1e-400', '1e-310']) {
      assert.equal(score(text), undefined, JSON.stringify(text));
    }
  });
});
