import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { zipfTrace } from '../../tiers/policy/simulator/synthetic.ts';
import { connectPredictor } from '../../tools/plan/live/server-predictor.ts';
import { UNBOUNDED_BYTES } from '../../tools/plan/live/server-tiers.ts';
import { verify, verifyText } from '../../tools/plan/live/verify.ts';
import { freePort } from '../support/ports.ts';
import { findProgram } from '../support/programs.ts';
import { TieredServer, until } from '../tiers/tiered-server.ts';
import { wholeTrace } from './hit-ratio/workloads.ts';

const MIB = 2 ** 20;
/** `npm run test:hit-ratio` holds many cases to one point; here a loaded machine has a part in it. */
const TOLERANCE = 0.02;

const addressOf = (tiered: TieredServer, password?: string) => ({
  host: '127.0.0.1',
  port: tiered.server.port,
  password,
});

test('a replayed trace is answered as predicted, and the server tells enough to plan from', {
  timeout: 240_000,
}, async (t) => {
  const tiered = await TieredServer.start(['--maxmemory', '4mb', '--server-threads', '1']);
  try {
    const address = addressOf(tiered);
    await assert.rejects(connectPredictor(address), /has seen \d+ lookups .* a plan needs 1000/);
    const trace = wholeTrace(zipfTrace({ seed: 3, requests: 60_000, objects: 15_000 }), () => 600);
    const report = await verify({ address, trace, flush: false, tolerance: TOLERANCE });
    t.diagnostic(verifyText(report));
    assert.ok(report.agrees, verifyText(report));
    assert.ok(report.measured.nvme > 0.01, 'some reads came from disk');
    assert.deepEqual([report.server.ramBytes, report.server.nvmeBytes], [4 * MIB, UNBOUNDED_BYTES]);
    assert.match(verifyText(report), /RAM hits +\d+\.\d\d % +\d+\.\d\d % +[+-]\d+\.\d\d points\n/);
    assert.match(verifyText(report), /Prediction and measurement agree/);
    await assert.rejects(verify({ address, trace, flush: false }), /has \d+ keys: .* --flush deletes them all/);

    await until('the samples are in', async () => {
      const mrc = (await tiered.client.ask('TIER', 'MRC')).items.map((item) => item.text.toString());
      return Number(mrc[mrc.indexOf('sampled_keys') + 1]) >= 500;
    });
    // What docs/PLANNER.md says that the user needs.
    const rules = '+tier +config|get +info +command +randomkey +memory|usage +pttl'.split(' ');
    assert.equal(await tiered.call('ACL', 'SETUSER', 'planner', 'on', '>pass', '~*', ...rules), 'OK');
    const predictor = await connectPredictor({ ...address, user: 'planner', password: 'pass' });
    try {
      const { totals, oneHitWonders, valueSizes } = predictor.facts;
      assert.equal(totals.reads, trace.length);
      assert.equal(totals.writes, report.replay.misses);
      assert.equal(totals.meanKeyBytes, 16);
      assert.ok(Math.abs(totals.meanValueBytes - 600) < 60, `${totals.meanValueBytes} bytes`);
      assert.ok(Math.abs(totals.distinctKeys / trace.keyCount - 1) < 0.2, `${totals.distinctKeys} keys`);
      assert.ok(oneHitWonders > 0.05 && oneHitWonders < 0.9, `${oneHitWonders}`);
      assert.ok(valueSizes.some(({ from, to, weight }) => from <= 600 && to > 600 && weight > 0.9));
      const rams = [2 * MIB, 4 * MIB, 8 * MIB, 64 * MIB];
      const predictions = await predictor.predict(
        rams.map((ramBytes) => ({ ramBytes, nvmeBytes: UNBOUNDED_BYTES })),
        () => undefined,
      );
      const hits = predictions.map(({ ramHitRatio }) => ramHitRatio);
      assert.deepEqual(
        hits,
        hits.toSorted((a, b) => a - b),
      );
      // LRU at the RAM that there is: the server's policy does a little better, and the sample is small.
      const present = hits[1] ?? 0;
      assert.ok(
        present < report.measured.ram + 0.05 && present > report.measured.ram - 0.15,
        `${present}, measured ${report.measured.ram}`,
      );
      for (const { ramHitRatio, nvmeHitRatio } of predictions)
        assert.ok(Math.abs(ramHitRatio + nvmeHitRatio - (1 - report.measured.misses)) < 0.005);
      const [none, little] = await predictor.predict(
        [
          { ramBytes: 2 * MIB, nvmeBytes: 0 },
          { ramBytes: 2 * MIB, nvmeBytes: 4 * MIB },
        ],
        () => undefined,
      );
      assert.equal(none?.nvmeHitRatio, 0);
      const nvme = little?.nvmeHitRatio ?? 0;
      assert.ok(nvme > 0 && nvme < (predictions[0]?.nvmeHitRatio ?? 0), `${nvme}`);
      const [lru] = await predictor.curves(rams, () => undefined);
      assert.equal(lru?.policy, 'lru');
      assert.deepEqual(
        lru?.points.map(({ missRatio }) => Math.round((1 - missRatio) * 1e6)),
        hits.map((hit) => Math.round(hit * 1e6)),
      );
    } finally {
      predictor.close();
    }
    const again = await verify({ address, trace, flush: true, tolerance: TOLERANCE });
    assert.ok(again.agrees, verifyText(again));
  } finally {
    assert.equal(await tiered.stop(), 0);
  }
});

test('who cannot be asked is told in one line', { timeout: 120_000 }, async (t) => {
  const port = await freePort();
  await assert.rejects(connectPredictor({ host: '127.0.0.1', port }), /^PlanError: cannot reach 127\.0\.0\.1:\d+: .+$/);
  const tiered = await TieredServer.start(['--requirepass', 'secret', '--server-threads', '1']);
  try {
    await assert.rejects(
      connectPredictor(addressOf(tiered, 'wrong')),
      /^PlanError: 127\.0\.0\.1:\d+: WRONGPASS [^\n]+$/,
    );
    await assert.rejects(connectPredictor(addressOf(tiered)), /^PlanError: 127\.0\.0\.1:\d+: NOAUTH [^\n]+$/);
    await assert.rejects(connectPredictor(addressOf(tiered, 'secret')), /^PlanError: .* lookups of keys [^\n]+$/);
  } finally {
    assert.equal(await tiered.stop(), 0);
  }
  const redis = findProgram('redis-server');
  if (redis === undefined) {
    t.diagnostic('no redis-server here');
    return;
  }
  const child = spawn(redis, ['--port', String(port), '--save', '', '--appendonly', 'no', '--dir', '/tmp'], {
    stdio: 'ignore',
  });
  try {
    await until('it listens', async () => {
      const error = await connectPredictor({ host: '127.0.0.1', port }).catch((reason: Error) => reason.message);
      if (/cannot reach/.test(String(error))) return false;
      assert.match(
        String(error),
        /^127\.0\.0\.1:\d+ is no StrataKV server \(Redis [\d.]+ has no TIER MRC to ask\); plan from its traffic: redis-cli -h 127\.0\.0\.1 -p \d+ MONITOR \| stratakv-plan -$/,
      );
      return true;
    });
  } finally {
    child.kill('SIGKILL');
  }
});
