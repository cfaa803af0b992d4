import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCrashes } from './campaign.ts';

/** A few runs of the campaign (`npm run test:crash`). */
const RUNS = Number(process.env.STRATAKV_CRASH_SERVERS ?? 4);
const SEED = Number(process.env.STRATAKV_CRASH_SEED ?? Date.now() % 1_000_000);

test(`kill -9 in both modes, all types: ${RUNS} runs, seed ${SEED}`, { timeout: 300_000 + RUNS * 10_000 }, async () => {
  const outcome = await runCrashes({ runs: RUNS, seed: SEED, loadMs: 400 });
  assert.equal(outcome.writethrough + outcome.writeback, RUNS);
});
