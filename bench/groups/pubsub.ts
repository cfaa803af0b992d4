import { atMost, renderBars } from '../support/bars.ts';
import { type FanOut, type FanOutRun, fanOut } from '../support/fan-out.ts';
import { ratio, table, thousands } from '../support/report.ts';
import { ServerProcess } from '../support/server-process.ts';
import { median } from '../support/stats.ts';
import type { CompareContext, CompareGroup, GroupResult } from './group.ts';

const MESSAGE_BYTES = 64;
const PUBLISHERS = 4;
const MOST_CPU = 1.2;

/** Some 300,000 deliveries each. */
function rowsFor(quick: boolean): FanOut[] {
  const scale = quick ? 20 : 1;
  const row = (subscribers: number, pipeline: number, messages: number): FanOut => ({
    subscribers,
    publishers: PUBLISHERS,
    pipeline,
    messages: Math.max(pipeline, Math.floor(messages / scale / pipeline) * pipeline),
    messageBytes: MESSAGE_BYTES,
  });
  return [
    row(1, 1, 20_000),
    row(1, 16, 64_000),
    row(10, 1, 6_000),
    row(10, 16, 12_800),
    row(100, 1, 800),
    row(100, 16, 1_600),
  ];
}

interface Cell {
  readonly server: string;
  readonly row: FanOut;
  readonly runs: FanOutRun[];
}

/** PUBLISH to 1, 10 and 100 subscribers. */
export const pubsubGroup: CompareGroup = {
  name: 'pubsub',
  title: 'Publish and subscribe',
  async run(context: CompareContext): Promise<GroupResult> {
    const { base, own, quick, rounds } = context;
    const servers: ServerProcess[] = [];
    const rows = rowsFor(quick);
    const cells: Cell[] = [];
    try {
      for (const plan of [...(base ? [base] : []), ...own]) servers.push(await ServerProcess.start({ plan }));
      for (const row of rows) for (const { name } of servers) cells.push({ server: name, row, runs: [] });
      for (let round = 0; round < rounds; round++) {
        for (const row of rows) {
          for (const server of round % 2 === 0 ? servers : servers.toReversed()) {
            const run = await fanOut(server, row);
            cells.find((cell) => cell.server === server.name && cell.row === row)?.runs.push(run);
            context.log(
              `round ${round + 1} ${row.subscribers} subscribers P=${row.pipeline} ${server.name}: ${thousands(run.deliveriesPerSecond)} deliveries/s, ${run.serverCpuUsPerDelivery.toFixed(2)} µs CPU`,
            );
          }
        }
      }
      return summarise(context, servers, cells);
    } finally {
      for (const server of servers) await server.stop();
    }
  },
};

function summarise(context: CompareContext, servers: readonly ServerProcess[], cells: readonly Cell[]): GroupResult {
  const against = (cell: Cell, pick: (run: FanOutRun) => number) => {
    const other = cells.find(({ server, row }) => server === context.base?.name && row === cell.row);
    return median(
      cell.runs.map((run, round) => pick(run) / (other?.runs[round] ? pick(other.runs[round]) : Number.NaN)),
    );
  };
  const two = context.own.at(-1)?.name;
  const bars = cells
    .filter(({ server }) => server === two && context.base !== undefined)
    .map((cell) =>
      atMost(
        `${cell.row.subscribers} subscribers, P=${cell.row.pipeline}, CPU per delivery, ${two}`,
        against(cell, (run) => run.serverCpuUsPerDelivery),
        MOST_CPU,
      ),
    );
  const lines = cells.map((cell) => [
    `${cell.row.subscribers} subscribers P=${cell.row.pipeline} ${cell.server}`,
    thousands(median(cell.runs.map((run) => run.deliveriesPerSecond))),
    ratio(against(cell, (run) => run.deliveriesPerSecond)),
    median(cell.runs.map((run) => run.serverCpuUsPerDelivery)).toFixed(2),
    ratio(against(cell, (run) => run.serverCpuUsPerDelivery)),
  ]);
  const header = ['', 'deliveries/s', 'vs redis', 'CPU µs/delivery', 'vs redis'];
  return {
    json: { messageBytes: MESSAGE_BYTES, publishers: PUBLISHERS, bars, cells },
    markdown:
      `${PUBLISHERS} publishers, messages of ${MESSAGE_BYTES} bytes.\n\n${table(header, lines)}\n\n${renderBars(bars)}`.trim(),
    commands: servers.map((server) => server.commandLine),
    problems: [],
  };
}
