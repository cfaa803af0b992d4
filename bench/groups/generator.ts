import { type DrivenRun, drive, fillKeys } from '../support/drive.ts';
import { LoadProcess } from '../support/load-process.ts';
import { microseconds, ratio, table, thousands } from '../support/report.ts';
import { ServerProcess } from '../support/server-process.ts';
import { median } from '../support/stats.ts';
import type { CompareContext, CompareGroup, GroupResult } from './group.ts';

const VALUE_BYTES = 64;
/** How much slower than redis-benchmark ours may be before the run fails. */
const LEAST_AGREEMENT = 0.8;

/** The same server driven by redis-benchmark and by the load generator of ours: the tiered figures rest on their agreement. */
export const generatorGroup: CompareGroup = {
  name: 'generator',
  title: 'Load generators',
  async run(context: CompareContext): Promise<GroupResult> {
    const { base, redisBenchmark, quick, rounds } = context;
    if (base === undefined || redisBenchmark === undefined) {
      return { json: {}, markdown: 'Needs redis-server and redis-benchmark.', commands: [], problems: [] };
    }
    const keys = quick ? 20_000 : 1_000_000;
    const shape = { keys, valueBytes: VALUE_BYTES, clients: 50, test: 'get', pipeline: 1 } as const;
    const run = { ...shape, operations: quick ? 5_000 : 160_000 };
    const server = await ServerProcess.start({ plan: base });
    const load = new LoadProcess();
    const theirs: DrivenRun[] = [];
    const ours: DrivenRun[] = [];
    try {
      await fillKeys(server, load, keys, VALUE_BYTES);
      for (let round = 0; round < rounds; round++) {
        context.log(`load generators, round ${round + 1}`);
        theirs.push(await drive(server, load, redisBenchmark, run));
        ours.push(await drive(server, load, undefined, run));
      }
    } finally {
      await load.close();
      await server.stop();
    }
    const agreement = median(
      ours.map(({ opsPerSecond }, round) => opsPerSecond / (theirs[round]?.opsPerSecond ?? Number.NaN)),
    );
    const rows = [row('redis-benchmark', theirs), row('ours', ours)];
    return {
      json: { theirs, ours, agreement },
      markdown: `${table(['', 'op/s', 'p50', 'p99', 'driver CPU µs/op', 'server CPU µs/op'], rows)}\n\nOurs to redis-benchmark, median of ${rounds} rounds: ${ratio(agreement)}.`,
      commands: [],
      problems:
        !quick && agreement < LEAST_AGREEMENT
          ? [`the load generator reaches only ${ratio(agreement)} of redis-benchmark`]
          : [],
    };
  },
};

function row(name: string, runs: readonly DrivenRun[]): string[] {
  const middle = (pick: (run: DrivenRun) => number) => median(runs.map(pick));
  return [
    name,
    thousands(middle((run) => run.opsPerSecond)),
    microseconds(middle((run) => run.p50Us)),
    microseconds(middle((run) => run.p99Us)),
    middle((run) => run.driverCpuUsPerOp).toFixed(2),
    middle((run) => run.serverCpuUsPerOp).toFixed(2),
  ];
}
