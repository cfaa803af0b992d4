import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grow, judge, numberRepeats, type TestResult, type UnitResult } from './ratchet.ts';
import { formatTclList, parseTclList } from './tcl-list.ts';

const outcome = (name: string, value: TestResult['outcome']): TestResult => ({ name, outcome: value, message: '' });
const unit = (...tests: TestResult[]): UnitResult => ({ unit: 'unit/x', tests, end: 'done', elapsedMs: 1 });

test('a listed test that fails or does not run is lost', () => {
  const verdict = judge(unit(outcome('a', 'ok'), outcome('b', 'err')), { pass: ['a', 'b', 'c'], cannot: {} });
  assert.deepEqual(verdict.lost, ['b', 'c']);
  assert.deepEqual(verdict.gained, []);
  assert.deepEqual(verdict.unexplained, []);
});

test('a failure needs a reason, a new pass is gained and takes its reason away', () => {
  const expected = { pass: ['a'], cannot: { b: 'needs lists', c: 'needs sets' } };
  const verdict = judge(
    unit(outcome('a', 'ok'), outcome('b', 'err'), outcome('c', 'ok'), outcome('d', 'err')),
    expected,
  );
  assert.deepEqual(
    verdict.unexplained.map((failed) => failed.name),
    ['d'],
  );
  assert.deepEqual(verdict.cannot, ['b']);
  assert.deepEqual(grow(expected, verdict), { pass: ['a', 'c'], cannot: { b: 'needs lists' } });
});

test('a failure that names a missing command is its own reason', () => {
  const failed: TestResult = {
    name: 'a',
    outcome: 'err',
    message: "x\nERR unknown command 'sadd', with args beginning with: 'k'",
  };
  assert.deepEqual(grow(undefined, judge(unit(failed, outcome('b', 'err')))), {
    pass: [],
    cannot: { a: 'needs SADD, which is not built yet' },
  });
});

test('repeated names are told apart by number', () => {
  const names = numberRepeats([outcome('a', 'ok'), outcome('b', 'ok'), outcome('a', 'err'), outcome('a', 'ok')]);
  assert.deepEqual(
    names.map((result) => result.name),
    ['a', 'b', 'a #2', 'a #3'],
  );
});

test('Tcl lists: braces nest, quotes and escapes are undone', () => {
  assert.deepEqual(parseTclList('ok {SET {a b} c} 12'), ['ok', 'SET {a b} c', '12']);
  assert.deepEqual(parseTclList('"a \\"b\\"" x\\ y \\x41\\u0042\\103 {}'), ['a "b"', 'x y', 'ABC', '']);
  assert.deepEqual(parseTclList(' \n '), []);
  assert.deepEqual(parseTclList('{a \\} b}'), ['a \\} b']);
  assert.equal(formatTclList(['run', 'unit/type/string', 'a b']), 'run unit/type/string {a b}');
});
