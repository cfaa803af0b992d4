import { atMost, renderBars } from '../support/bars.ts';
import { FastRandom } from '../support/key-picker.ts';
import { ownPlan } from '../support/peers.ts';
import { Pipeline } from '../support/pipeline.ts';
import { mib, thousands } from '../support/report.ts';
import { ServerProcess } from '../support/server-process.ts';
import { mean } from '../support/stats.ts';
import { readTierFigures } from '../support/tier-figures.ts';
import type { CompareContext, CompareGroup, GroupResult } from './group.ts';
import { below, fieldName, fillRequests, keyName, valueText } from './types/fill.ts';

const CLIENTS = 4;
const PIPELINE = 8;
const MAX_READS = 3;
const KEY = keyName('hash', 0);

interface Figures {
  readonly fields: number;
  /** Reads of the cold tier for each HGET, every one from a hash that is wholly on disk. */
  readonly reads: readonly number[];
  readonly hotBytes: number;
  readonly coldBytes: number;
}

/** What one HGET reads from disk of a hash of a million fields that has left RAM. */
export const coldReadsGroup: CompareGroup = {
  name: 'cold-reads',
  title: 'Cold HGET in a large hash',
  async run(context: CompareContext): Promise<GroupResult> {
    if (context.own.length === 0) return { json: {}, markdown: 'Left out.', commands: [], problems: [] };
    const figures = await measure(context);
    const { fields, reads, hotBytes, coldBytes } = figures;
    const bars = [atMost('device reads of a cold HGET, the most of all', Math.max(...reads), MAX_READS, 'reads')];
    const text =
      `A hash of ${thousands(fields)} fields takes ${mib(hotBytes)} MiB of RAM, and ${mib(coldBytes)} MiB after \`TIER DEMOTE\`. ` +
      `${reads.length} HGETs of random fields, the hash demoted before each: ${mean(reads).toFixed(2)} reads of the cold tier each.`;
    return { json: { ...figures, bars }, markdown: `${text}\n\n${renderBars(bars)}`, commands: [], problems: [] };
  },
};

async function measure(context: CompareContext): Promise<Figures> {
  const fields = context.quick ? 3000 : 1_000_000;
  const server = await ServerProcess.start({ plan: ownPlan({ threads: 1, tiered: true, maxmemory: '512mb' }) });
  const pipeline = await Pipeline.open(server.port, CLIENTS);
  const { control } = server;
  const random = new FastRandom(1);
  try {
    await server.watch(pipeline.run(fillRequests('hash', 'hash', 1, fields, random), PIPELINE));
    const hotBytes = (await readTierFigures(control)).usedMemory;
    const reads: number[] = [];
    let coldBytes = 0;
    for (let n = 0; n < (context.quick ? 3 : 20); n++) {
      await control.send('TIER', 'DEMOTE', KEY);
      const before = await readTierFigures(control);
      coldBytes = before.usedMemory;
      const field = below(random, fields);
      const value = await control.send('HGET', KEY, fieldName(field));
      if (value !== valueText(field)) throw new Error(`HGET ${fieldName(field)} answered ${value}`);
      reads.push((await readTierFigures(control)).coldReads - before.coldReads);
    }
    context.log(`cold HGET in ${thousands(fields)} fields: ${reads.join(' ')} reads`);
    return { fields, reads, hotBytes, coldBytes };
  } finally {
    pipeline.close();
    await server.stop();
  }
}
