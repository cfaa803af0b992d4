import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type LaunchedServer, launch } from '../../../test/support/launch.ts';
import { LiveComparison } from '../../../test/support/live-comparison.ts';
import { missingPrograms } from '../../../test/support/programs.ts';
import { Random } from '../../../test/support/random.ts';
import { RawClient } from '../../../test/support/raw-client.ts';
import { parseScenarios } from '../../../test/support/redis-comparison.ts';
import { sortedSetScenarios } from './scenarios.ts';

/** Commands sent at a time: no reply takes long to come, however slow the machine is. */
const PORTION = 200;
const SEED = Number(process.env.FUZZ_SEED ?? 20_261_122);

describe('sorted set commands against redis-server', {
  skip: missingPrograms({ 'redis-server': 'redis-server' }),
}, () => {
  let comparison: LiveComparison;
  before(async () => {
    comparison = await LiveComparison.start();
  });
  after(() => comparison.stop());

  const agree = async (commands: readonly string[][]): Promise<void> => {
    for (let n = 0; n < commands.length; n += PORTION) {
      const differences = await comparison.differences(commands.slice(n, n + PORTION), n > 0);
      assert.equal(differences.slice(0, 3).join('\n\n'), '');
    }
  };

  for (const resp of [2, 3] as const) {
    test(`scenarios, RESP${resp}`, async () => {
      await comparison.speak(resp);
      const differences: string[] = [];
      for (const scenario of parseScenarios(sortedSetScenarios))
        differences.push(...(await comparison.differences(scenario)));
      assert.equal(differences.join('\n\n'), '');
    });
  }

  test(`large sorted sets, FUZZ_SEED=${SEED}`, async () => {
    await comparison.speak(3);
    await agree(largeSet(new Random(SEED)));
  });

  test(`members of one score with long common beginnings, FUZZ_SEED=${SEED}`, async () => {
    await comparison.speak(2);
    await agree(oneScore(new Random(SEED)));
  });
});

/** Thousands of members that come, move and go; every way of reading them in between. */
function largeSet(random: Random): string[][] {
  const name = (): string => `member:${random.integer(0, 3000)}`;
  const score = (): string =>
    String(random.chance(0.5) ? random.integer(-50, 50) : random.integer(-50_000, 50_000) / 16);
  const commands: string[][] = [];
  for (let turn = 0; turn < 800; turn++) {
    const pairs = Array.from({ length: random.integer(1, 6) }, () => [score(), name()]).flat();
    commands.push(['zadd', 'z', 'ch', ...pairs], ['zincrby', 'z', String(random.integer(-3, 3)), name()]);
    if (turn % 3 === 0) commands.push(['zrem', 'z', name(), name()], ['zrank', 'z', name()], ['zrevrank', 'z', name()]);
    if (turn % 10 === 0) {
      const rank = String(random.integer(-2000, 2000));
      commands.push(['zrange', 'z', rank, '1500', 'withscores'], ['zrevrange', 'z', rank, '1500', 'withscores']);
      commands.push(['zcount', 'z', score(), score()], ['zrangebyscore', 'z', score(), score(), 'limit', '3', '200']);
      commands.push(['zrevrangebyscore', 'z', 'inf', score(), 'withscores']);
    }
    if (turn % 100 === 50) {
      const rank = random.integer(0, 1000);
      commands.push(['zremrangebyrank', 'z', String(rank), String(rank + random.integer(0, 200))]);
      commands.push(['zremrangebyscore', 'z', '(10', String(random.integer(10, 40))], ['zpopmin', 'z', '20']);
      commands.push(['zpopmax', 'z', '20'], ['zpopmin', 'z'], ['zcard', 'z'], ['copy', 'z', 'y', 'replace']);
      commands.push(
        ['zunionstore', 'u', '2', 'z', 'y', 'weights', '1', '-2'],
        ['zrange', 'u', '0', '-1', 'withscores'],
      );
      commands.push(['zdiffstore', 'd', '2', 'u', 'z'], ['zinterstore', 'i', '2', 'z', 'u'], ['zcard', 'd']);
      commands.push(['zrange', 'i', '0', '-1', 'withscores'], ['zrandmember', 'i', '100000', 'withscores']);
      commands.push(['zrangestore', 's', 'z', '100', '900'], ['zrange', 's', '0', '-1'], ['object', 'encoding', 's']);
    }
  }
  commands.push(['zremrangebyrank', 'z', '1', '-2'], ['zrange', 'z', '0', '-1'], ['zremrangebyrank', 'z', '0', '-1']);
  commands.push(['exists', 'z']);
  return commands;
}

function oneScore(random: Random): string[][] {
  const name = (): string => `${'common:'.repeat(random.integer(1, 12))}${random.integer(0, 900)}`;
  const bound = (): string => `${random.pick(['[', '('])}${name()}`;
  const commands: string[][] = [];
  for (let turn = 0; turn < 1500; turn++) {
    commands.push(['zadd', 'z', '7', name(), '7', name()], ['zlexcount', 'z', bound(), bound()]);
    commands.push(['zrange', 'z', bound(), bound(), 'bylex', 'limit', '5', '20'], ['zrank', 'z', name()]);
    if (turn % 5 === 0) commands.push(['zrem', 'z', name()], ['zrevrangebylex', 'z', bound(), bound()]);
    if (turn % 100 === 99) commands.push(['zremrangebylex', 'z', '(common:common:1', '[common:common:2']);
  }
  commands.push(['zrange', 'z', '0', '-1', 'withscores']);
  return commands;
}

describe('what redis 7.2 added', () => {
  let server: LaunchedServer;
  let client: RawClient;
  before(async () => {
    server = await launch('stratakv');
    client = await RawClient.connect({ port: server.port });
  });
  after(async () => {
    client.close();
    await server.stop();
  });

  const ask = async (...command: string[]): Promise<string> => (await client.call(...command)).toString('latin1');

  test('ZRANK and ZREVRANK WITHSCORE', async () => {
    await ask('ZADD', 'z', '1.5', 'a', '2', 'b');
    assert.equal(await ask('ZRANK', 'z', 'b', 'WITHSCORE'), '*2\r\n:1\r\n$1\r\n2\r\n');
    assert.equal(await ask('ZREVRANK', 'z', 'a', 'withscore'), '*2\r\n:1\r\n$3\r\n1.5\r\n');
    assert.equal(await ask('ZRANK', 'z', 'nope', 'WITHSCORE'), '*-1\r\n');
    assert.equal(await ask('ZRANK', 'none', 'a', 'WITHSCORE'), '*-1\r\n');
    await ask('HELLO', '3');
    assert.equal(await ask('ZRANK', 'z', 'a', 'WITHSCORE'), '*2\r\n:0\r\n,1.5\r\n');
    assert.equal(await ask('ZRANK', 'z', 'nope', 'WITHSCORE'), '_\r\n');
  });

  test('members chosen at random: different ones, or as many as asked for', async () => {
    await ask('HELLO', '2');
    const pairs = Array.from({ length: 1000 }, (_, n) => [String(n), `m${n}`]).flat();
    await ask('ZADD', 'r', ...pairs);
    const members = async (count: number): Promise<string[]> =>
      (await ask('ZRANDMEMBER', 'r', String(count))).match(/m\d+/g) ?? [];
    for (const count of [1, 10, 300, 900, 999]) {
      const found = await members(count);
      assert.equal(found.length, count);
      assert.equal(new Set(found).size, count);
    }
    assert.equal((await members(-3000)).length, 3000);
    assert.match(await ask('ZRANDMEMBER', 'r'), /^\$\d+\r\nm\d+\r\n$/);
  });
});
