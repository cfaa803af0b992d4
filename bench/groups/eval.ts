import { atMost, type Bar, renderBars } from '../support/bars.ts';
import { Pipeline } from '../support/pipeline.ts';
import { threadCpuUs } from '../support/process-stats.ts';
import { ratio, table } from '../support/report.ts';
import { Requests } from '../support/requests.ts';
import { ServerProcess } from '../support/server-process.ts';
import { median } from '../support/stats.ts';
import type { CompareContext, CompareGroup, GroupResult } from './group.ts';

const CLIENTS = 50;
const PIPELINE = 16;
const KEYS = 1000;
const MAX_CPU_RATIO = 1.5;
const MAX_THREAD_COST = 1.0;

/** The first is what the bar is about; the others say where its time goes. */
const scripts: readonly { readonly label: string; readonly text: string; readonly keys: 0 | 1 }[] = [
  { label: "return redis.call('GET', KEYS[1])", text: "return redis.call('GET', KEYS[1])", keys: 1 },
  { label: 'return 1', text: 'return 1', keys: 0 },
  {
    label: 'ten INCRs of one key',
    text: "for i = 1, 10 do redis.call('INCR', KEYS[1]) end return redis.call('GET', KEYS[1])",
    keys: 1,
  },
];

interface Row {
  readonly label: string;
  /** µs of CPU per script by name of the server, round by round. */
  readonly cpuUs: Record<string, number[]>;
}

/** What a script costs the server. */
export const evalGroup: CompareGroup = {
  name: 'eval',
  title: 'Scripts: CPU per EVAL',
  async run(context: CompareContext): Promise<GroupResult> {
    const servers: ServerProcess[] = [];
    const pipelines: Pipeline[] = [];
    try {
      for (const plan of [...(context.base ? [context.base] : []), ...context.own]) {
        const server = await ServerProcess.start({ plan });
        servers.push(server);
        pipelines.push(await Pipeline.open(server.port, CLIENTS));
      }
      const rows: Row[] = [];
      for (const [n, script] of scripts.entries()) {
        const cpuUs: Record<string, number[]> = Object.fromEntries(servers.map(({ name }) => [name, []]));
        const { fill, calls } = requestsOf(n, context.quick ? 2_000 : 200_000);
        // The first round, in which code is compiled, does not count.
        for (let round = 0; round <= context.rounds; round++) {
          for (const [at, server] of servers.entries()) {
            const pipeline = pipelines[at];
            if (pipeline === undefined) continue;
            await pipeline.run(fill, PIPELINE);
            const before = threadCpuUs(server.pid);
            await server.watch(pipeline.run(calls, PIPELINE));
            if (round > 0) cpuUs[server.name]?.push((threadCpuUs(server.pid) - before) / calls.count);
          }
        }
        rows.push({ label: script.label, cpuUs });
        context.log(
          `${script.label}: ${servers.map(({ name }) => `${name} ${median(cpuUs[name] ?? []).toFixed(2)} µs`).join(', ')}`,
        );
      }
      return result(context, servers, rows);
    } finally {
      for (const pipeline of pipelines) pipeline.close();
      for (const server of servers) await server.stop();
    }
  },
};

function requestsOf(n: number, count: number): { readonly fill: Requests; readonly calls: Requests } {
  const fill = new Requests();
  const calls = new Requests();
  const { text, keys } = scripts[n] ?? { text: '', keys: 0 };
  for (let key = 0; key < KEYS; key++) fill.add('SET', `key:${key}`, 1000);
  for (let i = 0; i < count; i++) {
    if (keys === 0) calls.add('EVAL', text, 0);
    else calls.add('EVAL', text, 1, `key:${(i * 7919) % KEYS}`);
  }
  return { fill, calls };
}

function result(context: CompareContext, servers: readonly ServerProcess[], rows: readonly Row[]): GroupResult {
  const ratioOf = ({ cpuUs }: Row, name: string | undefined, to: string | undefined): number => {
    const base = cpuUs[to ?? ''] ?? [];
    return median((cpuUs[name ?? ''] ?? []).map((us, round) => us / (base[round] ?? Number.NaN)));
  };
  const [one, two] = context.own;
  const [first] = rows;
  const bars: Bar[] = [];
  // Before code is compiled, ratios mean nothing.
  if (first !== undefined && !context.quick) {
    bars.push(
      atMost('EVAL of one GET, CPU against redis-server', ratioOf(first, one?.name, context.base?.name), MAX_CPU_RATIO),
    );
    if (two !== undefined) {
      bars.push(
        atMost('EVAL of one GET, CPU, 2 threads against 1', ratioOf(first, two.name, one?.name), MAX_THREAD_COST),
      );
    }
  }
  const header = ['script', ...servers.flatMap(({ name }) => [`${name} µs`, 'vs redis'])];
  const lines = rows.map((row) => [
    row.label,
    ...servers.flatMap(({ name }) => [
      median(row.cpuUs[name] ?? []).toFixed(2),
      ratio(ratioOf(row, name, context.base?.name)),
    ]),
  ]);
  return {
    json: { clients: CLIENTS, pipeline: PIPELINE, rounds: context.rounds, bars, rows },
    markdown: `${table(header, lines)}\n\n${renderBars(bars)}`.trim(),
    commands: servers.map((server) => server.commandLine),
    problems: rows.flatMap(({ label, cpuUs }) =>
      Object.entries(cpuUs)
        .filter(([, rounds]) => !(median(rounds) > 0 && median(rounds) < 10_000))
        .map(([name]) => `${label}: CPU of ${name} could not be measured`),
    ),
  };
}
