import { atMost, type Bar, renderBars } from '../support/bars.ts';
import { FastRandom } from '../support/key-picker.ts';
import { Pipeline } from '../support/pipeline.ts';
import { threadCpuUs } from '../support/process-stats.ts';
import { ratio, table, thousands } from '../support/report.ts';
import { Requests } from '../support/requests.ts';
import { type ServerPlan, ServerProcess } from '../support/server-process.ts';
import { median } from '../support/stats.ts';
import type { CompareContext, CompareGroup, GroupResult } from './group.ts';
import { fillRequests } from './types/fill.ts';
import { type Place, type Workload, workloads } from './types/workloads.ts';

const CLIENTS = 50;
const PIPELINE = 16;
const FILL_PIPELINE = 32;
const MAX_CPU_RATIO = 1.2;
/**
 * V8 compiles a command's code in three tiers as it is run, and back when a new command comes by the same functions: it takes half a million calls of
 * one until rounds are alike, a second or two of its life in a server. What runs before then is not counted, for any server.
 */
const WARM_UP_ROUNDS = 6;
/** What rounds differ by on a quiet machine: a ratio that is larger by no more has not grown. */
const GROWTH_ALLOWED = 1.1;

interface Scale {
  readonly size: number;
  /** So many keys of this size share the operations: enough for commands that take elements to find some. */
  readonly keys: number;
  readonly operations: number;
}

const fullScales: readonly Scale[] = [
  { size: 100, keys: 2000, operations: 80_000 },
  { size: 1_000_000, keys: 1, operations: 120_000 },
];
const quickScales: readonly Scale[] = [
  { size: 100, keys: 20, operations: 200 },
  { size: 2000, keys: 1, operations: 200 },
];

interface Contender {
  readonly server: ServerProcess;
  readonly pipeline: Pipeline;
}

/** CPU of one command at one scale, in µs per operation, round by round. */
interface Cell {
  readonly command: string;
  readonly label: string;
  readonly size: number;
  /** By name of the server. */
  readonly cpuUs: Record<string, number[]>;
}

interface Row extends Cell {
  /** Median of the rounds' ratios to redis-server. */
  readonly ratio: number;
}

/** What a command of every data type costs the server, on small and on large keys. */
export const typesGroup: CompareGroup = {
  name: 'types',
  title: 'Data types: CPU per operation',
  async run(context: CompareContext): Promise<GroupResult> {
    const chosen = workloads.filter(({ name }) => context.only.length === 0 || context.only.includes(name));
    const plans = [...(context.base ? [context.base] : []), ...context.own.slice(0, 1)];
    const cells: Cell[] = [];
    for (const scale of context.quick ? quickScales : fullScales) {
      if (context.sizes.length > 0 && !context.sizes.includes(scale.size)) continue;
      cells.push(...(await runScale(context, plans, scale, chosen)));
    }
    const rows = cells.map((cell) => ({ ...cell, ratio: ratioOf(context, cell) }));
    // On tiny keys, before code is compiled, ratios mean nothing.
    const bars = context.quick ? [] : checkBars(rows);
    return {
      json: { clients: CLIENTS, pipeline: PIPELINE, rounds: context.rounds, scales: fullScales, bars, rows },
      markdown: `${render(plans, rows)}\n\n${context.quick ? '' : renderMissed(bars)}`.trim(),
      commands: [],
      problems: rows
        .filter(({ cpuUs }) => Object.values(cpuUs).some((rounds) => !(median(rounds) > 0 && median(rounds) < 10_000)))
        .map(({ label, size }) => `${label}, ${size} elements: CPU could not be measured`),
    };
  },
};

async function runScale(
  context: CompareContext,
  plans: readonly ServerPlan[],
  scale: Scale,
  chosen: readonly Workload[],
): Promise<Cell[]> {
  const contenders: Contender[] = [];
  try {
    for (const plan of plans) {
      const server = await ServerProcess.start({ plan });
      contenders.push({ server, pipeline: await Pipeline.open(server.port, CLIENTS) });
    }
    await fillAll(context, contenders, scale, chosen);
    const cells: Cell[] = [];
    for (const workload of chosen) {
      const cell = await measure(context, contenders, scale, workload);
      cells.push(cell);
      const figures = plans.map(({ name }) => `${name} ${median(cell.cpuUs[name] ?? []).toFixed(2)} µs`);
      context.log(
        `${workload.label}, ${thousands(scale.size)} elements: ${figures.join(', ')}, ${ratio(ratioOf(context, cell))}`,
      );
    }
    return cells;
  } finally {
    for (const { server, pipeline } of contenders) {
      pipeline.close();
      await server.stop();
    }
  }
}

function placeOf(workload: Workload, scale: Scale, fresh: number, seed: number): Place {
  const { fill, moves, reply } = workload;
  const perKey = Math.max(1, Math.round(scale.operations / scale.keys / (1 + (reply * 3) / 20)));
  return {
    name: moves ? `${fill}-moving` : fill,
    keys: scale.keys,
    // Half of what comes or goes is above the size and half below.
    size: moves ? scale.size - Math.ceil(perKey / 2) : scale.size,
    operations: perKey * scale.keys,
    random: new FastRandom(seed),
    fresh,
  };
}

async function fillAll(
  context: CompareContext,
  contenders: readonly Contender[],
  scale: Scale,
  chosen: readonly Workload[],
): Promise<void> {
  const filled = new Set<string>();
  for (const workload of chosen) {
    const { name, keys, size, random } = placeOf(workload, scale, 0, 1);
    if (filled.has(name)) continue;
    filled.add(name);
    context.log(`filling ${name}: ${thousands(keys)} keys of ${thousands(size)} elements`);
    const requests = fillRequests(workload.fill, name, keys, size, random);
    // Entries of a stream have to come in order.
    const depth = workload.fill === 'stream' ? requests.count : FILL_PIPELINE;
    for (const { server, pipeline } of contenders) await server.watch(pipeline.run(requests, depth));
  }
}

async function measure(
  context: CompareContext,
  contenders: readonly Contender[],
  scale: Scale,
  workload: Workload,
): Promise<Cell> {
  const cell: Cell = { command: workload.name, label: workload.label, size: scale.size, cpuUs: {} };
  for (const { server } of contenders) cell.cpuUs[server.name] = [];
  const warmUp = context.quick ? 1 : WARM_UP_ROUNDS;
  for (let round = 0; round < warmUp + context.rounds; round++) {
    const made = makeRound(workload, scale, round);
    for (const { server, pipeline } of round % 2 === 0 ? contenders : contenders.toReversed()) {
      const cpu = await server.watch(runRound(server, pipeline, made));
      if (round >= warmUp) cell.cpuUs[server.name]?.push(cpu / made.measured.count);
    }
  }
  return cell;
}

interface Round {
  readonly before: Requests;
  readonly measured: Requests;
  readonly after: Requests;
}

function makeRound(workload: Workload, scale: Scale, round: number): Round {
  const place = placeOf(workload, scale, (round + 2) * 10_000_000, round + 1);
  const before = new Requests();
  const measured = new Requests();
  const after = new Requests();
  workload.before?.(before, place);
  workload.measured(measured, place);
  workload.after?.(after, place);
  return { before, measured, after };
}

/** CPU of the server while it was given the measured requests, in µs. */
async function runRound(server: ServerProcess, pipeline: Pipeline, round: Round): Promise<number> {
  await pipeline.run(round.before, FILL_PIPELINE);
  const cpuBefore = threadCpuUs(server.pid);
  await pipeline.run(round.measured, PIPELINE);
  const cpu = threadCpuUs(server.pid) - cpuBefore;
  await pipeline.run(round.after, FILL_PIPELINE);
  return cpu;
}

function ratioOf(context: CompareContext, { cpuUs }: Cell): number {
  const base = cpuUs[context.base?.name ?? ''] ?? [];
  const own = cpuUs[context.own[0]?.name ?? ''] ?? [];
  return median(own.map((us, round) => us / (base[round] ?? Number.NaN)));
}

function checkBars(rows: readonly Row[]): Bar[] {
  const bars = rows.map(({ label, size, ratio: measured }) =>
    atMost(`${label}, ${thousands(size)} elements, CPU against redis-server`, measured, MAX_CPU_RATIO),
  );
  for (const { label, size, ratio: small, command } of rows) {
    const large = rows.find((other) => other.command === command && other.size > size);
    if (large !== undefined)
      bars.push(atMost(`${label}, CPU ratio, large keys against small`, large.ratio / small, GROWTH_ALLOWED));
  }
  return bars;
}

/** A line for each command, with a few columns for each size. */
function render(plans: readonly ServerPlan[], rows: readonly Row[]): string {
  const sizes = [...new Set(rows.map(({ size }) => size))];
  const header = sizes.flatMap((size) => [...plans.map(({ name }) => `${thousands(size)}: ${name}`), 'ratio']);
  const commands = [...new Set(rows.map(({ command }) => command))];
  return table(
    ['CPU µs per operation', ...header],
    commands.map((command) => {
      const ofCommand = rows.filter((row) => row.command === command);
      const figures = ofCommand.flatMap(({ cpuUs, ratio: against }) => [
        ...plans.map(({ name }) => median(cpuUs[name] ?? []).toFixed(2)),
        ratio(against),
      ]);
      return [ofCommand[0]?.label ?? command, ...figures];
    }),
  );
}

/** Which demands are missed; all forty take more room than they are worth. */
function renderMissed(bars: readonly Bar[]): string {
  const missed = bars.filter(({ holds }) => !holds);
  const count = `Of ${bars.length} demands (CPU at most ${ratio(MAX_CPU_RATIO)} of redis-server's; the ratio on large keys at most ${ratio(GROWTH_ALLOWED)} of that on small ones)`;
  return missed.length === 0 ? `${count} all hold.` : `${count} these are missed:\n\n${renderBars(missed)}`;
}
