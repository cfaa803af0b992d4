import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AdaptiveSimulator } from '../../tiers/policy/simulator/adaptive.ts';
import { zipfTrace } from '../../tiers/policy/simulator/synthetic.ts';
import type { Trace } from '../../tiers/policy/simulator/trace.ts';
import { TieredServer } from './tiered-server.ts';

const SEED = 5;
const VALUE = 'v'.repeat(400);
/** `npm run test:hit-ratio` holds whole replays to one point; over these few requests what is hot when one begins to count weighs more. */
const POINTS = 3;

/** Misses of the default policy's simulator on a trace, in a cache that has seen every object once before. */
function simulate(trace: Trace, capacity: number): number {
  const simulator = new AdaptiveSimulator(capacity, trace.objects);
  for (let object = 0; object < trace.objects; object++) simulator.access(object, 1);
  let misses = 0;
  for (const object of trace.requests) if (!simulator.access(object, 1)) misses++;
  return misses;
}

test('a server asked over a socket keeps what the simulator keeps', async (t) => {
  const trace = zipfTrace({ seed: SEED, requests: 12_000, objects: 9000 });
  const tiered = await TieredServer.start(['--maxmemory', '1mb', '--server-threads', '1']);
  try {
    const sets = Array.from({ length: trace.objects }, (_, object) => ['SET', `k${object}`, VALUE]);
    for (const reply of await tiered.pipeline(sets)) assert.equal(reply, 'OK');
    const before = await tiered.figure('promotions');
    let hotObjects = 0;
    let looks = 0;
    for (let at = 0; at < trace.requests.length; at += 1000) {
      const gets = Array.from(trace.requests.subarray(at, at + 1000), (object) => ['GET', `k${object}`]);
      for (const reply of await tiered.pipeline(gets)) assert.equal(reply, VALUE);
      hotObjects += await tiered.figure('hot_keys');
      looks++;
    }
    const misses = (await tiered.figure('promotions')) - before;
    const capacity = Math.round(hotObjects / looks);
    const simulated = simulate(trace, capacity);
    const points = ((misses - simulated) / trace.requests.length) * 100;
    t.diagnostic(
      `seed ${SEED}, ${capacity} objects: ${misses} misses, ${points.toFixed(3)} points more than simulated`,
    );
    assert.ok(capacity < trace.objects, 'some keys have to be on disk');
    assert.ok(Math.abs(points) < POINTS, `${misses} misses, simulated ${simulated}`);
  } finally {
    assert.equal(await tiered.stop(), 0);
  }
});
