import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missingPrograms } from '../support/programs.ts';
import { BareSide } from './bare-side.ts';
import { compareCases, ServerSide } from './comparison.ts';

const skip = missingPrograms({ 'redis-server': 'redis-server' });
const SEEDS = 25;
const CASES = 120;

test('cjson, cmsgpack, struct and bit answer as those of redis-server do', { skip }, async () => {
  const redis = await ServerSide.start('redis');
  try {
    const ours = new BareSide();
    for (let seed = 1; seed <= SEEDS; seed++) {
      const differences = await compareCases(redis, ours, seed, CASES);
      assert.deepEqual(differences, [], `seed ${seed}`);
    }
  } finally {
    await redis.stop();
  }
});
