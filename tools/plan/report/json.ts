import type {
  Assumptions,
  Curve,
  DeviceProfile,
  HistogramBar,
  Plan,
  PlanAnswer,
  PlanCell,
  PlanTarget,
  Prices,
  WorkloadFacts,
} from '../plan.ts';

/** What has no value is null, so that every field is always there. */
type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * The plan as JSON, in the shape that docs/PLANNER.md describes: the fields of `Plan` in its order, null where a value is not known. A field that a
 * part of the planner adds is not printed before it stands here and in the documentation.
 */
export function planJson(plan: Plan): string {
  return `${JSON.stringify(planValue(plan), undefined, 2)}\n`;
}

export function planValue(plan: Plan): Json {
  return {
    version: plan.version,
    made: plan.made,
    source: { kind: plan.source.kind, name: plan.source.name },
    facts: facts(plan.facts),
    assumptions: assumptions(plan.assumptions),
    device: device(plan.device),
    prices: prices(plan.prices),
    target: target(plan.target),
    curves: plan.curves.map(curve),
    cells: plan.cells.map(cell),
    answer: answer(plan.answer),
    notes: [...(plan.notes ?? [])],
  };
}

function facts(facts: WorkloadFacts): Json {
  const { totals } = facts;
  return {
    totals: {
      requests: totals.requests,
      reads: totals.reads,
      writes: totals.writes,
      deletes: totals.deletes,
      requestedBytes: totals.requestedBytes,
      seconds: totals.seconds,
      distinctKeys: totals.distinctKeys,
      meanKeyBytes: totals.meanKeyBytes,
      meanValueBytes: totals.meanValueBytes,
    },
    sampledKeys: facts.sampledKeys,
    sampledRequests: facts.sampledRequests,
    oneHitWonders: facts.oneHitWonders,
    valueSizes: facts.valueSizes.map(bar),
    reuseRequests: facts.reuseRequests.map(bar),
    reuseSeconds: facts.reuseSeconds.map(bar),
    workingSet: facts.workingSet.map((point) => ({
      at: point.at,
      keysSoFar: point.keysSoFar,
      bytesSoFar: point.bytesSoFar,
      keysInInterval: point.keysInInterval,
      bytesInInterval: point.bytesInInterval,
    })),
  };
}

function bar({ from, to, weight }: HistogramBar): Json {
  // JSON has no infinity: a last bar without an end has none here either.
  return { from, to: Number.isFinite(to) ? to : null, weight };
}

function assumptions(given: Assumptions): Json {
  return {
    requestsPerSecond: given.requestsPerSecond,
    requestsPerSecondFrom: given.requestsPerSecondFrom,
    ramLatencyUs: { mean: given.ramLatencyUs.mean, p99: given.ramLatencyUs.p99 },
    originLatencyUs: { mean: given.originLatencyUs.mean, p99: given.originLatencyUs.p99 },
    writeAmplification: given.writeAmplification,
    cpuUsPerHit: given.cpuUsPerHit,
    cpuUsPerColdRead: given.cpuUsPerColdRead,
    cores: given.cores,
  };
}

function device(profile: DeviceProfile): Json {
  return {
    name: profile.name,
    readBytes: profile.readBytes,
    reads: profile.reads.map(({ depth, iops, meanUs, p50Us, p99Us }) => ({ depth, iops, meanUs, p50Us, p99Us })),
    writeBytesPerSecond: profile.writeBytesPerSecond,
    enduranceWrites: profile.enduranceWrites,
  };
}

function prices({ currency, ramGib, nvmeGib, core, originMillionReads }: Prices): Json {
  return { currency, ramGib, nvmeGib, core, originMillionReads };
}

function target(wanted: PlanTarget): Json {
  return {
    hitRatio: wanted.hitRatio ?? null,
    ramHitRatio: wanted.ramHitRatio ?? null,
    meanUs: wanted.meanUs ?? null,
    p99Us: wanted.p99Us ?? null,
    driveYears: wanted.driveYears ?? null,
  };
}

function curve({ policy, points }: Curve): Json {
  return {
    policy,
    points: points.map(({ ramBytes, missRatio, error }) => ({ ramBytes, missRatio, error: error ?? null })),
  };
}

function cell(given: PlanCell): Json {
  return {
    ramBytes: given.ramBytes,
    nvmeBytes: given.nvmeBytes,
    ramHitRatio: given.ramHitRatio,
    nvmeHitRatio: given.nvmeHitRatio,
    ramError: given.ramError ?? null,
    nvmeError: given.nvmeError ?? null,
    missRatio: given.missRatio,
    missesPerSecond: given.missesPerSecond,
    meanUs: given.meanUs,
    p99Us: given.p99Us,
    nvmeIops: given.nvmeIops,
    nvmeReadBytesPerSecond: given.nvmeReadBytesPerSecond,
    nvmeReadsPerRequest: given.nvmeReadsPerRequest,
    nvmeBytesWrittenPerRequest: given.nvmeBytesWrittenPerRequest,
    nvmeBytesWrittenPerDay: given.nvmeBytesWrittenPerDay,
    driveYears: given.driveYears ?? null,
    indexBytes: given.indexBytes,
    cores: given.cores,
    costPerMonth: given.costPerMonth,
    broken: [...given.broken],
  };
}

function answer(given: PlanAnswer): Json {
  if (given.kind === 'impossible') return { kind: given.kind, cell: null, binding: given.binding, why: given.why };
  return { kind: given.kind, cell: cell(given.cell), binding: given.binding ?? null, why: given.why };
}
