import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sideBySide } from './side-by-side.ts';

/** Work that is over when the test says so. */
class Stage {
  readonly started: string[] = [];
  readonly told: string[] = [];
  readonly #ends = new Map<string, () => void>();

  readonly work = async (item: string): Promise<string> => {
    this.started.push(item);
    await new Promise<void>((resolve) => this.#ends.set(item, resolve));
    return item.toUpperCase();
  };

  readonly tell = (item: string, result: string): void => {
    this.told.push(`${item}${result}`);
  };

  async end(item: string): Promise<void> {
    const end = this.#ends.get(item);
    assert.ok(end, `${item} runs`);
    end();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const weights: Readonly<Record<string, number>> = { c: 9, d: 1 };

test('heavy items start first, as many as may run, and all are told in the order that was asked for', async () => {
  const stage = new Stage();
  const all = sideBySide(['a', 'b', 'c', 'd'], 2, (item) => weights[item] ?? 0, stage.work, stage.tell);
  assert.deepEqual(stage.started, ['c', 'd']);
  await stage.end('d');
  assert.deepEqual(stage.started, ['c', 'd', 'a']);
  assert.deepEqual(stage.told, []);
  await stage.end('a');
  assert.deepEqual(stage.told, ['aA']);
  await stage.end('c');
  await stage.end('b');
  await all;
  assert.deepEqual(stage.told, ['aA', 'bB', 'cC', 'dD']);
});

test('work that fails fails the whole', async () => {
  const fails = sideBySide(
    [1, 2],
    2,
    () => 0,
    async (item) => {
      if (item === 2) throw new Error('no server');
    },
    () => {},
  );
  await assert.rejects(fails, /no server/);
});
