import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiveSimulator } from './simulator/live.ts';
import { countMisses } from './simulator/simulator.ts';
import { simulators } from './simulator/simulators.ts';
import { syntheticTraces } from './simulator/synthetic.ts';

const SEED = 99;
const OBJECTS = 20_000;
/** Large enough for every ghost to be remembered. */
const OBJECT_BYTES = 512;

/** By name of the live policy, the simulator that it is held to. */
const twins = { adaptive: 'adaptive', 's3-fifo': 'S3-FIFO', sieve: 'SIEVE', lru: 'Clock' } as const;

for (const trace of syntheticTraces({ seed: SEED, requests: 200_000, objects: OBJECTS })) {
  test(`the live structures keep what the simulators keep: ${trace.name}`, (t) => {
    for (const [policy, twin] of Object.entries(twins) as [keyof typeof twins, (typeof twins)[keyof typeof twins]][]) {
      for (const capacity of [OBJECTS / 100, OBJECTS / 10, (OBJECTS * 3) / 10]) {
        const live = countMisses(
          (bytes, objects) => new LiveSimulator(policy, bytes, objects, bytes * OBJECT_BYTES),
          capacity,
          trace,
        );
        const simulated = countMisses(simulators[twin], capacity, trace);
        const points = ((live - simulated) / trace.requests.length) * 100;
        t.diagnostic(`seed ${SEED}, ${policy}, capacity ${capacity}: ${points.toFixed(3)} points`);
        assert.ok(Math.abs(points) < 1, `${policy}: live ${live} misses, simulator ${simulated}`);
      }
    }
  });
}
