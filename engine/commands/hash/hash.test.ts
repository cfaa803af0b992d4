import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LiveComparison } from '../../../test/support/live-comparison.ts';
import { missingPrograms } from '../../../test/support/programs.ts';
import { parseScenarios } from '../../../test/support/redis-comparison.ts';
import { hashScenarios } from './scenarios.ts';

describe('hash commands against redis-server', { skip: missingPrograms({ 'redis-server': 'redis-server' }) }, () => {
  let comparison: LiveComparison;
  before(async () => {
    comparison = await LiveComparison.start();
  });
  after(() => comparison.stop());

  for (const resp of [2, 3] as const) {
    test(`scenarios, RESP${resp}`, async () => {
      await comparison.speak(resp);
      const differences: string[] = [];
      for (const scenario of parseScenarios(hashScenarios))
        differences.push(...(await comparison.differences(scenario)));
      assert.equal(differences.join('\n\n'), '');
    });
  }

  test('a hash of many fields, small and large, in every way it is read', async () => {
    await comparison.speak(3);
    const commands: string[][] = [];
    for (let i = 0; i < 3000; i += 5) {
      const pairs = Array.from({ length: 5 }, (_, n) => [`field:${i + n}`, 'v'.repeat((i * 7 + n) % 300)]).flat();
      commands.push(['hset', 'k', ...pairs], ['hset', 'k', 'grows', 'x'.repeat(i)]);
    }
    commands.push(['hlen', 'k'], ['hgetall', 'k'], ['hkeys', 'k'], ['hvals', 'k'], ['hrandfield', 'k', '5000']);
    for (let i = 0; i < 3000; i += 3) commands.push(['hdel', 'k', `field:${i}`, `field:${i + 1}`]);
    commands.push(['hgetall', 'k'], ['copy', 'k', 'l'], ['hgetall', 'l'], ['debug', 'digest-value', 'none']);
    for (let i = 0; i < 3000; i++) commands.push(['hdel', 'k', `field:${i}`]);
    commands.push(['hgetall', 'k'], ['hgetall', 'l'], ['hdel', 'k', 'grows'], ['exists', 'k']);
    assert.equal((await comparison.differences(commands)).slice(0, 3).join('\n\n'), '');
  });
});
