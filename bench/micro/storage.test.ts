import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KIND_INDEX } from '../../tiers/memory/layout.ts';
import { FilledStore } from './storage.bench.ts';

// The budgets of RAM per key. STRATAKV_KEY_COUNTS=100000,3000000 prints the figures of other counts.
const counts = (process.env.STRATAKV_KEY_COUNTS ?? '300000,1000000').split(',').map(Number);

for (const count of counts) {
  test(`RAM of ${count} hot keys of 16 bytes with values of 64`, (context) => {
    const filled = new FilledStore(count);
    assert.equal(filled.keyspace.size(0), count);
    const beyond = filled.usedBytes() / count - 80;
    const index = filled.usedBytes(KIND_INDEX) / count;
    context.diagnostic(`${beyond.toFixed(2)} bytes beyond key and value, ${index.toFixed(2)} of them index`);
    assert.ok(beyond <= 48);
    assert.ok(index <= 14);
  });
}
