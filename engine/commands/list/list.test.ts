import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LiveComparison } from '../../../test/support/live-comparison.ts';
import { missingPrograms } from '../../../test/support/programs.ts';
import { Random } from '../../../test/support/random.ts';
import { parseScenarios } from '../../../test/support/redis-comparison.ts';
import { listScenarios } from './scenarios.ts';

const ROUNDS = 30;
const COMMANDS = 120;

type Command = (string | Buffer)[];

/** Enough of them to make trees of several leaves, large ones among them. */
function elements(random: Random, most: number): Command {
  const one = (): string | Buffer =>
    random.weighted<() => string | Buffer>([
      [() => String(random.integer(0, 20)), 20],
      [() => `element:${random.integer(0, 1_000_000)}`, 10],
      [() => random.bytes(random.integer(0, 300)), 8],
      [() => Buffer.alloc(random.integer(3000, 9000), 'x'), 1],
    ])();
  return Array.from({ length: random.integer(1, most) }, one);
}

function randomCommand(random: Random): Command {
  const key = (): string => random.pick(['a', 'b', 'c']);
  const index = (): string => String(random.pick([random.integer(-5, 5), random.integer(-600, 600)]));
  const side = (): string => random.pick(['left', 'right']);
  const value = (): string | Buffer => elements(random, 1)[0] ?? '';
  return random.weighted<() => Command>([
    [() => [random.pick(['lpush', 'rpush']), key(), ...elements(random, 8)], 30],
    [() => [random.pick(['lpush', 'rpush']), key(), ...elements(random, 300)], 6],
    [() => [random.pick(['lpop', 'rpop']), key()], 8],
    [() => [random.pick(['lpop', 'rpop']), key(), String(random.integer(0, 300))], 2],
    [() => ['lrange', key(), index(), index()], 6],
    [() => ['lindex', key(), index()], 8],
    [() => ['lset', key(), index(), value()], 12],
    [() => ['linsert', key(), random.pick(['before', 'after']), value(), value()], 12],
    [() => ['lrem', key(), String(random.integer(-3, 3)), value()], 8],
    [() => ['ltrim', key(), String(random.integer(0, 20)), String(random.integer(-20, -1))], 4],
    [() => ['ltrim', key(), index(), index()], 1],
    [() => ['lpos', key(), value(), 'rank', random.pick(['-2', '-1', '1', '2']), 'count', '0'], 8],
    [() => ['lmove', key(), key(), side(), side()], 10],
    [() => ['lmpop', '2', key(), key(), side(), 'count', String(random.integer(1, 20))], 3],
    [() => ['lrange', key(), '0', '-1'], 6],
    [() => ['llen', key()], 2],
    [() => ['copy', key(), key(), 'replace'], 1],
  ])();
}

describe('list commands against redis-server', { skip: missingPrograms({ 'redis-server': 'redis-server' }) }, () => {
  let comparison: LiveComparison;
  before(async () => {
    comparison = await LiveComparison.start();
  });
  after(() => comparison.stop());

  for (const resp of [2, 3] as const) {
    test(`scenarios, RESP${resp}`, async () => {
      await comparison.speak(resp);
      const differences: string[] = [];
      for (const scenario of parseScenarios(listScenarios)) {
        differences.push(...(await comparison.differences(scenario)));
      }
      assert.equal(differences.join('\n\n'), '');
    });
  }

  const seed = Number(process.env.FUZZ_SEED ?? 20_261_122);
  test(`random commands on lists of many sizes, FUZZ_SEED=${seed}`, async () => {
    const random = new Random(seed);
    await comparison.speak(2);
    for (let round = 0; round < ROUNDS; round++) {
      const commands = Array.from({ length: COMMANDS }, () => randomCommand(random));
      const differences = await comparison.differences(commands);
      assert.equal(differences[0] ?? '', '', `seed ${seed}, round ${round}`);
    }
  });
});
