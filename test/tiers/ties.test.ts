import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../support/random.ts';
import { TieredServer } from './tiered-server.ts';

const SEED = Number(process.env.STRATAKV_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const NAMES = 300;
const ROUNDS = 40;

/**
 * Where scores and first bytes are the same, a search reads leaves to know its way, and other leaves once the tree has changed: of a collection on
 * disk these may be missing in the middle of a command.
 */
test('ZADD and ZREM of several members of a cold sorted set that all begin alike count each', {
  timeout: 300_000,
}, async (context) => {
  context.diagnostic(`seed ${SEED}`);
  const random = new Random(SEED);
  const env = { STRATAKV_TINY_NODES: '1' };
  const tiered = await TieredServer.start(['--maxmemory', '64mb', '--server-threads', '1'], { env });
  try {
    const kept = new Set<string>();
    const lengths = [0, 100, 200];
    const names = Array.from(
      { length: NAMES },
      (_, n) => `${'alike'.repeat(8)}${n}${'x'.repeat(random.pick(lengths))}`,
    );
    const some = (most: number) => Array.from({ length: random.integer(2, most) }, () => random.pick(names));
    for (let round = 0; round < ROUNDS; round++) {
      const added = some(100);
      const fresh = new Set(added.filter((name) => !kept.has(name)));
      const reply = await tiered.call('ZADD', 'z', ...added.flatMap((name) => ['0', name]));
      assert.equal(reply, String(fresh.size), `ZADD of round ${round}`);
      for (const name of fresh) kept.add(name);
      assert.equal(await tiered.call('TIER', 'DEMOTE', 'z'), '1');
      const removed = some(60);
      const gone = new Set(removed.filter((name) => kept.has(name)));
      assert.equal(await tiered.call('ZREM', 'z', ...removed), String(gone.size), `ZREM of round ${round}`);
      for (const name of gone) kept.delete(name);
      assert.equal(await tiered.call('ZCARD', 'z'), String(kept.size));
      assert.equal(await tiered.call('TIER', 'DEMOTE', 'z'), '1');
    }
    assert.deepEqual(await tiered.list('ZRANGE', 'z', '0', '-1'), [...kept].sort());
  } finally {
    assert.equal(await tiered.stop(), 0);
  }
});
