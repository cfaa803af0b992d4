import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countMisses } from './simulator.ts';
import { simulators } from './simulators.ts';
import { syntheticTraces } from './synthetic.ts';
import { TwoTierSimulator } from './two-tiers.ts';

const SEED = 7;
const OBJECTS = 20_000;
const traces = syntheticTraces({ seed: SEED, requests: 200_000, objects: OBJECTS });
/** Points by which the hand may miss more than the best of LRU and S3-FIFO of the disk's size. */
const TOLERANCE = 4;

for (const [trace, policy] of traces.flatMap((one) => [[one, 's3-fifo'] as const, [one, 'adaptive'] as const])) {
  // A loop longer than the disk: who evicts at random does better there than who keeps order.
  if (trace.name === 'loop beside zipf') continue;
  test(`with a bounded disk both tiers together miss about as little as a good cache of its size: ${policy}, ${trace.name}`, (t) => {
    for (const [ram, disk] of [
      [OBJECTS / 80, OBJECTS / 20],
      [OBJECTS / 40, OBJECTS / 5],
      [OBJECTS / 20, OBJECTS / 2],
    ] as const) {
      const both = countMisses(
        (_, objects) => new TwoTierSimulator(ram, objects, { policy, diskBytes: disk }),
        ram,
        trace,
      );
      const best = Math.min(countMisses(simulators.LRU, disk, trace), countMisses(simulators['S3-FIFO'], disk, trace));
      const points = ((both - best) / trace.requests.length) * 100;
      t.diagnostic(`seed ${SEED}, RAM ${ram}, disk ${disk}: ${points.toFixed(2)} points`);
      assert.ok(points < TOLERANCE, `${both} misses, ${best} of the best`);
    }
  });
}
