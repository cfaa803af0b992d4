import { atLeast, atMost, type Bar, renderBars } from '../support/bars.ts';
import { type DrivenRun, drive, EXTRA_COMMANDS_ALLOWED, fillKeys } from '../support/drive.ts';
import { LoadProcess } from '../support/load-process.ts';
import { peerPlan } from '../support/peers.ts';
import { redisBenchmarkArgs } from '../support/redis-benchmark.ts';
import { mib, microseconds, ratio, table, thousands } from '../support/report.ts';
import { type ServerPlan, ServerProcess } from '../support/server-process.ts';
import { median } from '../support/stats.ts';
import type { CompareContext, CompareGroup, GroupResult } from './group.ts';

const VALUE_BYTES = 64;
const CLIENTS = 50;

interface Row {
  test: 'get' | 'set';
  pipeline: number;
  operations: number;
}

/** All figures of one server in one row, round by round. */
interface Cell {
  server: string;
  row: Row;
  runs: DrivenRun[];
}

interface Summary {
  server: string;
  test: 'get' | 'set';
  pipeline: number;
  rounds: number;
  opsPerSecond: number;
  p50Us: number;
  p99Us: number;
  p999Us: number;
  serverCpuUsPerOp: number;
  residentBytes: number;
  /** Medians of the ratios to redis-server in the same round; NaN without one. */
  throughputRatio: number;
  cpuRatio: number;
}

function rowsFor(quick: boolean): Row[] {
  // Two to three seconds each on two cores; whole pipelines, so that operations are counted exactly.
  const counts = quick ? { 1: 5_000, 16: 20_000, 64: 64_000 } : { 1: 160_000, 16: 1_280_000, 64: 2_560_000 };
  return Object.entries(counts).flatMap(([pipeline, operations]) =>
    (['get', 'set'] as const).map((test) => ({ test, pipeline: Number(pipeline), operations })),
  );
}

/** GET and SET at pipeline 1, 16, 64. All servers stand loaded and idle; each row goes through them in turn, round by round. */
export const getSetGroup: CompareGroup = {
  name: 'get-set',
  title: 'GET and SET',
  async run(context: CompareContext): Promise<GroupResult> {
    const keys = context.quick ? 20_000 : 1_000_000;
    const plans = [...(context.base ? [context.base] : []), ...context.own, ...otherPeers(context)];
    const servers: ServerProcess[] = [];
    const load = new LoadProcess();
    try {
      for (const plan of plans) {
        const server = await ServerProcess.start({ plan });
        servers.push(server);
        context.log(`loading ${server.name}`);
        await fillKeys(server, load, keys, VALUE_BYTES);
      }
      const cells = await measure(context, servers, load, keys);
      return summarise(context, servers, cells, keys);
    } finally {
      await load.close();
      for (const server of servers) await server.stop();
    }
  },
};

function otherPeers(context: CompareContext): ServerPlan[] {
  return context.peers
    .filter(({ name }) => name !== 'redis-server')
    .flatMap((peer) => (peer.name === 'keydb-server' ? [peerPlan(peer, 1), peerPlan(peer, 2)] : [peerPlan(peer)]));
}

async function measure(
  context: CompareContext,
  servers: readonly ServerProcess[],
  load: LoadProcess,
  keys: number,
): Promise<Cell[]> {
  const rows = rowsFor(context.quick);
  const cells = rows.flatMap((row) => servers.map((server): Cell => ({ server: server.name, row, runs: [] })));
  for (let round = 0; round < context.rounds; round++) {
    for (const row of rows) {
      // Every other round goes backwards, so that nobody always runs behind the same neighbour.
      const order = round % 2 === 0 ? servers : servers.toReversed();
      for (const server of order) {
        const { test, operations, pipeline } = row;
        const run = { test, operations, pipeline, keys, valueBytes: VALUE_BYTES, clients: CLIENTS };
        const measured = await drive(server, load, context.redisBenchmark, run);
        cells.find((cell) => cell.server === server.name && cell.row === row)?.runs.push(measured);
        context.log(
          `round ${round + 1} ${test} P=${pipeline} ${server.name}: ${thousands(measured.opsPerSecond)} op/s, ${measured.serverCpuUsPerOp.toFixed(2)} µs CPU`,
        );
      }
    }
  }
  return cells;
}

function summariseCell(cell: Cell, base: Cell | undefined): Summary {
  const { runs, row, server } = cell;
  const middle = (pick: (run: DrivenRun) => number) => median(runs.map(pick));
  const against = (pick: (run: DrivenRun) => number) =>
    median(
      runs.map((run, round) => {
        const other = base?.runs[round];
        return other === undefined ? Number.NaN : pick(run) / pick(other);
      }),
    );
  return {
    server,
    test: row.test,
    pipeline: row.pipeline,
    rounds: runs.length,
    opsPerSecond: middle((run) => run.opsPerSecond),
    p50Us: middle((run) => run.p50Us),
    p99Us: middle((run) => run.p99Us),
    p999Us: middle((run) => run.p999Us),
    serverCpuUsPerOp: middle((run) => run.serverCpuUsPerOp),
    residentBytes: middle((run) => run.residentBytes),
    throughputRatio: against((run) => run.opsPerSecond),
    cpuRatio: against((run) => run.serverCpuUsPerOp),
  };
}

function summarise(
  context: CompareContext,
  servers: readonly ServerProcess[],
  cells: readonly Cell[],
  keys: number,
): GroupResult {
  const baseName = context.base?.name;
  const summaries = cells.map((cell) => {
    const base = cells.find((other) => other.server === baseName && other.row === cell.row);
    return summariseCell(cell, base);
  });
  const bars = checkBars(context, summaries, cells);
  const problems = cells.flatMap(({ server, row, runs }) =>
    runs.flatMap((run) => {
      const where = `${server} ${row.test} P=${row.pipeline}`;
      const found: string[] = [];
      if (!(run.opsPerSecond > 1000)) found.push(`${where}: ${run.opsPerSecond} op/s`);
      if (!(run.serverCpuUsPerOp >= 0 && run.serverCpuUsPerOp < 1000))
        found.push(`${where}: ${run.serverCpuUsPerOp} µs CPU per operation`);
      if (Math.abs(run.extraCommands) > EXTRA_COMMANDS_ALLOWED)
        found.push(`${where}: the server counted ${run.extraCommands} commands more than were sent`);
      return found;
    }),
  );
  const driver = context.redisBenchmark
    ? `redis-benchmark ${redisBenchmarkArgs({ port: 0, test: 'get', operations: 0, pipeline: 1, keys, valueBytes: VALUE_BYTES, clients: CLIENTS }).join(' ')}`
    : 'our load generator';
  return {
    json: { keys, valueBytes: VALUE_BYTES, clients: CLIENTS, rounds: context.rounds, driver, bars, summaries, cells },
    markdown: `${render(summaries)}\n\n${renderBars(bars)}`.trim(),
    commands: [...servers.map((server) => server.commandLine), driver],
    problems,
  };
}

/** Most CPU per operation and, with two threads, least throughput, both against redis-server, by pipeline. */
const cpuDemands: Record<number, number> = { 1: 1.2, 16: 1.0, 64: 0.85 };
const throughputDemands: Record<number, number> = { 16: 1.1, 64: 1.7 };
const MAX_THREAD_COST = 1.15;

function checkBars(context: CompareContext, summaries: readonly Summary[], cells: readonly Cell[]): Bar[] {
  const [one, two] = context.own;
  return summaries.flatMap((row) => {
    const what = `${row.test.toUpperCase()} P=${row.pipeline}`;
    const cpu = cpuDemands[row.pipeline];
    const throughput = throughputDemands[row.pipeline];
    const bars: Bar[] = [];
    if (row.server === one?.name && cpu !== undefined)
      bars.push(atMost(`${what}, CPU, 1 thread against redis-server`, row.cpuRatio, cpu));
    if (row.server !== two?.name) return bars;
    const runsOf = (name: string | undefined) =>
      cells.find(({ server, row: of }) => server === name && of.test === row.test && of.pipeline === row.pipeline)
        ?.runs ?? [];
    const single = runsOf(one?.name);
    const costs = runsOf(two.name).map(
      (run, round) => run.serverCpuUsPerOp / (single[round]?.serverCpuUsPerOp ?? Number.NaN),
    );
    bars.push(atMost(`${what}, CPU, 2 threads against 1`, median(costs), MAX_THREAD_COST));
    if (throughput !== undefined)
      bars.push(atLeast(`${what}, op/s, 2 threads against redis-server`, row.throughputRatio, throughput));
    return bars;
  });
}

function render(summaries: readonly Summary[]): string {
  const header = ['', 'op/s', 'vs redis', 'CPU µs/op', 'vs redis', 'p50', 'p99', 'p99.9', 'RSS MiB'];
  const rows = summaries.map((row) => [
    `${row.test.toUpperCase()} P=${row.pipeline} ${row.server}`,
    thousands(row.opsPerSecond),
    ratio(row.throughputRatio),
    row.serverCpuUsPerOp.toFixed(2),
    ratio(row.cpuRatio),
    microseconds(row.p50Us),
    microseconds(row.p99Us),
    microseconds(row.p999Us),
    mib(row.residentBytes),
  ]);
  return table(header, rows);
}
