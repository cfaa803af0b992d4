import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LiveComparison } from '../../../test/support/live-comparison.ts';
import { missingPrograms } from '../../../test/support/programs.ts';
import { Random } from '../../../test/support/random.ts';
import { parseScenarios } from '../../../test/support/redis-comparison.ts';
import { sortScenarios } from './scenarios.ts';

const ROUNDS = 20;
const ELEMENTS = 300;

type Command = string[];

/** A list, set or sorted set of numbers, and strings and hashes named after some of them. */
function fill(random: Random, count: number): Command[] {
  const names = Array.from({ length: count }, () => String(random.integer(0, count * 3)));
  const unique = [...new Set(names)];
  const commands: Command[] = [
    ['rpush', 'l', ...names],
    ['sadd', 's', ...names],
    ['zadd', 'z', ...unique.flatMap((name, n) => [String(n % 7), name])],
  ];
  // Weights differ: what is equal may come in any order.
  for (const [n, name] of unique.entries()) {
    if (random.chance(0.9)) commands.push(['set', `weight:${name}`, String((n * 7919) % 10_007)]);
    if (random.chance(0.8)) commands.push(['hset', `hash:${name}`, 'weight', String((n * 7919) % 10_007), 'x', name]);
  }
  return commands;
}

function sortCommand(random: Random): Command {
  const pick = <T>(items: readonly T[]): T => random.pick(items);
  const by = pick([[], ['by', 'weight:*'], ['by', 'hash:*->weight'], ['by', 'nosort']]);
  const key = by[1] === 'nosort' ? pick(['l', 'z']) : pick(['l', 's', 'z']);
  const gets = pick([[], ['get', '#'], ['get', 'weight:*', 'get', '#'], ['get', 'hash:*->x'], ['get', 'hash:*']]);
  const limit = pick([[], [], ['limit', String(random.integer(0, 50)), String(random.integer(0, 400))]]);
  const words = [...by, ...pick([[], ['desc']]), ...limit, ...gets];
  if (by.length === 0 && random.chance(0.3)) words.push('alpha');
  return [pick(['sort', 'sort_ro']), key, ...words];
}

describe('SORT against redis-server', { skip: missingPrograms({ 'redis-server': 'redis-server' }) }, () => {
  let comparison: LiveComparison;
  before(async () => {
    comparison = await LiveComparison.start();
  });
  after(() => comparison.stop());

  for (const resp of [2, 3] as const) {
    test(`scenarios, RESP${resp}`, async () => {
      await comparison.speak(resp);
      const differences: string[] = [];
      for (const scenario of parseScenarios(sortScenarios)) {
        differences.push(...(await comparison.differences(scenario)));
      }
      assert.equal(differences.join('\n\n'), '');
    });
  }

  const seed = Number(process.env.FUZZ_SEED ?? 20_261_122);
  test(`random options, FUZZ_SEED=${seed}`, async () => {
    const random = new Random(seed);
    await comparison.speak(2);
    for (let round = 0; round < ROUNDS; round++) {
      const commands = fill(random, random.pick([5, 40, ELEMENTS]));
      for (let n = 0; n < 30; n++) {
        const command = sortCommand(random);
        commands.push(command);
        if (command[0] === 'sort') commands.push([...command, 'store', 'd'], ['lrange', 'd', '0', '-1']);
      }
      const differences = await comparison.differences(commands);
      assert.equal(differences[0] ?? '', '', `seed ${seed}, round ${round}`);
    }
  });
});
