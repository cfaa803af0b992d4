import type {
  Assumptions,
  Constraint,
  DeviceProfile,
  PlanCell,
  PlanTarget,
  Prediction,
  Prices,
  WorkloadTotals,
} from '../plan.ts';
import { ramRoomBytes, recordBytes } from './accounting.ts';
import { CPU_SHARE, DRIVE_YEARS } from './defaults.ts';
import { bytesPerRead, DEVICE_SHARE, mostIops, readsPerRecord, readTimes } from './device.ts';
import { mixture } from './latency.ts';

const GIB = 2 ** 30;
const DAY_SECONDS = 86_400;
const YEAR_DAYS = 365.25;
const MONTH_SECONDS = (YEAR_DAYS / 12) * DAY_SECONDS;
/** Part of the room that the index may take: with less for values every read of a cold key drives out another. */
const INDEX_SHARE = 0.9;

/** All that a configuration is judged by. */
export interface CellRules {
  readonly totals: WorkloadTotals;
  readonly assumptions: Assumptions;
  readonly device: DeviceProfile;
  readonly prices: Prices;
  readonly target: PlanTarget;
}

/** By constraint: what a configuration needs over what it may; above 1 it breaks it. In the order in which they are told. */
export type Loads = ReadonlyMap<Constraint, number>;

export interface JudgedCell {
  readonly cell: PlanCell;
  readonly loads: Loads;
}

/** Latency, device, wear, CPU and cost of a configuration at the load that is planned for, and the limits that it breaks. */
export function judge(prediction: Prediction, rules: CellRules): JudgedCell {
  const { totals, assumptions, device, prices, target } = rules;
  const { requestsPerSecond, ramLatencyUs, originLatencyUs } = assumptions;
  const tiered = prediction.nvmeBytes > 0;
  const record = recordBytes(totals.meanKeyBytes, totals.meanValueBytes, false);
  const readsPerSecond = totals.requests === 0 ? 0 : (requestsPerSecond * totals.reads) / totals.requests;
  const missRatio = Math.max(0, 1 - prediction.ramHitRatio - prediction.nvmeHitRatio);
  const coldReads = tiered ? prediction.nvmeReadsPerRequest * requestsPerSecond : 0;
  const nvmeIops = coldReads * readsPerRecord(device, record);
  const times = readTimes(device, nvmeIops);
  const { meanUs, p99Us } = mixture([
    { share: prediction.ramHitRatio, meanUs: ramLatencyUs.mean, p99Us: ramLatencyUs.p99, afterUs: 0 },
    { share: prediction.nvmeHitRatio, meanUs: times.meanUs, p99Us: times.p99Us, afterUs: ramLatencyUs.mean },
    { share: missRatio, meanUs: originLatencyUs.mean, p99Us: originLatencyUs.p99, afterUs: ramLatencyUs.mean },
  ]);
  const bytesPerSecond = tiered
    ? prediction.nvmeBytesWrittenPerRequest * requestsPerSecond * assumptions.writeAmplification
    : 0;
  const perDay = bytesPerSecond * DAY_SECONDS;
  const lifetimeBytes = prediction.nvmeBytes * device.enduranceWrites;
  const driveYears = perDay > 0 ? lifetimeBytes / perDay / YEAR_DAYS : undefined;
  const missesPerSecond = missRatio * readsPerSecond;
  // A miss is a request, and so is the write that fills the cache after it.
  const hits = requestsPerSecond - coldReads + missesPerSecond;
  const busy = (hits * assumptions.cpuUsPerHit + coldReads * assumptions.cpuUsPerColdRead) / 1e6;
  const cores = busy / CPU_SHARE;
  const loads: Loads = new Map<Constraint, number>([
    ['index-ram', tiered ? prediction.indexBytes / Math.max(1, ramRoomBytes(prediction.ramBytes) * INDEX_SHARE) : 0],
    ['iops', nvmeIops / (mostIops(device) * DEVICE_SHARE)],
    ['write-bandwidth', bytesPerSecond / (device.writeBytesPerSecond * DEVICE_SHARE)],
    ['endurance', driveYears === undefined ? 0 : (target.driveYears ?? DRIVE_YEARS) / driveYears],
    ['cpu', cores / assumptions.cores],
    ['hit-ratio', hitLoad(prediction, missRatio, target)],
    ['latency', Math.max(meanUs / (target.meanUs ?? NEVER), p99Us / (target.p99Us ?? NEVER))],
  ]);
  const cell: PlanCell = {
    ...prediction,
    missRatio,
    missesPerSecond,
    meanUs,
    p99Us,
    nvmeIops,
    nvmeReadBytesPerSecond: coldReads * bytesPerRead(record),
    nvmeBytesWrittenPerDay: perDay,
    driveYears,
    cores,
    costPerMonth:
      (prediction.ramBytes / GIB) * prices.ramGib +
      (prediction.nvmeBytes / GIB) * prices.nvmeGib +
      cores * prices.core +
      ((missesPerSecond * MONTH_SECONDS) / 1e6) * prices.originMillionReads,
    broken: [...loads].filter(([, load]) => load > 1).map(([constraint]) => constraint),
  };
  return { cell, loads };
}

const NEVER = Number.POSITIVE_INFINITY;

/** Misses over those that are allowed, of both tiers or of RAM. */
function hitLoad(prediction: Prediction, missRatio: number, target: PlanTarget): number {
  const over = (misses: number, hitRatio: number | undefined) => {
    if (hitRatio === undefined) return 0;
    // Sums of shares are off by rounding.
    return misses <= 1 - hitRatio + 1e-9
      ? Math.min(1, misses / (1 - hitRatio + 1e-9))
      : misses / Math.max(1e-9, 1 - hitRatio);
  };
  return Math.max(over(missRatio, target.hitRatio), over(1 - prediction.ramHitRatio, target.ramHitRatio));
}
