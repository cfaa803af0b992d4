import type { LoadOptions, LoadResult } from './load-options.ts';
import { LoadProcess } from './load-process.ts';
import { Pinger } from './pinger.ts';
import { cpuUs, ResidentSampler } from './process-stats.ts';
import type { ServerProcess } from './server-process.ts';
import { drift, mean, median } from './stats.ts';
import { readTierFigures } from './tier-figures.ts';

const RESIDENT_SAMPLE_MS = 250;

/** One stretch of load on one server. */
export interface Slice {
  load: LoadResult;
  serverCpuUsPerOp: number;
  /** Share of the GETs that no disk read was needed for; NaN where INFO does not tell. */
  hotShare: number;
  longestPauseUs: number;
  pingP99Us: number;
}

/** A phase's slices put together. */
export interface PhaseResult {
  server: string;
  phase: string;
  opsPerSecond: number;
  p50Us: number;
  p99Us: number;
  p999Us: number;
  maxUs: number;
  serverCpuUsPerOp: number;
  hotShare: number;
  longestPauseUs: number;
  pingP99Us: number;
  generatorCpuUsPerOp: number;
  residentMin: number;
  residentMedian: number;
  residentMax: number;
  residentDrift: number;
  slices: readonly Slice[];
}

/** A server under test with its own load generator, so that what it was given can be checked over all phases. */
export class Contestant {
  readonly server: ServerProcess;
  private readonly load = new LoadProcess();
  private seed = 1;

  constructor(server: ServerProcess) {
    this.server = server;
  }

  /** Applies a load with a pinger beside it, and adds the samples of resident memory to `resident`. */
  slice(options: Partial<LoadOptions>, resident: number[]): Promise<Slice> {
    return this.server.watch(this.measure(options, resident));
  }

  private async measure(options: Partial<LoadOptions>, resident: number[]): Promise<Slice> {
    const { server } = this;
    const pinger = await Pinger.start(server.port);
    const sampler = new ResidentSampler(server.pid, RESIDENT_SAMPLE_MS);
    const tiersBefore = await readTierFigures(server.control);
    const cpuBefore = cpuUs(server.pid);
    const load = await this.load.run({ ...options, port: server.port, seed: this.seed++ });
    const cpu = cpuUs(server.pid) - cpuBefore;
    const tiersAfter = await readTierFigures(server.control);
    const pings = await pinger.stop();
    sampler.stop();
    resident.push(...sampler.samples);
    return {
      load,
      serverCpuUsPerOp: cpu / (load.operations + pings.pings),
      hotShare: load.gets === 0 ? Number.NaN : 1 - (tiersAfter.coldReads - tiersBefore.coldReads) / load.gets,
      longestPauseUs: pings.maxUs,
      pingP99Us: pings.p99Us,
    };
  }

  async close(): Promise<void> {
    await this.load.close();
    await this.server.stop();
  }
}

export function summarisePhase(
  server: string,
  phase: string,
  slices: readonly Slice[],
  resident: readonly number[],
): PhaseResult {
  const middle = (pick: (slice: Slice) => number) => median(slices.map(pick));
  return {
    server,
    phase,
    opsPerSecond: middle((slice) => slice.load.opsPerSecond),
    p50Us: middle((slice) => slice.load.latency.p50Us),
    p99Us: middle((slice) => slice.load.latency.p99Us),
    p999Us: middle((slice) => slice.load.latency.p999Us),
    maxUs: Math.max(...slices.map((slice) => slice.load.latency.maxUs)),
    serverCpuUsPerOp: middle((slice) => slice.serverCpuUsPerOp),
    hotShare: mean(slices.map((slice) => slice.hotShare)),
    longestPauseUs: Math.max(...slices.map((slice) => slice.longestPauseUs)),
    pingP99Us: middle((slice) => slice.pingP99Us),
    generatorCpuUsPerOp: middle((slice) => slice.load.generatorCpuUsPerOp),
    residentMin: Math.min(...resident),
    residentMedian: median(resident),
    residentMax: Math.max(...resident),
    residentDrift: drift(resident),
    slices,
  };
}

/** What makes a phase's figures unfit to publish. A cache that answers fast and wrong has won nothing. */
export function findProblems({ server, phase, slices }: PhaseResult): string[] {
  return slices.flatMap(({ load }) => {
    const found: string[] = [];
    if (load.operations === 0) found.push('no operation was answered');
    if (load.wrong > 0) found.push(`${load.wrong} of ${load.verified} checked values were wrong or stale`);
    if (load.lost > 0) found.push(`${load.lost} keys that had been written were not found`);
    if (load.errors > 0) found.push(`${load.errors} errors, the first: ${load.firstError}`);
    return found.map((problem) => `${server}, ${phase}: ${problem}`);
  });
}
