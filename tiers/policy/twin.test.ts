import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiveSimulator } from './simulator/live.ts';
import { S3FifoSimulator } from './simulator/s3-fifo.ts';
import { countMisses } from './simulator/simulator.ts';
import { syntheticTraces } from './simulator/synthetic.ts';

const SEED = 99;
const OBJECTS = 20_000;
/** Large enough for every ghost to be remembered. */
const OBJECT_BYTES = 512;

for (const trace of syntheticTraces({ seed: SEED, requests: 200_000, objects: OBJECTS })) {
  test(`the live structures keep what the simulator keeps: ${trace.name}`, (t) => {
    for (const admissionShare of [1, 0.1]) {
      for (const capacity of [OBJECTS / 100, OBJECTS / 10, (OBJECTS * 3) / 10]) {
        const live = countMisses(
          (bytes, objects) => new LiveSimulator(bytes, objects, OBJECT_BYTES, admissionShare),
          capacity,
          trace,
        );
        const simulated = countMisses(
          (bytes, objects) => new S3FifoSimulator(bytes, objects, { admissionShare }),
          capacity,
          trace,
        );
        const points = ((live - simulated) / trace.requests.length) * 100;
        t.diagnostic(`seed ${SEED}, share ${admissionShare}, capacity ${capacity}: ${points.toFixed(3)} points`);
        assert.ok(Math.abs(points) < 1, `live ${live} misses, simulator ${simulated}`);
      }
    }
  });
}
