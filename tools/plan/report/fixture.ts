import type {
  Constraint,
  Curve,
  CurvePoint,
  HistogramBar,
  Plan,
  PlanAnswer,
  PlanCell,
  WorkloadFacts,
} from '../plan.ts';

const GB = 2 ** 30;
const MB = 2 ** 20;

/**
 * A plan for tests of the reports: no planner made it, but its figures are of the size that real ones have, and hang together. The same every time.
 */
export function examplePlan(changes: Partial<Plan> = {}): Plan {
  const cells = [1, 2, 4, 8, 16].flatMap((ram) => [0, 10, 20, 40, 80].map((nvme) => cellOf(ram * GB, nvme * GB)));
  return {
    version: 1,
    made: '2026-11-23T05:00:00.000Z',
    source: { kind: 'trace', name: 'cluster52.oracleGeneral.zst' },
    facts: exampleFacts,
    assumptions: {
      requestsPerSecond: 40_000,
      requestsPerSecondFrom: 'trace',
      ramLatencyUs: { mean: 120, p99: 450 },
      originLatencyUs: { mean: 5_000, p99: 20_000 },
      writeAmplification: 4,
      cpuUsPerHit: 12,
      cpuUsPerColdRead: 25,
      cores: 4,
    },
    device: {
      name: 'assumed NVMe drive',
      readBytes: 4096,
      reads: [
        { depth: 1, iops: 11_000, meanUs: 90, p50Us: 85, p99Us: 140 },
        { depth: 16, iops: 130_000, meanUs: 120, p50Us: 105, p99Us: 320 },
        { depth: 64, iops: 300_000, meanUs: 210, p50Us: 180, p99Us: 700 },
      ],
      writeBytesPerSecond: 1.2e9,
      enduranceWrites: 1825,
    },
    prices: { currency: 'USD', ramGib: 3, nvmeGib: 0.1, core: 18, originMillionReads: 0.1 },
    target: { hitRatio: 0.95, ramHitRatio: undefined, meanUs: undefined, p99Us: 20_000 },
    curves: [
      curveOf('server', 1.35, 0.008),
      curveOf('lru', 1, 0.006),
      curveOf('s3-fifo', 1.25, 0.007),
      curveOf('belady', 2.1, undefined),
    ],
    cells,
    answer: answerOf(cells),
    notes: ['2 % of the keys expire, half of them within 3600 s'],
    ...changes,
  };
}

const exampleFacts: WorkloadFacts = {
  totals: {
    requests: 100_000_000,
    reads: 83_000_000,
    writes: 16_400_000,
    deletes: 600_000,
    requestedBytes: 61e9,
    seconds: 2500,
    distinctKeys: 24_300_000,
    meanKeyBytes: 38,
    meanValueBytes: 1_420,
  },
  sampledKeys: 12_288,
  sampledRequests: 50_912,
  oneHitWonders: 0.43,
  valueSizes: bars([64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384], [2, 6, 14, 22, 27, 16, 8, 3.6, 1.4]),
  reuseRequests: bars(
    Array.from({ length: 13 }, (_, index) => 4 ** index),
    [1, 3, 7, 11, 14, 16, 14, 12, 9, 6, 4, 2, 1],
  ),
  reuseSeconds: bars(
    Array.from({ length: 9 }, (_, index) => 4 ** (index - 3)),
    [4, 8, 15, 19, 20, 15, 10, 6, 3],
  ),
  workingSet: Array.from({ length: 24 }, (_, index) => {
    const keys = 24_300_000 * ((index + 1) / 24) ** 0.7;
    const inInterval = 2_600_000 + 400_000 * Math.sin(index / 3);
    return {
      at: ((index + 1) / 24) * 2500,
      keysSoFar: keys,
      bytesSoFar: keys * 1_458,
      keysInInterval: inInterval,
      bytesInInterval: inInterval * 1_458,
    };
  }),
};

/** Bars between limits that grow by the same factor; the weights are brought to a sum of 1. */
function bars(from: readonly number[], weights: readonly number[]): HistogramBar[] {
  const factor = (from[1] ?? 2) / (from[0] ?? 1);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return from.map((start, index) => ({ from: start, to: start * factor, weight: (weights[index] ?? 0) / total }));
}

function missesOf(bytes: number, strength: number): number {
  return 0.03 + 0.97 / (1 + strength * (bytes / (512 * MB)) ** 0.8);
}

function curveOf(policy: Curve['policy'], strength: number, error: number | undefined): Curve {
  const points = Array.from({ length: 25 }, (_, index): CurvePoint => {
    const ramBytes = 64 * MB * 2 ** (index / 2.4);
    return { ramBytes, missRatio: missesOf(ramBytes, strength), error };
  });
  return { policy, points };
}

function cellOf(ramBytes: number, nvmeBytes: number): PlanCell {
  const requests = 40_000;
  const reads = 0.83;
  const ramMiss = missesOf(ramBytes, 1.35);
  const missRatio = nvmeBytes === 0 ? ramMiss : Math.min(ramMiss, missesOf(ramBytes + nvmeBytes * 0.9, 1.2));
  const nvmeHitRatio = ramMiss - missRatio;
  const iops = nvmeHitRatio * reads * requests;
  const written = nvmeBytes === 0 ? 0 : ramMiss * 1_458 * 0.4;
  const perDay = written * requests * 86_400 * 4;
  const p99Us = missRatio > 0.01 ? 20_000 * (0.4 + missRatio * 4) : 700;
  const broken: Constraint[] = [];
  if (missRatio > 0.05) broken.push('hit-ratio');
  if (p99Us > 20_000) broken.push('latency');
  const driveYears = perDay === 0 ? undefined : (nvmeBytes * 1825) / perDay / 365;
  if (driveYears !== undefined && driveYears < 0.5) broken.push('endurance');
  return {
    ramBytes,
    nvmeBytes,
    ramHitRatio: 1 - ramMiss,
    nvmeHitRatio,
    ramError: 0.008,
    nvmeError: nvmeBytes === 0 ? 0 : 0.005,
    nvmeBytesWrittenPerRequest: written,
    nvmeReadsPerRequest: nvmeHitRatio * reads,
    indexBytes: Math.round((nvmeBytes / 1_458) * 9.5),
    missRatio,
    missesPerSecond: missRatio * reads * requests,
    meanUs: 120 * (1 - ramMiss) + 240 * nvmeHitRatio + 5_000 * missRatio,
    p99Us,
    nvmeIops: iops,
    nvmeReadBytesPerSecond: iops * 4096,
    nvmeBytesWrittenPerDay: perDay,
    driveYears,
    cores: 0.6 + (iops * 25) / 1e6,
    costPerMonth: (ramBytes / GB) * 3 + (nvmeBytes / GB) * 0.1 + 18 * 1.2 + missRatio * reads * requests * 2.6298 * 0.1,
    broken,
  };
}

function answerOf(cells: readonly PlanCell[]): PlanAnswer {
  const fitting = cells.filter((cell) => cell.broken.length === 0).sort((a, b) => a.costPerMonth - b.costPerMonth);
  const [cell] = fitting;
  if (cell === undefined)
    return {
      kind: 'impossible',
      binding: 'hit-ratio',
      why: 'No configuration in the table answers 95 % of the reads.',
    };
  return {
    kind: 'cheapest',
    cell,
    binding: 'hit-ratio',
    why: 'The hit ratio binds: the next cheaper configuration answers fewer reads than the target asks for.',
  };
}
