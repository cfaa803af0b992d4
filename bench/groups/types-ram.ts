import { atMost, renderBars } from '../support/bars.ts';
import { FastRandom } from '../support/key-picker.ts';
import { Pipeline } from '../support/pipeline.ts';
import { mib, ratio, table, thousands } from '../support/report.ts';
import { type ServerPlan, ServerProcess } from '../support/server-process.ts';
import type { CompareContext, CompareGroup, GroupResult } from './group.ts';
import { type FillName, fillRequests } from './types/fill.ts';

const CLIENTS = 4;
const PIPELINE = 8;
const MAX_RATIO = 0.8;
const measuredTypes: readonly FillName[] = ['hash', 'set', 'zset', 'list', 'stream'];

interface Row {
  readonly type: FillName;
  /** What `used_memory` grew by, in bytes, by name of the server. */
  readonly usedBytes: Record<string, number>;
  readonly ratio: number;
}

/** RAM of one key with a million elements, of each of the large types, by the servers' own count. */
export const typesRamGroup: CompareGroup = {
  name: 'types-ram',
  title: 'Data types: RAM',
  async run(context: CompareContext): Promise<GroupResult> {
    const elements = context.quick ? 3000 : 1_000_000;
    const plans = [...(context.base ? [context.base] : []), ...context.own.slice(0, 1)];
    const chosen = measuredTypes.filter((type) => context.only.length === 0 || context.only.includes(type));
    const rows = chosen.map((type): Row => ({ type, usedBytes: {}, ratio: Number.NaN }));
    for (const plan of plans) await measure(context, plan, rows, elements);
    const compared = rows.map((row) => ({
      ...row,
      ratio:
        (row.usedBytes[context.own[0]?.name ?? ''] ?? Number.NaN) /
        (row.usedBytes[context.base?.name ?? ''] ?? Number.NaN),
    }));
    const bars = (context.quick ? [] : compared).map((row) =>
      atMost(`${row.type}, RAM against redis-server`, row.ratio, MAX_RATIO),
    );
    return {
      json: { elements, bars, rows: compared },
      markdown: `${render(plans, compared, elements)}\n\n${renderBars(bars)}`.trim(),
      commands: [],
      problems: compared
        .filter(({ ratio: against }) => !Number.isFinite(against) && plans.length > 1)
        .map(({ type }) => `${type}: no RAM measured`),
    };
  },
};

async function measure(
  context: CompareContext,
  plan: ServerPlan,
  rows: readonly Row[],
  elements: number,
): Promise<void> {
  const server = await ServerProcess.start({ plan });
  const pipeline = await Pipeline.open(server.port, CLIENTS);
  const used = async () => Number((await server.control.info('memory')).get('used_memory') ?? Number.NaN);
  const fill = async (type: FillName, name: string, size: number): Promise<void> => {
    const requests = fillRequests(type, name, 1, size, new FastRandom(1));
    // Entries of a stream have to come in order.
    await server.watch(pipeline.run(requests, type === 'stream' ? requests.count : PIPELINE));
  };
  try {
    // Buffers and compiled code are there after the first requests.
    for (const { type } of rows) await fill(type, `first-${type}`, 1000);
    for (const { type, usedBytes } of rows) {
      const before = await used();
      await fill(type, type, elements);
      usedBytes[server.name] = (await used()) - before;
      context.log(`${server.name}, ${type}: ${mib(usedBytes[server.name] ?? 0)} MiB`);
    }
  } finally {
    pipeline.close();
    await server.stop();
  }
}

function render(plans: readonly ServerPlan[], rows: readonly Row[], elements: number): string {
  const perElement = rows.map(({ type, usedBytes, ratio: against }) => [
    type,
    ...plans.map(({ name }) => ((usedBytes[name] ?? Number.NaN) / elements).toFixed(1)),
    ratio(against),
  ]);
  const lines = [
    `One key of ${thousands(elements)} elements of each type; what \`used_memory\` grew by, in bytes per element:`,
    '',
    table(['', ...plans.map(({ name }) => name), 'ratio'], perElement),
  ];
  return lines.join('\n');
}
