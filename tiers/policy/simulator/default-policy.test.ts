import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { findTrace } from '../../testing/trace-file.ts';
import { LiveSimulator } from './live.ts';
import { countMisses } from './simulator.ts';
import { type SimulatedPolicy, simulators } from './simulators.ts';
import { driftTrace, oneHitTrace, scanTrace, shiftTrace, zipfTrace } from './synthetic.ts';
import { readOracleGeneral, type Trace } from './trace.ts';

const MIB = 2 ** 20;
const SEED = 2024;
const FILE = 'cloudPhysicsIO.oracleGeneral.bin';
const others = ['LRU', 'LFU', 'SIEVE', 'S3-FIFO', 'W-TinyLFU'] as const satisfies readonly SimulatedPolicy[];
/** The default policy may miss this much more than the best of the others. */
const MARGIN = 1.02;

function compare(trace: Trace, capacity: number): { readonly excess: number; readonly misses: number } {
  const best = Math.min(...others.map((name) => countMisses(simulators[name], capacity, trace)));
  const misses = countMisses(simulators.adaptive, capacity, trace);
  return { excess: misses / best, misses };
}

const OBJECTS = 20_000;
const options = { seed: SEED, requests: 300_000, objects: OBJECTS };
const families = [
  zipfTrace(options),
  scanTrace(options, OBJECTS / 10),
  driftTrace(options, 10),
  shiftTrace(options, options.requests / 10),
  oneHitTrace(options, 0.5),
];

for (const trace of families) {
  test(`the default policy misses at most 2 % more than the best of the others: ${trace.name}`, (t) => {
    for (const capacity of [OBJECTS / 20, OBJECTS / 10, (OBJECTS * 3) / 10]) {
      const { excess } = compare(trace, capacity);
      t.diagnostic(`seed ${SEED}, capacity ${capacity}: ${((excess - 1) * 100).toFixed(2)} %`);
      assert.ok(excess <= MARGIN, `capacity ${capacity}: ${excess} times the misses of the best`);
    }
  });
}

const path = findTrace(FILE);
test(
  `the same on ${FILE}, at eight sizes; the live structures agree within a point`,
  path === undefined ? { skip: `no ${FILE} in $STRATAKV_TRACES` } : {},
  (t) => {
    const trace = readOracleGeneral(FILE, readFileSync(path ?? ''));
    for (let size = 1; size <= 8; size++) {
      const capacity = size * 128 * MIB;
      const { excess, misses } = compare(trace, capacity);
      const live = countMisses((bytes, objects) => new LiveSimulator('adaptive', bytes, objects), capacity, trace);
      const points = ((live - misses) / trace.requests.length) * 100;
      t.diagnostic(`${size * 128} MiB: ${((excess - 1) * 100).toFixed(2)} %, live ${points.toFixed(3)} points`);
      assert.ok(excess <= MARGIN, `${size * 128} MiB: ${excess} times the misses of the best`);
      assert.ok(Math.abs(points) < 1, `${size * 128} MiB: live ${live} misses, simulator ${misses}`);
    }
  },
);
