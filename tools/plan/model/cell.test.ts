import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Assumptions, DeviceProfile, PlanTarget, Prediction, Prices } from '../plan.ts';
import { type CellRules, judge } from './cell.ts';
import { bytesPerRead, readsPerRecord, readTimes } from './device.ts';
import { mixture } from './latency.ts';
import { madeFacts } from './testing/made-predictor.ts';

const GIB = 2 ** 30;

const device: DeviceProfile = {
  name: 'made',
  readBytes: 4096,
  reads: [
    { depth: 1, iops: 10_000, meanUs: 100, p50Us: 95, p99Us: 200 },
    { depth: 4, iops: 30_000, meanUs: 130, p50Us: 120, p99Us: 400 },
    { depth: 16, iops: 100_000, meanUs: 160, p50Us: 150, p99Us: 800 },
  ],
  writeBytesPerSecond: 100e6,
  enduranceWrites: 1000,
};
const prices: Prices = { currency: 'EUR', ramGib: 3, nvmeGib: 0.1, core: 20, originMillionReads: 0.5 };
const assumptions: Assumptions = {
  requestsPerSecond: 1000,
  requestsPerSecondFrom: 'option',
  ramLatencyUs: { mean: 200, p99: 500 },
  originLatencyUs: { mean: 10_000, p99: 30_000 },
  writeAmplification: 3,
  cpuUsPerHit: 20,
  cpuUsPerColdRead: 100,
  cores: 4,
};
const nothing: PlanTarget = { hitRatio: undefined, ramHitRatio: undefined, meanUs: undefined, p99Us: undefined };
const rules = (changes: Partial<Assumptions> = {}, target: Partial<PlanTarget> = {}): CellRules => ({
  totals: madeFacts.totals,
  assumptions: { ...assumptions, ...changes },
  device,
  prices,
  target: { ...nothing, ...target },
});
const prediction: Prediction = {
  ramBytes: 2 * GIB,
  nvmeBytes: 10 * GIB,
  ramHitRatio: 0.7,
  nvmeHitRatio: 0.2,
  ramError: undefined,
  nvmeError: undefined,
  nvmeBytesWrittenPerRequest: 500,
  nvmeReadsPerRequest: 0.1,
  indexBytes: 0.1 * GIB,
};
const near = (actual: number, expected: number, what: string) =>
  assert.ok(Math.abs(actual - expected) <= Math.abs(expected) * 1e-6, `${what}: ${actual}, not ${expected}`);

test('a cell by hand: 1,000 requests a second, half of them reads, 70 % from RAM, 20 % from NVMe', () => {
  const { cell } = judge(prediction, rules());
  near(cell.missRatio, 0.1, 'miss ratio');
  near(cell.missesPerSecond, 50, 'misses a second');
  // 0.1 reads of NVMe a request, each of a record of 1,000 bytes: one read of a block.
  near(cell.nvmeIops, 100, 'IOPS');
  near(cell.nvmeReadBytesPerSecond, 100 * (4096 + 500), 'bytes read a second');
  near(cell.nvmeBytesWrittenPerDay, 500 * 1000 * 3 * 86_400, 'bytes written a day');
  near(cell.driveYears ?? 0, (10 * GIB * 1000) / (500 * 1000 * 3 * 86_400) / 365.25, 'years');
  // 900 requests that touch no NVMe and 50 fills at 20 us, 100 cold reads at 100 us, of cores that work 70 % of the time.
  near(cell.cores, (0.95 * 0.02 + 0.1 * 0.1) / 0.7, 'cores');
  near(cell.meanUs, 0.7 * 200 + 0.2 * (200 + 100) + 0.1 * (200 + 10_000), 'mean');
  const misses = ((50 * 86_400 * 365.25) / 12 / 1e6) * 0.5;
  near(cell.costPerMonth, 2 * 3 + 10 * 0.1 + cell.cores * 20 + misses, 'cost');
  assert.deepEqual(cell.broken, ['endurance']);
});

test('without NVMe there is nothing to wear out, to read or to index', () => {
  const { cell } = judge({ ...prediction, nvmeBytes: 0, nvmeHitRatio: 0, nvmeReadsPerRequest: 0 }, rules());
  assert.deepEqual([cell.nvmeIops, cell.nvmeBytesWrittenPerDay, cell.driveYears], [0, 0, undefined]);
  assert.deepEqual(cell.broken, []);
});

test('each limit is broken by its own excess', () => {
  const fine: Prediction = { ...prediction, nvmeBytesWrittenPerRequest: 0 };
  const brokenBy = (change: Partial<Prediction>, about: CellRules = rules()) =>
    judge({ ...fine, ...change }, about).cell.broken;
  assert.deepEqual(brokenBy({}), []);
  // 90 % of 100,000.
  const fast = rules({ requestsPerSecond: 1e6, cores: 10_000 });
  assert.deepEqual(brokenBy({ nvmeReadsPerRequest: 0.0899 }, fast), []);
  assert.deepEqual(brokenBy({ nvmeReadsPerRequest: 0.0901 }, fast), ['iops']);
  // 90 % of 100 MB/s, with three written for each.
  const years = rules({}, { driveYears: 0.001 });
  assert.deepEqual(brokenBy({ nvmeBytesWrittenPerRequest: 29_900 }, years), []);
  assert.deepEqual(brokenBy({ nvmeBytesWrittenPerRequest: 30_100 }, years), ['write-bandwidth']);
  assert.deepEqual(brokenBy({ nvmeBytesWrittenPerRequest: 200 }), ['endurance']);
  assert.deepEqual(brokenBy({}, rules({ cores: 0.04 })), ['cpu']);
  assert.deepEqual(brokenBy({ indexBytes: 1.9 * GIB }), ['index-ram']);
  assert.deepEqual(brokenBy({}, rules({}, { hitRatio: 0.9 })), []);
  assert.deepEqual(brokenBy({}, rules({}, { hitRatio: 0.91 })), ['hit-ratio']);
  assert.deepEqual(brokenBy({}, rules({}, { ramHitRatio: 0.71 })), ['hit-ratio']);
  assert.deepEqual(brokenBy({}, rules({}, { meanUs: 1219 })), ['latency']);
  assert.deepEqual(brokenBy({}, rules({}, { meanUs: 1221 })), []);
});

test('the p99 of one way to answer is its own, that of several lies where 99 of 100 are answered', () => {
  const ram = { share: 1, meanUs: 200, p99Us: 500, afterUs: 0 };
  near(mixture([ram]).p99Us, 500, 'RAM alone');
  near(mixture([{ ...ram, afterUs: 50 }]).p99Us, 550, 'later by 50');
  // Far apart: the slow 2 % have to be half answered, and half are below the median, which is the mean over e^(sigma^2 / 2).
  const slow = { share: 0.02, meanUs: 1e6, p99Us: 1e6, afterUs: 0 };
  near(mixture([{ ...ram, share: 0.98 }, slow]).p99Us, 1e6, 'a step');
  near(mixture([{ ...ram, share: 0.98 }, slow]).meanUs, 0.98 * 200 + 0.02 * 1e6, 'mean');
  const rare = mixture([
    { ...ram, share: 0.995 },
    { ...slow, share: 0.005 },
  ]).p99Us;
  assert.ok(rare > 500 && rare < 1000, `${rare}: one in 200 does not decide`);
});

test('reads take what the profile says at the depth that keeps up, and wait when it is nearly full', () => {
  near(readTimes(device, 100).meanUs, 100, 'nearly idle');
  // Half way between depths 4 and 16, and what M/M/16 waits at 65 %.
  near(readTimes(device, 65_000).meanUs, 145 + (0.65 ** (Math.sqrt(34) - 1) / 0.35) * 10, 'half way');
  const full = readTimes(device, 99_000);
  assert.ok(full.meanUs > 900 && full.p99Us > 4000, `${full.meanUs}, ${full.p99Us}`);
  assert.ok(readTimes(device, 200_000).utilization === 2);
  assert.ok(Number.isFinite(readTimes(device, 200_000).p99Us));
  assert.deepEqual([bytesPerRead(1000), bytesPerRead(40_000)], [4596, 40_000]);
  assert.deepEqual([readsPerRecord(device, 1000), readsPerRecord(device, 40_960)], [1, 10]);
});
