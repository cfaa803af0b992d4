// Prints the table of docs/decisions/0014-capacity-planner.md: how far samples of 8,192 keys are from all keys, as Markdown.
// usage: node dist/tools/plan/model/accuracy.entry.js [trace.oracleGeneral.bin [sampled keys, 8192]]
import { readFileSync } from 'node:fs';
import {
  driftTrace,
  oneHitTrace,
  scanTrace,
  shiftTrace,
  zipfTrace,
} from '../../../tiers/policy/simulator/synthetic.ts';
import { readOracleGeneral, type Trace } from '../../../tiers/policy/simulator/trace.ts';
import { type AccuracyOptions, meanError, measure, measures } from './testing/accuracy.ts';

const SEED = 5;
const SALTS = [1, 2, 3, 4];
const SAMPLED_KEYS = Number(process.argv[3] ?? 8192);
const OBJECTS = 24_000;
const VALUE_BYTES = 200;
const options = { seed: SEED, requests: 140_000, objects: OBJECTS };
const ramBytes = [0.05, 0.15, 0.4].map((share) => OBJECTS * share * (VALUE_BYTES + 70) + 512 * 1024);

/** Mean absolute error of each measure over sizes and samples, in points. */
function row(trace: Trace, about: AccuracyOptions): void {
  const exact = measure(trace, 1, SEED, about);
  const samples = SALTS.map((salt) => measure(trace, (SAMPLED_KEYS * 1.04) / trace.objects, salt, about));
  const cells = measures.map((name) => {
    const sum = samples.reduce((total, sample) => total + meanError(exact[name], sample[name]), 0);
    return ((sum / samples.length) * 100).toFixed(2);
  });
  console.log(`| ${[`${trace.name}, ${trace.objects} keys`, ...cells].join(' | ')} |`);
}

console.log(`| points, ${SAMPLED_KEYS} sampled keys of | ${measures.join(' | ')} |`);
console.log(`| --- ${'| ---: '.repeat(measures.length)}|`);
for (const trace of [
  zipfTrace(options),
  scanTrace(options, OBJECTS / 10),
  driftTrace(options, 10),
  shiftTrace(options, options.requests / 10),
  oneHitTrace(options, 0.3),
]) {
  row(trace, { ramBytes, nvmeTimes: 3, bytes: () => VALUE_BYTES });
}
const file = process.argv[2];
if (file !== undefined) {
  const trace = readOracleGeneral('cloudPhysicsIO', readFileSync(file));
  const sizes = Array.from({ length: 8 }, (_, n) => (n + 1) * 128 * 2 ** 20);
  row(trace, { ramBytes: sizes, nvmeTimes: 2, bytes: (request) => trace.sizes[request] ?? 0 });
}
