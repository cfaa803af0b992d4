import { setTimeout as sleep } from 'node:timers/promises';
import { type SimulatedTierPolicy, tierPolicies } from '../../../tiers/policy/simulator/two-tiers.ts';
import type { Admission } from '../../../tiers/policy/storage-admission.ts';
import { factsOf } from '../input/facts.ts';
import { TracePredictor } from '../model/trace-predictor.ts';
import type { SampledTrace } from '../plan.ts';
import { PlanError } from '../plan-error.ts';
import type { ServerAddress } from './address.ts';
import { Control, numberOf } from './control.ts';
import { type ReplayResult, replay } from './replay.ts';
import { type Lookups, lookupsOf, lookupsSince, readTiers, type ServerTiers } from './server-tiers.ts';
import { asWholeTrace } from './whole-trace.ts';

export interface VerifyOptions {
  readonly address: ServerAddress;
  /** A sample is replayed as if it were all there is. */
  readonly trace: SampledTrace;
  /** Deletes everything on the server before. Without it the server has to be empty. */
  readonly flush: boolean;
  readonly database?: number;
  readonly connections?: number;
  readonly depth?: number;
  /** What measured ratios may differ from predicted ones: 0.01. */
  readonly tolerance?: number;
  /** Shares from 0 to 1 of the replay, then of the prediction. */
  readonly onReplay?: (share: number) => void;
  readonly onPredict?: (share: number) => void;
  readonly signal?: AbortSignal;
}

/** Shares of the reads. */
export interface HitShares {
  readonly ram: number;
  readonly nvme: number;
  readonly misses: number;
}

export interface VerifyReport {
  readonly server: ServerTiers & { readonly name: string; readonly version: string };
  readonly trace: { readonly name: string; readonly requests: number; readonly keys: number };
  readonly replay: ReplayResult;
  readonly measured: HitShares;
  readonly predicted: HitShares;
  readonly tolerance: number;
  /** Whether RAM's share and NVMe's are both within the tolerance. */
  readonly agrees: boolean;
  /** Sentences for people: what may have spoilt the comparison. */
  readonly notes: readonly string[];
}

const DEFAULT_TOLERANCE = 0.01;
const EMPTY_MS = 60_000;
const LOOK_MS = 50;
/** Lookups by others, as a part of the replay's own, from which on there is a note. */
const OTHERS_SHARE = 0.002;

/** Replays a trace against a running server, and compares what RAM and NVMe answered with what the planner predicts for such a server. Rejects with a PlanError. */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const control = await Control.open(options.address);
  try {
    return await compare(control, options);
  } finally {
    control.close();
  }
}

async function compare(control: Control, options: VerifyOptions): Promise<VerifyReport> {
  const { trace: given, tolerance = DEFAULT_TOLERANCE } = options;
  const notes: string[] = [];
  const trace = asWholeTrace(given);
  if (given.rate < 1)
    notes.push(
      `the trace is long: what was replayed and predicted are the requests for ${percent(given.rate)} of its keys, as a trace of its own (--sampled-keys)`,
    );
  if (given.ttlSeconds.some((seconds) => seconds > 0))
    notes.push('times to live were left out: a replay is faster than the trace was');
  await empty(control, options.flush);
  const tiers = await readTiers(control);
  const before = lookupsOf(await control.status());
  const result = await replay(trace, {
    address: options.address,
    ...(options.database === undefined ? {} : { database: options.database }),
    ...(options.connections === undefined ? {} : { connections: options.connections }),
    ...(options.depth === undefined ? {} : { depth: options.depth }),
    ...(options.onReplay === undefined ? {} : { onProgress: options.onReplay }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  if (result.reads === 0) throw new PlanError(`${trace.name} has no reads, so there is no hit ratio to compare`);
  const lookups = lookupsSince(before, lookupsOf(await control.status()));
  const version = (await control.info('server')).get('redis_version') ?? '';
  const measured = measuredShares(lookups, result, notes);
  const predicted = await predict(trace, tiers, result, notes, options);
  return {
    server: { ...tiers, name: control.name, version },
    trace: { name: trace.name, requests: trace.length, keys: trace.keyCount },
    replay: result,
    measured,
    predicted,
    tolerance,
    agrees:
      Math.abs(measured.ram - predicted.ram) <= tolerance && Math.abs(measured.nvme - predicted.nvme) <= tolerance,
    notes,
  };
}

/** Only an empty server shows what a trace makes of it. */
async function empty(control: Control, flush: boolean): Promise<void> {
  const keys = async () => {
    const status = await control.status();
    return numberOf(status, 'hot_keys') + numberOf(status, 'cold_keys');
  };
  const there = await keys();
  if (there === 0) return;
  if (!flush)
    throw new PlanError(
      `${control.name} has ${there} keys: only an empty server can be compared with a prediction. --flush deletes them all`,
    );
  await control.call('FLUSHALL');
  for (let waitedMs = 0; (await keys()) > 0; waitedMs += LOOK_MS) {
    if (waitedMs > EMPTY_MS) throw new PlanError(`${control.name} is not empty after FLUSHALL: somebody writes to it`);
    await sleep(LOOK_MS);
  }
}

/** The server's own counts; a read that only missed because the one before it was still under way is a hit of RAM for who asks in order. */
function measuredShares({ ram, nvme, misses }: Lookups, result: ReplayResult, notes: string[]): HitShares {
  const others = ram + nvme + misses - result.reads;
  if (others > result.reads * OTHERS_SHARE)
    notes.push(`${others} lookups were made by others meanwhile: they count in what was measured`);
  if (result.refused > 0)
    notes.push(`${result.refused} writes were refused (${result.refusal}): the prediction knows nothing of that`);
  const all = Math.max(1, ram + nvme + misses);
  const echoes = Math.min(result.echoes, misses);
  return { ram: (ram + echoes) / all, nvme: nvme / all, misses: (misses - echoes) / all };
}

async function predict(
  trace: SampledTrace,
  tiers: ServerTiers,
  { seconds }: ReplayResult,
  notes: string[],
  options: VerifyOptions,
): Promise<HitShares> {
  const policy = isSimulated(tiers.policy) ? tiers.policy : 'adaptive';
  if (policy !== tiers.policy) notes.push(`tier-policy is ${tiers.policy}, which is predicted as ${policy}`);
  if (tiers.maxmemoryPolicy === 'noeviction' && tiers.nvmeBytes < 2 ** 50)
    notes.push(
      'maxmemory-policy noeviction refuses writes when both tiers are full; the prediction is about allkeys-lru',
    );
  const predictor = new TracePredictor(trace, factsOf(trace), {
    policy,
    admission: tiers.admission as Admission,
    flushMs: tiers.flushMs,
    requestsPerSecond: trace.length / seconds,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const [prediction] = await predictor.predict([tiers], options.onPredict ?? (() => undefined));
  if (prediction === undefined) throw new Error('one configuration has one prediction');
  const { ramHitRatio: ram, nvmeHitRatio: nvme } = prediction;
  return { ram, nvme, misses: 1 - ram - nvme };
}

function isSimulated(policy: string): policy is SimulatedTierPolicy {
  return policy in tierPolicies;
}

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
const mib = (bytes: number): string => (bytes >= 2 ** 50 ? 'without bound' : `${(bytes / 2 ** 20).toFixed(1)} MiB`);

/** The report for people; ends with the verdict. */
export function verifyText(report: VerifyReport): string {
  const { server, trace, replay: done, measured, predicted, tolerance, agrees, notes } = report;
  const row = (name: string, of: keyof HitShares) => {
    const points = (measured[of] - predicted[of]) * 100;
    const cells = [
      percent(predicted[of]),
      percent(measured[of]),
      `${points >= 0 ? '+' : ''}${points.toFixed(2)} points`,
    ];
    return `${name.padEnd(14)}${cells.map((cell, n) => cell.padStart(n === 2 ? 15 : 11)).join('')}`;
  };
  return [
    `${trace.name}: ${trace.requests} requests for ${trace.keys} keys in ${done.seconds.toFixed(1)} s`,
    `${server.name}: RAM ${mib(server.ramBytes)}, NVMe ${server.nvmeBytes === 0 ? 'none' : mib(server.nvmeBytes)}, tier-policy ${server.policy}, storage-admission ${server.admission}`,
    '',
    `${'of the reads'.padEnd(14)}${'predicted'.padStart(11)}${'measured'.padStart(11)}${'difference'.padStart(15)}`,
    row('RAM hits', 'ram'),
    row('NVMe hits', 'nvme'),
    row('misses', 'misses'),
    '',
    ...notes.map((note) => `Note: ${note}.`),
    agrees
      ? `Prediction and measurement agree: RAM and NVMe differ by ${(tolerance * 100).toFixed(1)} points at most.`
      : `Prediction and measurement do NOT agree within ${(tolerance * 100).toFixed(1)} points.`,
    '',
  ].join('\n');
}
