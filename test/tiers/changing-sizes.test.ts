import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TieredServer } from './tiered-server.ts';

const MAX_BYTES = 48 * 2 ** 20;
/** Each fills a quarter of the RAM, so that slabs of sizes of long ago are half empty when those of a new one are wanted. */
const SIZES = [700, 5000, 1100, 14_000, 2500, 7000];
const PHASE_BYTES = MAX_BYTES / 4;
/** What is left of every other phase is used again, so that it stays. */
const USED_AGAIN = 4;
/** The room between the marks is a thirtieth; blocks wanted at one moment may cost a little more. */
const LEAST_SHARE = 0.85;

test('values of changing sizes leave RAM full: what is free in slabs of other sizes is gathered before values are evicted', {
  timeout: 240_000,
}, async (t) => {
  const tiered = await TieredServer.start(['--maxmemory', String(MAX_BYTES), '--server-threads', '1']);
  try {
    let least = 1;
    const kept: string[] = [];
    for (const [phase, size] of SIZES.entries()) {
      const count = Math.floor(PHASE_BYTES / size);
      const keys = Array.from({ length: count }, (_, n) => `${phase}:${n}`);
      const step = Math.ceil(2 ** 20 / size);
      for (let at = 0; at < count; at += step) {
        const some = keys.slice(at, at + step);
        for (const reply of await tiered.pipeline(some.map((key) => ['SET', key, key.padEnd(size, '.')])))
          assert.equal(reply, 'OK');
        const again = kept.filter((_, n) => n % 16 === (at / step) % 16);
        await tiered.pipeline(again.map((key) => ['STRLEN', key]));
        if (phase >= 4) least = Math.min(least, (await tiered.figure('ram_bytes')) / MAX_BYTES);
      }
      kept.push(...keys.filter((_, n) => n % USED_AGAIN === 0));
      if (kept.length > 12_000) kept.splice(0, kept.length - 12_000);
    }
    const moved = Number(await tiered.info('active_defrag_hits', 'stats'));
    t.diagnostic(`RAM was ${(least * 100).toFixed(1)} % full at least, ${moved} objects were moved`);
    assert.ok(moved > 0, 'objects are moved though activedefrag is off');
    assert.ok(least > LEAST_SHARE, `RAM was ${(least * 100).toFixed(1)} % full`);
    for (const key of kept.slice(-500)) {
      const size = SIZES[Number(key.split(':')[0])] ?? 0;
      assert.equal(await tiered.call('GET', key), key.padEnd(size, '.'));
    }
  } finally {
    assert.equal(await tiered.stop(), 0);
  }
});
