import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ACCESS_ABSENT,
  ACCESS_COLD,
  ACCESS_HOT,
  AccessRecorder,
  AccessSamples,
  createAccessSamples,
  SAMPLE_ALL,
} from '../../tiers/mrc/access-samples.ts';
import { markOf } from '../../tiers/mrc/marks.ts';
import { COUNT_ALL, MissRatioCurve } from '../../tiers/mrc/miss-ratio-curve.ts';
import { zipfTrace } from '../../tiers/policy/simulator/synthetic.ts';
import { LiveCurve } from './live-curve.ts';

const BYTES = 100;

/** A front-end and the tier thread without threads: accesses per second of a clock that is set. */
function tierThread() {
  const memory = createAccessSamples(1);
  const recorder = new AccessRecorder(memory, 0);
  const samples = new AccessSamples(memory);
  let nowMs = 0;
  const curve = new LiveCurve(() => nowMs, SAMPLE_ALL);
  samples.add(curve);
  samples.turns = { acceptTurn: ({ bytes }) => curve.tell(bytes) };
  const access = (key: number, kind: number) => {
    const check = markOf(key, 1) | (key << 24);
    const position = Math.imul(key, 0x9e3779b1);
    if (recorder.wants(check)) recorder.record(0, 0, position, check, kind, kind === ACCESS_HOT ? BYTES : 0);
    if (recorder.countsAsTurn()) recorder.recordTurn(0, 0, position, check);
  };
  const drain = () => {
    nowMs += 100;
    samples.drain();
  };
  return { curve, samples, access, drain };
}

test('the curve of what goes through the rings is that of the same accesses offline', () => {
  const { curve, samples, access, drain } = tierThread();
  const trace = zipfTrace({ seed: 21, objects: 40_000, requests: 300_000 });
  const exact = new MissRatioCurve(trace.objects);
  const seen = new Set<number>();
  // 20,000 accesses a second: more than there may be samples, so that the threshold has to sink.
  trace.requests.forEach((key, n) => {
    exact.reference(key, 0, markOf(key, 1), BYTES, COUNT_ALL);
    // All of them were on disk at first.
    access(key, seen.has(key) ? ACCESS_HOT : ACCESS_COLD);
    seen.add(key);
    if (n % 2000 === 1999) drain();
  });
  exact.tell(trace.requests.length);
  drain();
  const sizes = Array.from({ length: 50 }, (_, n) => ((n + 1) * trace.objects) / 50);
  const report = curve.report(
    sizes.map((keys) => keys * BYTES + 5000),
    sizes,
    5000,
  );
  assert.equal(samples.lost, 0);
  assert.ok(report.sampledKeys <= 12_288 && report.sampledKeys > 4000, `${report.sampledKeys} keys`);
  for (const rows of [report.byBytes, report.byKeys]) {
    const apart = rows.map(([, missRatio], n) => Math.abs(missRatio - exact.missRatioOfKeys(sizes[n] ?? 0)));
    const mean = apart.reduce((sum, one) => sum + one, 0) / apart.length;
    assert.ok(mean <= 0.015, `mean difference ${mean}, most ${Math.max(...apart)}`);
  }
  assert.ok(Math.abs(report.keys / trace.objects - 1) < 0.1);
  assert.ok(Math.abs(report.keyBytes / (trace.objects * BYTES) - 1) < 0.1);
  assert.ok(Math.abs(report.accesses / trace.requests.length - 1) < 0.02, `${report.accesses} accesses`);
});

test('samples stay below the budget however many accesses there are, and come back when they are few', () => {
  const { curve, access, drain } = tierThread();
  for (let tick = 0; tick < 100; tick++) {
    for (let i = 0; i < 10_000; i++) access(i, ACCESS_HOT);
    drain();
  }
  const { sampled } = curve.report([], [], 0);
  for (let tick = 0; tick < 50; tick++) {
    for (let i = 0; i < 10_000; i++) access(i, ACCESS_HOT);
    drain();
  }
  const perSecond = (curve.report([], [], 0).sampled - sampled) / 5;
  assert.ok(perSecond > 1000 && perSecond <= 6000, `${perSecond} samples a second`);
  for (let tick = 0; tick < 3000; tick++) {
    access(tick % 50, ACCESS_HOT);
    drain();
  }
  assert.equal(curve.report([], [], 0).rate, 1);
  assert.equal(curve.threshold(), SAMPLE_ALL);
});

test('lookups of keys that do not exist are no part of the curve; keys that are made are used', () => {
  const { curve, access, drain } = tierThread();
  for (let key = 0; key < 100; key++) access(key, ACCESS_ABSENT);
  for (let round = 0; round < 5; round++) for (let key = 0; key < 100; key++) access(key, ACCESS_HOT);
  drain();
  const report = curve.report([], [50, 100, 200], 0);
  assert.deepEqual(
    report.byKeys.map(([, missRatio]) => Math.round(missRatio * 10)),
    [10, 0, 0],
    'a loop over 100 keys misses in any LRU cache of less',
  );
  curve.reset();
  assert.deepEqual([curve.report([], [], 0).accesses, curve.report([], [], 0).sampledKeys], [0, 0]);
});
