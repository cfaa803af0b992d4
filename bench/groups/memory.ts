import { atMost, type Bar, renderBars } from '../support/bars.ts';
import { fillKeys } from '../support/drive.ts';
import { LoadProcess } from '../support/load-process.ts';
import { ownPlan, peerPlan } from '../support/peers.ts';
import { residentBytes } from '../support/process-stats.ts';
import { table, thousands } from '../support/report.ts';
import { type ServerPlan, ServerProcess } from '../support/server-process.ts';
import { settleTiers, type TierFigures } from '../support/tier-figures.ts';
import { KEY_BYTES } from '../support/values.ts';
import type { CompareContext, CompareGroup, GroupResult } from './group.ts';

const VALUE_BYTES = 64;
const MAX_HOT_BYTES = 48;
const MAX_COLD_BYTES = 16;

/** Bytes beyond key and value, per key. */
interface HotRow {
  server: string;
  usedMemoryPerKey: number;
  residentPerKey: number;
}

interface ColdRow {
  keys: number;
  before: TierFigures;
  after: TierFigures;
  /** Bytes of RAM that one more cold key took, by the server's own count; NaN where INFO does not tell. */
  indexBytesPerColdKey: number;
}

/** RAM per key: the growth of `used_memory` and of RSS while a million keys are written to an empty server. */
export const memoryGroup: CompareGroup = {
  name: 'memory',
  title: 'RAM per key',
  async run(context: CompareContext): Promise<GroupResult> {
    const keys = context.quick ? 20_000 : 1_000_000;
    const own = context.own.slice(0, 1);
    const others = context.peers
      .filter(({ name }) => name !== 'redis-server' && name !== 'kvrocks')
      .map((peer) => peerPlan(peer));
    const hot: HotRow[] = [];
    for (const plan of [...(context.base ? [context.base] : []), ...own, ...others]) {
      context.log(`RAM per hot key: ${plan.name}`);
      hot.push(await measureHot(plan, keys));
    }
    const cold = own.length === 0 ? undefined : await measureCold(context, keys);
    const bars: Bar[] = hot
      .filter(({ server }) => server === own[0]?.name)
      .map(({ usedMemoryPerKey }) =>
        atMost('RAM per hot key beyond key and value', usedMemoryPerKey, MAX_HOT_BYTES, 'bytes'),
      );
    if (cold !== undefined) bars.push(atMost('RAM per cold key', cold.indexBytesPerColdKey, MAX_COLD_BYTES, 'bytes'));
    const problems = hot
      .filter(({ usedMemoryPerKey }) => !(usedMemoryPerKey > 0 && usedMemoryPerKey < 1000))
      .map(({ server, usedMemoryPerKey }) => `${server}: ${usedMemoryPerKey} bytes of used_memory per key`);
    return {
      json: { keys, keyBytes: KEY_BYTES, valueBytes: VALUE_BYTES, hot, cold, bars },
      markdown: render(keys, hot, cold, bars),
      commands: [],
      problems,
    };
  },
};

async function withServer<T>(
  plan: ServerPlan,
  body: (server: ServerProcess, load: LoadProcess) => Promise<T>,
): Promise<T> {
  const server = await ServerProcess.start({ plan });
  const load = new LoadProcess();
  try {
    return await body(server, load);
  } finally {
    await load.close();
    await server.stop();
  }
}

function measureHot(plan: ServerPlan, keys: number): Promise<HotRow> {
  return withServer(plan, async (server, load) => {
    const used = async () => Number((await server.control.info('memory')).get('used_memory') ?? Number.NaN);
    // Threads, buffers and compiled code are there after the first few requests; keys are what is measured.
    await fillKeys(server, load, Math.min(keys, 1000), VALUE_BYTES);
    await server.control.send('FLUSHALL');
    const usedBefore = await used();
    const residentBefore = residentBytes(server.pid).now;
    await fillKeys(server, load, keys, VALUE_BYTES);
    const payload = KEY_BYTES + VALUE_BYTES;
    return {
      server: server.name,
      usedMemoryPerKey: ((await used()) - usedBefore) / keys - payload,
      residentPerKey: (residentBytes(server.pid).now - residentBefore) / keys - payload,
    };
  });
}

/** Fills twice, so that what a server holds anyway (a full hot tier, the index's first pages) drops out of the difference. */
function measureCold(context: CompareContext, keys: number): Promise<ColdRow> {
  context.log('RAM per cold key');
  const plan = ownPlan({ threads: 1, tiered: true, maxmemory: context.quick ? '4mb' : '64mb' });
  return withServer(plan, async (server, load) => {
    await fillKeys(server, load, keys, VALUE_BYTES * 4);
    const before = await settleTiers(server.control);
    await fillKeys(server, load, keys * 2, VALUE_BYTES * 4);
    const after = await settleTiers(server.control);
    return {
      keys,
      before,
      after,
      indexBytesPerColdKey: (after.indexBytes - before.indexBytes) / (after.coldKeys - before.coldKeys),
    };
  });
}

function render(keys: number, hot: readonly HotRow[], cold: ColdRow | undefined, bars: readonly Bar[]): string {
  const rows = hot.map(({ server, usedMemoryPerKey, residentPerKey }) => [
    server,
    usedMemoryPerKey.toFixed(1),
    residentPerKey.toFixed(1),
  ]);
  const lines = [
    `${thousands(keys)} keys of ${KEY_BYTES} bytes with values of ${VALUE_BYTES} bytes; bytes per key beyond key and value:`,
    '',
    table(['', 'used_memory', 'RSS'], rows),
  ];
  if (cold !== undefined) {
    const { after, indexBytesPerColdKey } = cold;
    const perKey = Number.isFinite(indexBytesPerColdKey)
      ? `${indexBytesPerColdKey.toFixed(1)} bytes`
      : 'not reported by INFO';
    lines.push(
      '',
      `RAM per cold key, index slack included: ${perKey} (${thousands(after.coldKeys)} of ${thousands(after.hotKeys + after.coldKeys)} keys cold).`,
    );
  }
  if (bars.length > 0) lines.push('', renderBars(bars));
  return lines.join('\n');
}
