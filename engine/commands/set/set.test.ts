import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LiveComparison } from '../../../test/support/live-comparison.ts';
import { missingPrograms } from '../../../test/support/programs.ts';
import { parseScenarios } from '../../../test/support/redis-comparison.ts';
import { setScenarios } from './scenarios.ts';

describe('set commands against redis-server', { skip: missingPrograms({ 'redis-server': 'redis-server' }) }, () => {
  let comparison: LiveComparison;
  before(async () => {
    comparison = await LiveComparison.start();
  });
  after(() => comparison.stop());

  for (const resp of [2, 3] as const) {
    test(`scenarios, RESP${resp}`, async () => {
      await comparison.speak(resp);
      const differences: string[] = [];
      for (const scenario of parseScenarios(setScenarios))
        differences.push(...(await comparison.differences(scenario)));
      assert.equal(differences.join('\n\n'), '');
    });
  }

  test('large sets, in every way that they are read and combined', async () => {
    await comparison.speak(3);
    const commands: string[][] = [];
    const add = (key: string, from: number, to: number, name: (n: number) => string) => {
      for (let n = from; n < to; n += 50) {
        commands.push(['sadd', key, ...Array.from({ length: Math.min(50, to - n) }, (_, i) => name(n + i))]);
      }
    };
    add('numbers', -500, 1500, String);
    add('words', 0, 1500, (n) => `word:${n}`);
    add('long', 0, 60, (n) => `${n}`.repeat(300));
    add('mixed', 0, 1200, (n) => (n % 2 === 0 ? String(n) : `word:${n}`));
    const keys = ['numbers', 'words', 'long', 'mixed', 'missing'];
    for (const a of keys) {
      commands.push(['scard', a], ['smembers', a], ['object', 'encoding', a], ['srandmember', a, '100000']);
      for (const b of keys) {
        commands.push(['sinter', a, b], ['sunion', a, b], ['sdiff', a, b], ['sintercard', '2', a, b, 'limit', '700']);
        for (const command of ['sinterstore', 'sunionstore', 'sdiffstore']) {
          commands.push([command, 'd', a, b], ['smembers', 'd'], ['object', 'encoding', 'd']);
        }
      }
    }
    commands.push(['sunion', ...keys, ...keys], ['sdiff', 'numbers', 'mixed', 'words', 'mixed', 'long', 'words']);
    commands.push(['sunionstore', 'all', ...keys], ['sdiffstore', 'all', 'all', 'words'], ['smembers', 'all']);
    commands.push(['sinterstore', 'numbers', 'all', 'numbers'], ['smembers', 'numbers'], ['copy', 'words', 'copied']);
    for (let n = 0; n < 1500; n += 3) commands.push(['srem', 'words', `word:${n}`, `word:${n + 1}`]);
    commands.push(['smembers', 'words'], ['smembers', 'copied'], ['rename', 'copied', 'words'], ['smembers', 'words']);
    for (let n = 0; n < 1500; n += 2) commands.push(['smove', 'words', 'moved', `word:${n}`]);
    commands.push(['smembers', 'words'], ['smembers', 'moved'], ['spop', 'words', '100000'], ['exists', 'words']);
    for (let n = 0; n < 1500; n++) commands.push(['srem', 'moved', `word:${n}`]);
    commands.push(['exists', 'moved']);
    assert.equal((await comparison.differences(commands)).slice(0, 3).join('\n\n'), '');
  });
});
