import assert from 'node:assert/strict';
import { test } from 'node:test';
import { syntheticTraces, zipfTrace } from '../../../tiers/policy/simulator/synthetic.ts';
import { OP_DELETE, OP_READ, OP_WRITE, type Prediction, type SampledTrace } from '../plan.ts';
import { objectRamBytes, ramRoomBytes, recordBytes } from './accounting.ts';
import { indexRamBytes } from './index-bytes.ts';
import { factsOf, type MadeRequest, madeTrace, sampleOf } from './testing/sampled.ts';
import { TracePredictor, type TracePredictorOptions } from './trace-predictor.ts';

const SEED = 9;
const MIB = 2 ** 20;
const quiet = () => {};
const plenty = { ramBytes: 64 * MIB, nvmeBytes: 0 };
const near = (actual: number, expected: number, what: string) =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${what}: ${actual}, not ${expected}`);

async function predictOne(
  trace: SampledTrace,
  configuration: { readonly ramBytes: number; readonly nvmeBytes: number },
  options: TracePredictorOptions = {},
): Promise<Prediction> {
  const [prediction] = await new TracePredictor(trace, factsOf(trace), options).predict([configuration], quiet);
  assert.ok(prediction !== undefined);
  return prediction;
}

test('reads fill the cache, deletions empty it, writes are no reads', async () => {
  const trace = madeTrace([
    { key: 1 },
    { key: 1 },
    { key: 1, op: OP_DELETE },
    { key: 1 },
    { key: 2, op: OP_WRITE },
    { key: 2 },
  ]);
  // Reads: miss, hit, miss, hit.
  near((await predictOne(trace, plenty)).ramHitRatio, 0.5, 'hits');
  // Nobody fills: 1 is never there.
  near((await predictOne(trace, plenty, { fillsOnMiss: false })).ramHitRatio, 0.25, 'hits without filling');
});

test('what expires is missed, and filled with the same time to live; the curves agree', async () => {
  const trace = madeTrace(
    [
      { key: 1, op: OP_WRITE, at: 0, ttl: 10 },
      { key: 1, at: 9000 },
      { key: 1, at: 10_000 },
      { key: 1, at: 19_000 },
      { key: 1, at: 20_000 },
    ],
    true,
  );
  for (const nvmeBytes of [0, 64 * MIB]) {
    near((await predictOne(trace, { ramBytes: 64 * MIB, nvmeBytes })).ramHitRatio, 0.5, `hits, ${nvmeBytes}`);
  }
  const curves = await new TracePredictor(trace, factsOf(trace)).curves([64 * MIB], quiet);
  for (const { policy, points } of curves) near(points[0]?.missRatio ?? 0, 0.5, policy);
});

/** Each of `keys` once, in order, `rounds` times. */
function rounds(keys: number, times: number, op: number = OP_READ): MadeRequest[] {
  return Array.from({ length: keys * times }, (_, n) => ({ key: n % keys, op, at: n, bytes: 400 }));
}

test('RAM holds as many objects as their blocks and the index leave room for', async () => {
  const KEYS = 3000;
  const block = objectRamBytes(16, 400, false);
  const needed = KEYS * block + indexRamBytes(KEYS);
  // The least maxmemory whose room is enough.
  let ramBytes = needed;
  while (ramRoomBytes(ramBytes) < needed) ramBytes += 64;
  const trace = madeTrace(rounds(KEYS, 2));
  near((await predictOne(trace, { ramBytes, nvmeBytes: 0 })).ramHitRatio, 0.5, 'all fit');
  assert.ok((await predictOne(trace, { ramBytes: ramBytes - 2048, nvmeBytes: 0 })).ramHitRatio < 0.5);
  const { indexBytes } = await predictOne(trace, { ramBytes, nvmeBytes: 1e9 });
  near(indexBytes, indexRamBytes(KEYS), 'index');
});

test('with unlimited NVMe every reuse that RAM cannot answer is answered from it, and read from it', async () => {
  for (const synthetic of syntheticTraces({ seed: SEED, requests: 30_000, objects: 5000 })) {
    const trace = sampleOf(synthetic, 1);
    const prediction = await predictOne(trace, { ramBytes: 1400 * 1024, nvmeBytes: 1e12 });
    const reuses = 1 - synthetic.objects / synthetic.requests.length;
    near(prediction.ramHitRatio + prediction.nvmeHitRatio, reuses, synthetic.name);
    near(prediction.nvmeReadsPerRequest, prediction.nvmeHitRatio, `${synthetic.name}, reads`);
    // Every value once.
    const written = (synthetic.objects / synthetic.requests.length) * recordBytes(16, 200, false);
    near(prediction.nvmeBytesWrittenPerRequest, written, `${synthetic.name}, written`);
  }
});

test('what is written twice between two checkpoints reaches the disk once', async () => {
  const writes = (everyMs: number) =>
    madeTrace(
      Array.from({ length: 100 }, (_, n) => ({ key: 1, op: OP_WRITE, at: n * everyMs })),
      true,
    );
  const record = recordBytes(16, 100, false);
  const written = async (everyMs: number, flushMs: number) =>
    (await predictOne(writes(everyMs), { ramBytes: MIB, nvmeBytes: 1e9 }, { flushMs })).nvmeBytesWrittenPerRequest;
  near(await written(100, 1000), record / 10, 'ten a second');
  near(await written(1000, 1000), record, 'one a second');
  near(await written(100, 100), record, 'checkpoints as frequent');
});

test('more RAM never makes LRU or Belady miss more, and nobody misses less than Belady', async () => {
  const sizes = [200, 300, 500, 800, 1300, 2000].map((kib) => kib * 1024);
  for (const synthetic of syntheticTraces({ seed: SEED, requests: 40_000, objects: 5000 })) {
    const trace = sampleOf(synthetic, 1);
    const curves = await new TracePredictor(trace, factsOf(trace)).curves(sizes, quiet);
    const missesOf = (policy: string) =>
      curves.find((curve) => curve.policy === policy)?.points.map((p) => p.missRatio) ?? [];
    for (const policy of ['lru', 'belady']) {
      const misses = missesOf(policy);
      for (const [n, ratio] of misses.entries())
        assert.ok(n === 0 || ratio <= (misses[n - 1] ?? 0), `${synthetic.name}, ${policy}`);
    }
    const best = missesOf('belady');
    for (const policy of ['server', 'lru', 's3-fifo']) {
      for (const [n, ratio] of missesOf(policy).entries())
        assert.ok(ratio >= (best[n] ?? 1) - 1e-9, `${synthetic.name}, ${policy}, ${sizes[n]}`);
    }
    assert.ok(
      curves.every(({ points }) => points.every(({ error }) => error === 0)),
      'all keys: no error',
    );
  }
});

test('the error of a sample is about as large as it says', async (t) => {
  const synthetic = zipfTrace({ seed: SEED, requests: 60_000, objects: 10_000 });
  const whole = sampleOf(synthetic, 1);
  const configuration = { ramBytes: 1 * MIB, nvmeBytes: 4 * MIB };
  const exact = await predictOne(whole, configuration);
  let sum = 0;
  for (const salt of [1, 2, 3, 4, 5, 6]) {
    const { ramHitRatio, ramError } = await predictOne(sampleOf(synthetic, 0.3, salt), configuration);
    assert.ok(ramError !== undefined && ramError > 0 && ramError < 0.1, `${ramError}`);
    t.diagnostic(`salt ${salt}: off by ${(ramHitRatio - exact.ramHitRatio).toFixed(4)}, error ${ramError.toFixed(4)}`);
    sum += ((ramHitRatio - exact.ramHitRatio) / ramError) ** 2;
  }
  // Six squares of about 1 each.
  assert.ok(sum > 0.3 && sum < 40, `${sum}`);
});

test('progress grows from 0 to 1; an aborted prediction stops, and says why', async () => {
  const trace = sampleOf(zipfTrace({ seed: SEED, requests: 400_000, objects: 20_000 }), 1);
  const shares: number[] = [];
  const configurations = [1, 2, 3, 4].map((mib) => ({ ramBytes: mib * MIB, nvmeBytes: 8 * MIB }));
  await new TracePredictor(trace, factsOf(trace)).predict(configurations, (share) => shares.push(share));
  assert.equal(shares.at(-1), 1);
  for (const [n, share] of shares.entries()) assert.ok(share >= (shares[n - 1] ?? 0) && share <= 1);
  const controller = new AbortController();
  const { signal } = controller;
  const predicting = new TracePredictor(trace, factsOf(trace), { signal }).predict(configurations, (share) => {
    if (share > 0) controller.abort(new Error('enough'));
  });
  await assert.rejects(predicting, /enough/);
  await assert.rejects(new TracePredictor(trace, factsOf(trace), { signal }).predict(configurations, quiet), /enough/);
});

test('a large sample is simulated in parts only, curves in some of them, and they agree with all keys', async (t) => {
  const synthetic = zipfTrace({ seed: SEED, requests: 300_000, objects: 200_000 }, 0.8);
  const rate = 0.7;
  const sample = sampleOf(synthetic, rate);
  assert.ok(sample.keyCount > 49_152 && sample.keyCount < synthetic.objects, `${sample.keyCount} keys`);
  const whole = sampleOf(synthetic, 1);
  const configuration = { ramBytes: 8 * MIB, nvmeBytes: 16 * MIB };
  const [exact, sampled] = [await predictOne(whole, configuration), await predictOne(sample, configuration)];
  for (const part of ['ramHitRatio', 'nvmeHitRatio'] as const) {
    t.diagnostic(`${part}: ${exact[part].toFixed(4)}, by parts ${sampled[part].toFixed(4)}`);
    assert.ok(Math.abs(exact[part] - sampled[part]) < 0.01, part);
  }
  assert.ok(Math.abs(sampled.indexBytes / exact.indexBytes - 1) < 0.02, 'index');
  assert.ok((sampled.ramError ?? 0) > 0 && (sampled.ramError ?? 1) < 0.01, `${sampled.ramError}`);
});
