// npm run bench:scale -- [--quick] [--keys 2000000] [--times 10] [--warm-up 60] [--dir DIR] [--no-cgroup] [--no-write]
// The same share of RAM for N keys and for ten times as many: does what a read costs grow with the keyspace, beyond what the hit ratio explains?
// Writes bench/results/scale.json and a table of docs/BENCHMARKS.md.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { atLeast, atMost, renderBars } from './support/bars.ts';
import { createMemoryCgroup } from './support/cgroup.ts';
import { buildColdDirectory } from './support/cold-directory.ts';
import { Contestant, findProblems, summarisePhase } from './support/contestant.ts';
import { ownPlan } from './support/peers.ts';
import {
  describeMachine,
  machineLine,
  mib,
  microseconds,
  table,
  thousands,
  writeResult,
  writeSection,
} from './support/report.ts';
import { ServerProcess } from './support/server-process.ts';
import { readTierFigures } from './support/tier-figures.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    keys: { type: 'string', default: '2000000' },
    times: { type: 'string', default: '10' },
    'warm-up': { type: 'string', default: '60' },
    dir: { type: 'string', default: tmpdir() },
    'no-cgroup': { type: 'boolean', default: false },
    'no-write': { type: 'boolean', default: false },
  },
});
const VALUE_BYTES = 512;
/** As in bench:tiered: 200 MB of maxmemory and a group of 700 MiB for 2M keys. */
const MAXMEMORY_PER_KEY = (200 << 20) / 2e6;
const CGROUP_PER_KEY = (700 << 20) / 2e6;
/** The processes themselves, which do not grow with the keys, need so much. */
const LEAST_CGROUP = 400 << 20;
/** Keys that are surely hot, for what a hit costs. */
const HOT_KEYS = 1000;
const RAM_PER_COLD_KEY = 16;
const INDEX_TIMEOUT_MS = 900_000;

const plan = flags.quick
  ? { keys: 20_000, warmUpMs: 500, sliceMs: 500, slices: 1 }
  : { keys: Number(flags.keys), warmUpMs: Number(flags['warm-up']) * 1000, sliceMs: 10_000, slices: 3 };
const log = (line: string) => console.error(line);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

mkdirSync(flags.dir, { recursive: true });
const folder = mkdtempSync(join(flags.dir, 'strata-scale-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

/**
 * What was written just now is in the page cache, and counts for nobody's group: the server would read all of it from there. Only root may drop it.
 * @returns what to say about it
 */
function dropPageCache(): string {
  spawnSync('sync');
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '1');
    return 'The page cache was empty at the start.';
  } catch (error) {
    return `The page cache held the data (${error instanceof Error ? error.message : String(error)}).`;
  }
}

/** Until every key has its entry. */
async function waitForIndex(server: ServerProcess): Promise<void> {
  const until = performance.now() + INDEX_TIMEOUT_MS;
  while ((await server.control.info('tiers')).get('tier_index_loading') !== '0') {
    if (performance.now() > until) throw new Error('the index was not filled in time');
    await sleep(200);
  }
}

async function measure(keys: number) {
  const coldPath = join(folder, `${keys}`);
  await buildColdDirectory(coldPath, keys, VALUE_BYTES, (done) => log(`${thousands(done)} keys written`));
  const cacheNote = dropPageCache();
  const maxmemory = Math.round(keys * MAXMEMORY_PER_KEY);
  const own = ownPlan({ threads: 1, tiered: true, maxmemory: `${maxmemory}`, coldPath });
  const cgroup = flags['no-cgroup']
    ? { refused: 'left out by --no-cgroup' }
    : createMemoryCgroup(
        `stratakv-scale-${process.pid}-${keys}`,
        Math.max(LEAST_CGROUP, Math.round(keys * CGROUP_PER_KEY)),
      );
  try {
    const contestant = new Contestant(
      await ServerProcess.start('refused' in cgroup ? { plan: own } : { plan: own, cgroup }),
    );
    try {
      const { server } = contestant;
      await waitForIndex(server);
      const figures = await readTierFigures(server.control);
      log(`${thousands(figures.coldKeys)} cold keys indexed`);
      const load = { valueBytes: VALUE_BYTES, clients: 50, verifyEvery: 0 } as const;
      const zipf = { ...load, keys, distribution: 'zipf' } as const;
      await contestant.slice({ ...zipf, durationMs: plan.warmUpMs }, []);
      const resident: number[] = [];
      const slices = [];
      for (let n = 0; n < plan.slices; n++)
        slices.push(await contestant.slice({ ...zipf, durationMs: plan.sliceMs }, resident));
      const hot = { ...load, keys: HOT_KEYS, distribution: 'uniform' } as const;
      await contestant.slice({ ...hot, operations: HOT_KEYS * 50 }, []);
      const hits = await contestant.slice({ ...hot, durationMs: plan.sliceMs }, []);
      return {
        keys,
        maxmemory,
        phase: summarisePhase(server.name, 'Zipf 0.99 reads', slices, resident),
        hitsPerSecond: hits.load.opsPerSecond,
        cacheNote,
        indexPerColdKey: figures.indexBytes / figures.coldKeys,
      };
    } finally {
      await contestant.close();
    }
  } finally {
    if (!('refused' in cgroup)) cgroup.remove();
    rmSync(coldPath, { recursive: true, force: true });
  }
}

const small = await measure(plan.keys);
const large = await measure(plan.keys * Number(flags.times));

// What a hit takes is measured; what a cold read takes follows from the smaller run, and with both what the larger one's hit ratio explains.
const hitUs = 1e6 / small.hitsPerSecond;
const { hotShare } = small.phase;
const coldUs = (1e6 / small.phase.opsPerSecond - hotShare * hitUs) / (1 - hotShare);
const explained = 1e6 / (large.phase.hotShare * hitUs + (1 - large.phase.hotShare) * coldUs);
const bars = [
  atLeast(
    `Zipf op/s with ${flags.times} times the keys, against what the hit ratios explain`,
    large.phase.opsPerSecond / explained,
    1,
  ),
  atMost(
    `RAM of the index per cold key, ${thousands(large.keys)} keys`,
    large.indexPerColdKey,
    RAM_PER_COLD_KEY,
    'bytes',
  ),
];
const rows = [small, large].map(({ keys, maxmemory, phase, hitsPerSecond, indexPerColdKey }) => [
  thousands(keys),
  `${mib(maxmemory)} MiB`,
  thousands(phase.opsPerSecond),
  `${(phase.hotShare * 100).toFixed(1)} %`,
  microseconds(phase.p50Us),
  microseconds(phase.p99Us),
  `${phase.serverCpuUsPerOp.toFixed(1)} µs`,
  thousands(hitsPerSecond),
  indexPerColdKey.toFixed(1),
]);
const header = [
  'keys',
  'maxmemory',
  'Zipf op/s',
  'from RAM',
  'p50',
  'p99',
  'CPU per op',
  'op/s of hits alone',
  'index bytes per key',
];
const markdown = `${table(header, rows)}\n\n${renderBars(bars)}`;
console.log(`\n${markdown}`);
const problems = [small, large].flatMap(({ phase }) => findProblems(phase));
for (const problem of problems) console.error(`problem: ${problem}`);
if (!flags.quick && !flags['no-write'] && problems.length === 0) {
  const machine = describeMachine();
  writeResult('scale', { machine, plan, small, large, explained, bars });
  writeSection('scale', [`${machineLine(machine)} ${large.cacheNote}`, '', markdown].join('\n'));
}
process.exit(problems.length === 0 ? 0 : 1);
