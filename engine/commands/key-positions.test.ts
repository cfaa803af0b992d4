import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requestOf } from '../../test/support/model-runner.ts';
import { commandSpecs } from './index.ts';
import { findKeys, KeyPositions } from './key-positions.ts';
import type { CommandSpec, KeySpec } from './spec.ts';
import { suggestCommand } from './suggest.ts';
import { CommandTable } from './table.ts';

/** Positions of keys in a line, for a command with these key specifications; undefined when they do not fit. */
function positions(line: string, ...keySpecs: KeySpec[]): number[] | undefined {
  const spec: CommandSpec = {
    name: 'x',
    summary: 's',
    since: '1.0.0',
    group: 'generic',
    complexity: 'O(1)',
    arity: -4,
    flags: [],
    categories: [],
    keySpecs,
    tiers: 'index',
    execute: () => {},
  };
  const entry = new CommandTable([spec]).byName('x');
  assert(entry);
  const out = new KeyPositions();
  if (!findKeys(entry, requestOf(line.split(' ')), out)) return undefined;
  return [...out.argIndex.subarray(0, out.count)];
}

const RO = { flags: ['RO'] } as const;
const range = (lastKey: number, step: number, limit: number) => ({ lastKey, step, limit });

describe('findKeys', () => {
  it('knows ranges from the start, from the end, with steps and with limits', () => {
    assert.deepEqual(positions('x a b c', { ...RO, begin: { index: 1 }, find: range(0, 1, 0) }), [1]);
    assert.deepEqual(positions('x a b c', { ...RO, begin: { index: 2 }, find: range(1, 1, 0) }), [2, 3]);
    assert.deepEqual(positions('x a b c', { ...RO, begin: { index: 1 }, find: range(-1, 1, 0) }), [1, 2, 3]);
    assert.deepEqual(positions('x a 1 b 2', { ...RO, begin: { index: 1 }, find: range(-1, 2, 0) }), [1, 3]);
    assert.deepEqual(positions('x a b c t', { ...RO, begin: { index: 1 }, find: range(-2, 1, 0) }), [1, 2, 3]);
    // XREAD: half of what follows the keyword.
    const streams = { keyword: 'STREAMS', startFrom: 1 };
    assert.deepEqual(positions('x count 1 streams a b 0 0', { ...RO, begin: streams, find: range(-1, 1, 2) }), [4, 5]);
    assert.deepEqual(positions('x count 1 a b 0 0', { ...RO, begin: streams, find: range(-1, 1, 2) }), []);
  });

  it('knows keywords searched from the end, and optional specifications', () => {
    const backwards = { keyword: 'KEYS', startFrom: -2 };
    assert.deepEqual(positions('x keys 0 keys a b', { ...RO, begin: backwards, find: range(-1, 1, 0) }), [4, 5]);
    const optional: KeySpec = {
      flags: ['OW', 'incomplete'],
      begin: { keyword: 'STORE', startFrom: 2 },
      find: range(0, 1, 0),
    };
    const first: KeySpec = { ...RO, begin: { index: 1 }, find: range(0, 1, 0) };
    assert.deepEqual(positions('x a b store c', first, optional), [1, 4]);
    assert.deepEqual(positions('x a b c', first, optional), [1]);
  });

  it('knows key counts, and refuses those that do not fit', () => {
    const counted: KeySpec = { ...RO, begin: { index: 1 }, find: { keyNumIndex: 0, firstKey: 1, step: 1 } };
    assert.deepEqual(positions('x 2 a b', counted), [2, 3]);
    assert.deepEqual(positions('x 0 a b', counted), []);
    for (const wrong of ['3', '-1', 'a', '01', '1.5', '99999999999', '']) {
      assert.equal(positions(`x ${wrong} a b`, counted), undefined, wrong);
    }
    assert.equal(positions('x a b c', { ...RO, begin: { index: 3 }, find: range(1, 1, 0) }), undefined);
  });

  it('grows for thousands of keys', () => {
    const line = `x${' k'.repeat(5000)}`;
    assert.equal(positions(line, { ...RO, begin: { index: 1 }, find: range(-1, 1, 0) })?.length, 5000);
  });
});

describe('suggestCommand', () => {
  it('finds what was probably meant, and nothing when nothing is near', () => {
    const table = new CommandTable(commandSpecs);
    assert.equal(suggestCommand(table, 'GTE'), 'get');
    assert.equal(suggestCommand(table, 'exipre'), 'expire');
    assert.equal(suggestCommand(table, 'config|gett'), 'config|get');
    assert.equal(suggestCommand(table, 'qwertyuiop'), undefined);
  });
});
