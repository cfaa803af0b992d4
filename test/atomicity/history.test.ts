import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Committed, findAnomaly, type ListStep } from './history.ts';

const append = (key: string, value: number): ListStep => ({ kind: 'append', key, value });
const read = (key: string, ...seen: number[]): ListStep => ({ kind: 'read', key, seen });
const at = (startedAt: number, endedAt: number, ...steps: ListStep[]): Committed => ({ startedAt, endedAt, steps });

describe('findAnomaly', () => {
  test('accepts transactions that overlap and can be ordered', () => {
    const history = [
      at(0, 10, append('x', 1), append('y', 2)),
      at(0, 10, read('x'), read('y')),
      at(1, 12, read('x', 1), read('y', 2), append('x', 3)),
      at(13, 14, read('x', 1, 3)),
    ];
    const final = new Map([
      ['x', [1, 3]],
      ['y', [2]],
    ]);
    assert.equal(findAnomaly(history, final), undefined);
  });

  test('sees half of a transaction', () => {
    const history = [at(0, 10, append('x', 1), append('y', 2)), at(0, 10, read('x', 1), read('y'))];
    const final = new Map([
      ['x', [1]],
      ['y', [2]],
    ]);
    assert.match(findAnomaly(history, final) ?? '', /come before each other/);
  });

  test('sees a read of the past', () => {
    const history = [at(0, 1, append('x', 1)), at(2, 3, read('x'))];
    assert.match(findAnomaly(history, new Map([['x', [1]]])) ?? '', /come before each other/);
  });

  test('sees a lost update', () => {
    const history = [at(0, 9, read('x'), append('x', 1)), at(0, 9, read('x'), append('x', 2))];
    assert.match(findAnomaly(history, new Map([['x', [1, 2]]])) ?? '', /come before each other/);
  });

  test('sees values that are lost, doubled or in another order', () => {
    const history = [at(0, 1, append('x', 1)), at(0, 1, append('x', 2)), at(0, 3, read('x', 2, 1))];
    assert.match(findAnomaly(history, new Map([['x', [1]]])) ?? '', /2 values were appended, 1 are there/);
    assert.match(findAnomaly(history, new Map([['x', [1, 2, 1]]])) ?? '', /twice/);
    assert.match(findAnomaly(history, new Map([['x', [1, 2]]])) ?? '', /saw 2 at 0/);
  });
});
