import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  driftTrace,
  oneHitTrace,
  scanTrace,
  shiftTrace,
  zipfTrace,
} from '../../../tiers/policy/simulator/synthetic.ts';
import { readOracleGeneral, type Trace } from '../../../tiers/policy/simulator/trace.ts';
import { findTrace } from '../../../tiers/testing/trace-file.ts';
import type { Configuration, Curve } from '../plan.ts';
import { factsOf, sampleOf } from './testing/sampled.ts';
import { TracePredictor } from './trace-predictor.ts';

const SEED = 5;
const SAMPLED_KEYS = 8192;
/** The bar for the mean absolute error of the miss ratio. */
const MEAN_ERROR = 0.01;
const OBJECTS = 40_000;
const options = { seed: SEED, requests: 300_000, objects: OBJECTS };
const quiet = () => {};

/** Means of |whole - sample| by curve, and the largest of two tiers. */
async function compare(trace: Trace, bytes: (request: number) => number, ram: readonly number[]) {
  const rate = Math.min(1, (SAMPLED_KEYS * 1.03) / trace.objects);
  const whole = sampleOf(trace, 1, SEED, bytes);
  const sample = sampleOf(trace, rate, SEED, bytes);
  assert.ok(sample.keyCount >= SAMPLED_KEYS, `${sample.keyCount} keys`);
  const exact = new TracePredictor(whole, factsOf(whole));
  const sampled = new TracePredictor(sample, factsOf(sample));
  const tiers: Configuration[] = ram.slice(0, 3).map((ramBytes) => ({ ramBytes, nvmeBytes: ramBytes * 6 }));
  const [curves, sampledCurves] = [await exact.curves(ram, quiet), await sampled.curves(ram, quiet)];
  const [cells, sampledCells] = [await exact.predict(tiers, quiet), await sampled.predict(tiers, quiet)];
  const meanOf = (of: readonly number[]) => of.reduce((sum, value) => sum + value, 0) / of.length;
  const errors = new Map<string, number>();
  const missesOf = (curve: Curve | undefined, n: number) => curve?.points[n]?.missRatio ?? Number.NaN;
  curves.forEach((curve, at) => {
    errors.set(curve.policy, meanOf(ram.map((_, n) => Math.abs(missesOf(curve, n) - missesOf(sampledCurves[at], n)))));
  });
  for (const part of ['ramHitRatio', 'nvmeHitRatio'] as const) {
    errors.set(part, meanOf(cells.map((cell, n) => Math.abs(cell[part] - (sampledCells[n]?.[part] ?? Number.NaN)))));
  }
  return { errors, keys: sample.keyCount, sampledCurves };
}

/** RAM for so many of the keys of `bytes` with their names, with the band that is kept free. */
function ramFor(keys: number, bytes: number): number {
  return Math.round(keys * (bytes + 60) * 1.05 + 64 * 1024);
}

const SHARES = [0.02, 0.05, 0.1, 0.2, 0.4];
const families = [
  zipfTrace(options),
  scanTrace(options, OBJECTS / 10),
  driftTrace(options, 10),
  shiftTrace(options, options.requests / 10),
  oneHitTrace(options, 0.3),
];

for (const trace of families) {
  test(`a sample of ${SAMPLED_KEYS} keys predicts what all keys do: ${trace.name}`, async (t) => {
    const ram = SHARES.map((share) => ramFor(OBJECTS * share, 200));
    const { errors, keys } = await compare(trace, () => 200, ram);
    t.diagnostic(
      `seed ${SEED}, ${keys} of ${trace.objects} keys: ${[...errors].map(([k, v]) => `${k} ${v.toFixed(4)}`)}`,
    );
    for (const [name, error] of errors) assert.ok(error <= MEAN_ERROR, `${name}: ${error}`);
  });
}

const FILE = 'cloudPhysicsIO.oracleGeneral.bin';
const path = findTrace(FILE);
test(`the same on ${FILE}`, path === undefined ? { skip: `no ${FILE} in $STRATAKV_TRACES` } : {}, async (t) => {
  const trace = readOracleGeneral(FILE, readFileSync(path ?? ''));
  const ram = Array.from({ length: 8 }, (_, n) => (n + 1) * 128 * 2 ** 20);
  const { errors, keys } = await compare(trace, (request) => trace.sizes[request] ?? 0, ram);
  t.diagnostic(
    `seed ${SEED}, ${keys} of ${trace.objects} keys: ${[...errors].map(([k, v]) => `${k} ${v.toFixed(4)}`)}`,
  );
  for (const [name, error] of errors) assert.ok(error <= MEAN_ERROR, `${name}: ${error}`);
});
