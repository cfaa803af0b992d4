import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { missingPrograms } from '../../../test/support/programs.ts';
import { Random } from '../../../test/support/random.ts';
import { randomStringCommand } from '../../../test/support/random-string-commands.ts';
import { parseScenarios, RedisComparison } from '../../../test/support/redis-comparison.ts';
import { stringCommands } from './index.ts';
import { stringScenarios } from './scenarios.ts';

const FUZZ_ROUNDS = 60;
const FUZZ_COMMANDS = 100;

describe('string commands against redis-server', { skip: missingPrograms({ 'redis-server': 'redis-server' }) }, () => {
  let comparison: RedisComparison;
  before(async () => {
    comparison = await RedisComparison.start(stringCommands);
  });
  after(() => comparison.stop());

  for (const resp of [2, 3] as const) {
    test(`scenarios, RESP${resp}`, async () => {
      await comparison.speak(resp);
      const differences: string[] = [];
      for (const scenario of parseScenarios(stringScenarios))
        differences.push(...(await comparison.differences(scenario)));
      assert.equal(differences.join('\n\n'), '');
    });
  }

  test('every pair and triple of SET options', async () => {
    await comparison.speak(2);
    const options = ['nx', 'xx', 'get', 'keepttl', 'ex 100', 'px 100000', 'exat 33177117420', 'pxat 33177117420123'];
    const commands: string[][] = [];
    for (const key of ['new', 'there', 'list']) {
      for (const a of options) {
        for (const b of options) {
          for (const c of ['', ...options]) {
            commands.push(['set', 'there', 'old', 'ex', '50'], ['del', 'new']);
            commands.push(['set', key, 'value', ...`${a} ${b} ${c}`.trim().split(' ')]);
            commands.push(['mget', key, 'there'], ['ttl', key]);
          }
        }
      }
    }
    assert.equal((await comparison.differences(commands)).slice(0, 5).join('\n\n'), '');
  });

  const seed = Number(process.env.FUZZ_SEED ?? 20_240_607);
  test(`random commands, FUZZ_SEED=${seed}`, async () => {
    const random = new Random(seed);
    for (let round = 0; round < FUZZ_ROUNDS; round++) {
      const commands = Array.from({ length: FUZZ_COMMANDS }, () => randomStringCommand(random));
      const differences = await comparison.differences(commands);
      assert.equal(differences[0] ?? '', '', `seed ${seed}, round ${round}`);
    }
  });
});
