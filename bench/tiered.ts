// npm run bench:tiered -- [--quick] [--no-own] [--no-cgroup] [--no-write] [--threads N] [--own-only]
// A keyspace much larger than RAM, on this server, against servers that hold it in RAM or tier it too. Writes
// bench/results/tiered.json and the table of docs/BENCHMARKS.md.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { createMemoryCgroup, type MemoryCgroup } from './support/cgroup.ts';
import { Contestant, findProblems, type PhaseResult, type Slice, summarisePhase } from './support/contestant.ts';
import { findPeers, ownPlan, peerPlan, tieredPeerPlan } from './support/peers.ts';
import { describeMachine, machineLine, thousands, writeResult, writeSection } from './support/report.ts';
import { type ServerPlan, ServerProcess } from './support/server-process.ts';
import { settleTiers } from './support/tier-figures.ts';
import { fullPlan, quickPlan } from './support/tiered-plan.ts';
import { checkBars, renderTiered } from './support/tiered-report.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    'no-own': { type: 'boolean', default: false },
    'own-only': { type: 'boolean', default: false },
    'no-cgroup': { type: 'boolean', default: false },
    'no-write': { type: 'boolean', default: false },
    // The tier thread wants a core too: on two of them a second front-end costs more in wake-ups than it serves (decisions/0005).
    threads: { type: 'string', default: String(Math.max(1, Math.min(availableParallelism() - 1, 4))) },
  },
});
const plan = flags.quick ? quickPlan : fullPlan;
const peers = findPeers();
const own = flags['no-own']
  ? undefined
  : ownPlan({ threads: Number(flags.threads), tiered: true, maxmemory: plan.maxmemory });

function contestantPlans(): ServerPlan[] {
  if (flags['own-only']) return own === undefined ? [] : [own];
  const redis = peers.find(({ name }) => name === 'redis-server');
  const tiered = peers.flatMap((peer) => tieredPeerPlan(peer, plan.maxmemory) ?? []);
  return [...(redis === undefined ? [] : [peerPlan(redis)]), ...(own === undefined ? [] : [own]), ...tiered];
}

/** The group around this server, or why there is none. */
function createCgroup(): MemoryCgroup | { refused: string } {
  if (flags['no-cgroup']) return { refused: 'left out by --no-cgroup' };
  return createMemoryCgroup(`stratakv-bench-${process.pid}`, plan.cgroupBytes);
}

// Leaving by `exit` lets servers be stopped.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const log = (line: string) => console.error(line);
const cgroup = createCgroup();
const cgroupNote =
  'refused' in cgroup
    ? `No memory cgroup: ${cgroup.refused}.`
    : `Memory cgroup v${cgroup.version} of ${plan.cgroupBytes >> 20} MiB around this server.`;
log(cgroupNote);

const contestants: Contestant[] = [];
const results: PhaseResult[] = [];

async function startAll(): Promise<void> {
  for (const serverPlan of contestantPlans()) {
    const fenced = serverPlan === own && !('refused' in cgroup) ? { plan: serverPlan, cgroup } : { plan: serverPlan };
    contestants.push(new Contestant(await ServerProcess.start(fenced)));
  }
}

function keep(result: PhaseResult): void {
  results.push(result);
  log(
    `${result.phase}, ${result.server}: ${thousands(result.opsPerSecond)} op/s, p50 ${result.p50Us} µs, p99 ${result.p99Us} µs, ` +
      `longest pause ${(result.longestPauseUs / 1000).toFixed(1)} ms`,
  );
}

async function loadAll(): Promise<void> {
  const { keys, valueBytes, clients } = plan;
  for (const contestant of contestants) {
    const resident: number[] = [];
    const options = { keys, valueBytes, clients, pipeline: 16, operations: keys, readShare: 0 };
    const slice = await contestant.slice({ ...options, distribution: 'sequential' }, resident);
    keep(summarisePhase(contestant.server.name, 'load', [slice], resident));
    await settleTiers(contestant.server.control);
  }
}

/** See TieredPlan.warmUpOperations. */
async function warmUp(): Promise<void> {
  const { keys, valueBytes, clients, warmUpOperations } = plan;
  if (warmUpOperations === 0) return;
  for (const contestant of contestants) {
    const options = { keys, valueBytes, clients, operations: warmUpOperations, readShare: 1 };
    const { load } = await contestant.slice({ ...options, distribution: 'zipf' }, []);
    log(`warm-up, ${contestant.server.name}: ${load.operations} Zipf reads in ${load.seconds.toFixed(0)} s`);
  }
}

async function runPhases(): Promise<void> {
  const { keys, valueBytes, clients, warmUpMs, slices } = plan;
  // The whole run is to stay within six minutes, however many servers there are.
  const sliceMs = contestants.length > 2 ? Math.min(plan.sliceMs, 5000) : plan.sliceMs;
  for (const { name, load } of plan.phases) {
    const gathered = contestants.map((contestant) => ({ contestant, taken: [] as Slice[], resident: [] as number[] }));
    const options = { keys, valueBytes, clients, ...load };
    for (let round = 0; round < slices; round++) {
      for (const { contestant, taken, resident } of round % 2 === 0 ? gathered : gathered.toReversed()) {
        if (round === 0 && warmUpMs > 0) await contestant.slice({ ...options, durationMs: warmUpMs }, []);
        taken.push(await contestant.slice({ ...options, durationMs: sliceMs }, resident));
      }
    }
    for (const { contestant, taken, resident } of gathered) {
      keep(summarisePhase(contestant.server.name, name, taken, resident));
    }
  }
}

let commands: string[] = [];
let cgroupPeakBytes = Number.NaN;
try {
  await startAll();
  commands = contestants.map(({ server }) => server.commandLine);
  await loadAll();
  await warmUp();
  await runPhases();
} finally {
  if (!('refused' in cgroup)) cgroupPeakBytes = cgroup.peakBytes();
  for (const contestant of contestants) await contestant.close();
  if (!('refused' in cgroup)) cgroup.remove();
}

const bars = checkBars(results, own?.name, plan);
const markdown = renderTiered(results, bars);
console.log(`\n${markdown}`);
const problems = results.flatMap(findProblems);
for (const problem of problems) console.error(`problem: ${problem}`);
if (!flags.quick && !flags['no-write'] && !flags['no-own'] && !flags['own-only'] && problems.length === 0) {
  const machine = describeMachine();
  const versions = peers.map(({ name, version }) => `${name} ${version}`);
  writeResult('tiered', { machine, versions, commands, plan, cgroup: cgroupNote, cgroupPeakBytes, bars, results });
  const head = `${machineLine(machine)} Peers: ${versions.join(', ') || 'none found'}. ${cgroupNote}`;
  writeSection('tiered', [head, '', markdown, '', '```', ...commands, '```'].join('\n'));
}
process.exit(problems.length === 0 ? 0 : 1);
