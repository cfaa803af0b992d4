import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import {
  driftTrace,
  oneHitTrace,
  scanTrace,
  shiftTrace,
  zipfTrace,
} from '../../../tiers/policy/simulator/synthetic.ts';
import { readOracleGeneral, type Trace } from '../../../tiers/policy/simulator/trace.ts';
import { findTrace } from '../../../tiers/testing/trace-file.ts';
import { type AccuracyOptions, meanError, measure, measures } from './testing/accuracy.ts';

const SEED = 5;
const SALT = 1;
/** The bar for the mean absolute error. */
const MEAN_ERROR = 0.01;
/** Sampled keys, and what one curve, or one part of two tiers, may err by: with what the planner takes by default each by itself meets the bar. */
const samples = [
  { keys: 8192, worst: 0.015 },
  { keys: 16_384, worst: MEAN_ERROR },
] as const;

function compare(t: TestContext, trace: Trace, options: AccuracyOptions): void {
  const exact = measure(trace, 1, SALT, options);
  for (const sample of samples) compareSample(t, trace, options, exact, sample);
}

function compareSample(
  t: TestContext,
  trace: Trace,
  options: AccuracyOptions,
  exact: ReturnType<typeof measure>,
  { keys, worst }: (typeof samples)[number],
): void {
  // Their number is chance: 4 % more, so that there are enough.
  const sampled = measure(trace, Math.min(1, (keys * 1.04) / trace.objects), SALT, options);
  assert.ok(sampled.keys >= keys && sampled.keys < keys * 1.1, `${sampled.keys} keys`);
  const errors = measures.map((name) => meanError(exact[name], sampled[name]));
  t.diagnostic(
    `seed ${SEED}, ${sampled.keys} of ${trace.objects} keys: ${measures.map((name, n) => `${name} ${errors[n]?.toFixed(4)}`).join(', ')}`,
  );
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  assert.ok(mean <= MEAN_ERROR, `mean absolute error ${mean}`);
  assert.ok(Math.max(...errors) <= worst, `errors ${errors}`);
}

const OBJECTS = 24_000;
const VALUE_BYTES = 200;
const options = { seed: SEED, requests: 140_000, objects: OBJECTS };
/** RAM for a twentieth, a seventh and two fifths of what Zipf's requests are about. */
const ramBytes = [0.05, 0.15, 0.4].map((share) => OBJECTS * share * (VALUE_BYTES + 70) + 512 * 1024);

for (const trace of [
  zipfTrace(options),
  scanTrace(options, OBJECTS / 10),
  driftTrace(options, 10),
  shiftTrace(options, options.requests / 10),
  oneHitTrace(options, 0.3),
]) {
  test(`sampled keys tell what all do: ${trace.name}`, (t) => {
    compare(t, trace, { ramBytes, nvmeTimes: 3, bytes: () => VALUE_BYTES });
  });
}

const FILE = 'cloudPhysicsIO.oracleGeneral.bin';
const path = findTrace(FILE);
test(
  `sampled keys tell what all do: ${FILE}`,
  path === undefined ? { skip: `no ${FILE} in $STRATAKV_TRACES` } : {},
  (t) => {
    const trace = readOracleGeneral(FILE, readFileSync(path ?? ''));
    const sizes = [128, 256, 512, 768].map((mib) => mib * 2 ** 20);
    compare(t, trace, { ramBytes: sizes, nvmeTimes: 2, bytes: (request) => trace.sizes[request] ?? 0 });
  },
);
