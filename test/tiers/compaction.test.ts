import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHUNK_OBJECTS } from '../../tiers/policy/hot-queues.ts';
import { InProcessTiers } from './in-process.ts';

test('keys that come and go while nothing is evicted do not make the queues grow', async () => {
  const tiers = await InProcessTiers.open({ limitBytes: 64 * 2 ** 20 });
  const keep = 2000;
  // One key in a hundred stays: every chunk of the queues keeps a few live objects, so none can simply be dropped.
  for (let i = 0; i < keep * 100; i++) {
    tiers.set(`key:${i}`, 'v');
    if (i % 100 !== 0) tiers.delete(`key:${i}`);
  }
  const grown = tiers.store.queues.chunks();
  assert.ok(grown * CHUNK_OBJECTS > keep * 50, `the queues were sparse to begin with: ${grown} chunks`);
  for (let round = 0; round < 3; round++) tiers.mover.compactQueues();
  const left = tiers.store.queues.chunks();
  assert.ok(left * CHUNK_OBJECTS <= keep * 2 + 64 * CHUNK_OBJECTS, `${left} chunks for ${keep} objects`);
  for (let i = 0; i < keep * 100; i += 100) assert.equal(tiers.hot(`key:${i}`), 'v');
  tiers.verify();
});
