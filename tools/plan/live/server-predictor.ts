import { setTimeout as sleep } from 'node:timers/promises';
import { OBJECT_HEADER_BYTES } from '../../../tiers/memory/object.ts';
import { recordBytes } from '../model/accounting.ts';
import type { Configuration, Curve, Prediction, Predictor, WorkloadFacts, WorkloadTotals } from '../plan.ts';
import { PlanError } from '../plan-error.ts';
import type { ServerAddress } from './address.ts';
import { Control, type Fields, numberOf } from './control.ts';
import { askCurve, type CurveReport } from './live-curve-report.ts';
import { type Lookups, lookupsOf, readTiers, type ServerTiers } from './server-tiers.ts';
import { type SizeSample, sampleSizes } from './size-sample.ts';

/** With fewer the curve is a guess. */
const LEAST_SAMPLED_KEYS = 500;
const LEAST_LOOKUPS = 1000;
/** How long the rate of commands is watched. */
const WATCH_MS = 2000;
/** Mean error of the curve with so many sampled keys, by experiment (docs/decisions/0012-observability.md); it shrinks with the root of their number. */
const KNOWN_ERROR = 0.005;
const KNOWN_ERROR_KEYS = 8192;

/**
 * What tiers of other sizes would do for the clients of a running server, from its live miss-ratio curve and its counts. It asks a few hundred small questions and
 * moves nothing. RAM by LRU, which the server's policies are meant to beat; NVMe as what LRU of that size would hold. Rejects with a PlanError: nobody
 * there, wrong password, no StrataKV, too few samples yet.
 */
export async function connectPredictor(address: ServerAddress): Promise<ServerPredictor> {
  const control = await Control.open(address);
  try {
    const before = await commandsOf(control);
    const startedAt = performance.now();
    const status = await control.status();
    const lookups = lookupsOf(status);
    const curve = await askCurve(control, []);
    requireSamples(control.name, curve, lookups);
    const sizes = await sampleSizes(control);
    const tiers = await readTiers(control);
    const calls = await commandCalls(control);
    await sleep(Math.max(0, WATCH_MS - (performance.now() - startedAt)));
    const perSecond = (((await commandsOf(control)) - before) * 1000) / (performance.now() - startedAt);
    return new ServerPredictor(control, { status, lookups, curve, sizes, tiers, calls, perSecond });
  } catch (error) {
    control.close();
    throw error;
  }
}

interface Gathered {
  readonly status: Fields;
  readonly lookups: Lookups;
  readonly curve: CurveReport;
  readonly sizes: SizeSample;
  readonly tiers: ServerTiers;
  readonly calls: Calls;
  readonly perSecond: number;
}

/** Calls of commands that write, and of those the ones that delete, since CONFIG RESETSTAT. */
interface Calls {
  readonly writes: number;
  readonly deletes: number;
}

export class ServerPredictor implements Predictor {
  readonly facts: WorkloadFacts;
  readonly notes: readonly string[];
  private readonly control: Control;
  private readonly gathered: Gathered;
  /** Of the lookups, those that found something: in RAM, or on disk. */
  private readonly found: number;

  constructor(control: Control, gathered: Gathered) {
    this.control = control;
    this.gathered = gathered;
    const { lookups } = gathered;
    this.found = (lookups.ram + lookups.nvme) / (lookups.ram + lookups.nvme + lookups.misses);
    this.facts = factsOf(gathered);
    this.notes = notesOf(gathered, this.facts.totals);
  }

  /** The planner's last question is answered. */
  close(): void {
    this.control.close();
  }

  /**
   * Of the lookups that find their key, RAM answers what LRU of its size would, and the disk the others as far as it holds what LRU of its own size would (in
   * writeback mode it holds what RAM does, too). Lookups of keys that do not exist miss in any configuration.
   */
  async predict(
    configurations: readonly Configuration[],
    onProgress: (share: number) => void,
  ): Promise<readonly Prediction[]> {
    const { gathered, found, facts } = this;
    const { curve, status, sizes } = gathered;
    const ramPerDisk = bytesPerRecord(curve, sizes);
    // What is on disk and was not asked for yet is a miss of RAM at any size.
    const everything = curve.keyBytes + numberOf(status, 'ram_max_bytes');
    const sizesAsked = configurations.flatMap(({ ramBytes, nvmeBytes }) => [
      ramBytes,
      Math.max(ramBytes, nvmeBytes * ramPerDisk),
    ]);
    const { missRatios } = await askCurve(this.control, [...sizesAsked, everything]);
    onProgress(1);
    const unknown = missRatios.at(-1) ?? 0;
    const error = found * KNOWN_ERROR * Math.sqrt(KNOWN_ERROR_KEYS / curve.sampledKeys);
    const { reads, requests } = facts.totals;
    const readShare = requests === 0 ? 1 : reads / requests;
    return configurations.map((configuration, n): Prediction => {
      const ramMisses = missRatios[n * 2] ?? 1;
      const held = curve.keyBytes === 0 ? 1 : Math.min(1, (configuration.nvmeBytes * ramPerDisk) / curve.keyBytes);
      const diskMisses = Math.max(0, (missRatios[n * 2 + 1] ?? 1) - unknown) + unknown * (1 - held);
      const nvme = configuration.nvmeBytes === 0 ? 0 : found * Math.max(0, ramMisses - diskMisses);
      return {
        ...configuration,
        ramHitRatio: found * (1 - ramMisses),
        nvmeHitRatio: nvme,
        ramError: error,
        nvmeError: configuration.nvmeBytes === 0 ? 0 : error,
        nvmeBytesWrittenPerRequest: configuration.nvmeBytes === 0 ? 0 : writtenPerRequest(gathered, requests),
        nvmeReadsPerRequest: nvme * readShare,
        indexBytes: Math.max(0, numberOf(status, 'ram_bytes') - hotBytes(gathered)),
      };
    });
  }

  /** LRU's alone: that is what the server samples. */
  async curves(ramBytes: readonly number[], onProgress: (share: number) => void): Promise<readonly Curve[]> {
    const { curve } = this.gathered;
    const { missRatios } = await askCurve(this.control, ramBytes);
    onProgress(1);
    const error = this.found * KNOWN_ERROR * Math.sqrt(KNOWN_ERROR_KEYS / curve.sampledKeys);
    const points = ramBytes.map((bytes, n) => ({
      ramBytes: bytes,
      missRatio: 1 - this.found * (1 - (missRatios[n] ?? 1)),
      error,
    }));
    return [{ policy: 'lru', points }];
  }
}

function requireSamples(server: string, curve: CurveReport, { ram, nvme, misses }: Lookups): void {
  const lookups = ram + nvme + misses;
  if (lookups < LEAST_LOOKUPS)
    throw new PlanError(
      `${server} has seen ${lookups} lookups of keys since its start or the last CONFIG RESETSTAT; a plan needs ${LEAST_LOOKUPS}: ask again when there were more`,
    );
  if (curve.sampledKeys < LEAST_SAMPLED_KEYS)
    throw new PlanError(
      `${server} has sampled ${curve.sampledKeys} keys in ${curve.seconds} s, of about ${curve.keys} in use; a plan needs ${LEAST_SAMPLED_KEYS}: ask again in a few minutes, or plan from its traffic (MONITOR)`,
    );
}

function factsOf({ curve, lookups, sizes, status, calls, perSecond }: Gathered): WorkloadFacts {
  const reads = lookups.ram + lookups.nvme + lookups.misses;
  const writes = Math.max(0, calls.writes - calls.deletes);
  const requests = reads + writes + calls.deletes;
  const coldKeys = numberOf(status, 'cold_keys');
  const meanValueBytes = sizes.meanValueBytes > 0 ? sizes.meanValueBytes : meanColdBytes(status);
  const totals: WorkloadTotals = {
    requests,
    reads,
    writes,
    deletes: calls.deletes,
    requestedBytes: Math.round(requests * (sizes.meanKeyBytes + meanValueBytes)),
    // Counts since the start, at the rate of now: an idle night is not planned for.
    seconds: perSecond > 0 ? requests / perSecond : curve.seconds,
    distinctKeys: Math.max(curve.keys, coldKeys + numberOf(status, 'hot_keys')),
    meanKeyBytes: sizes.meanKeyBytes,
    meanValueBytes,
  };
  return {
    totals,
    sampledKeys: curve.sampledKeys,
    sampledRequests: curve.sampledAccesses,
    oneHitWonders: curve.usedOnce,
    valueSizes: sizes.valueSizes,
    reuseRequests: [],
    reuseSeconds: [],
    workingSet: [],
  };
}

function notesOf({ tiers, status, sizes, curve, perSecond }: Gathered, totals: WorkloadTotals): readonly string[] {
  const notes = [
    `RAM is predicted as LRU from ${curve.sampledKeys} sampled keys over ${Math.round(curve.seconds)} s; the server's policy, ${tiers.policy}, is meant to miss less`,
  ];
  if (numberOf(status, 'cold_evictions') > 0)
    notes.push(
      'the cold tier is full: what it dropped counts as missing in any configuration, so more NVMe may bring more than is told here',
    );
  if (sizes.expiringShare > 0)
    notes.push(
      `${Math.round(sizes.expiringShare * 100)} % of the keys expire${sizes.medianTtlSeconds === undefined ? '' : `, half of them within ${Math.round(sizes.medianTtlSeconds)} s`}`,
    );
  if (perSecond === 0)
    notes.push(`nobody asked anything just now: the rate is the mean over ${Math.round(totals.seconds)} s`);
  return notes;
}

/** Bytes of RAM that a byte of records on disk stands for. */
function bytesPerRecord(curve: CurveReport, { meanKeyBytes, meanValueBytes }: SizeSample): number {
  if (curve.keys === 0 || meanValueBytes === 0) return 1;
  return curve.keyBytes / curve.keys / recordBytes(meanKeyBytes, meanValueBytes, false);
}

function hotBytes({ status, sizes }: Gathered): number {
  return numberOf(status, 'hot_keys') * (OBJECT_HEADER_BYTES + sizes.meanKeyBytes + sizes.meanValueBytes);
}

function meanColdBytes(status: Fields): number {
  const keys = numberOf(status, 'cold_keys');
  return keys === 0 ? 0 : numberOf(status, 'cold_bytes') / keys;
}

/** What clients write reaches the disk whatever the sizes of the tiers are. */
function writtenPerRequest({ status }: Gathered, requests: number): number {
  return requests === 0 ? 0 : numberOf(status, 'bytes_written') / requests;
}

async function commandsOf(control: Control): Promise<number> {
  return numberOf(await control.info('stats'), 'total_commands_processed');
}

async function commandCalls(control: Control): Promise<Calls> {
  const names = await control.call('COMMAND', 'LIST', 'FILTERBY', 'ACLCAT', 'write');
  const writing = new Set(Array.isArray(names) ? names.map((name) => String(name).toLowerCase()) : []);
  let writes = 0;
  let deletes = 0;
  for (const [field, value] of await control.info('commandstats')) {
    const name = field.slice('cmdstat_'.length);
    if (!field.startsWith('cmdstat_') || !writing.has(name)) continue;
    const calls = Number(/^calls=(\d+)/.exec(value)?.[1] ?? 0);
    writes += calls;
    if (name === 'del' || name === 'unlink') deletes += calls;
  }
  return { writes, deletes };
}
