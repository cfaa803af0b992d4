// Replays traces against servers of several sizes, each new and empty, and prints what was measured beside what is predicted; exit code 1 when one differs by
// more than a point. Minutes. The recorded trace is left out where it is not found.
// usage: npm run test:hit-ratio -- [--requests n] [word of a case's name ...]
import { parseArgs } from 'node:util';
import { verify } from '../../../tools/plan/live/verify.ts';
import { TieredServer } from '../../tiers/tiered-server.ts';
import { bytesOf, type Case, cases } from './workloads.ts';

const { values, positionals } = parseArgs({
  options: { requests: { type: 'string', default: '600000' } },
  allowPositionals: true,
});

const percent = (share: number) => (share * 100).toFixed(2).padStart(6);

/** Whether it agrees; undefined without its trace. */
async function run({ name, trace: make, ramMib, nvmeMib }: Case): Promise<boolean | undefined> {
  const trace = make();
  if (trace === undefined) return undefined;
  const args = ['--maxmemory', String(bytesOf(ramMib)), '--maxstorage', String(bytesOf(nvmeMib))];
  const policy = nvmeMib > 0 ? ['--maxmemory-policy', 'allkeys-lru'] : [];
  const tiered = await TieredServer.start([...args, ...policy, '--server-threads', '1']);
  try {
    const address = { host: '127.0.0.1', port: tiered.server.port };
    const { measured, predicted, agrees, replay, notes } = await verify({ address, trace, flush: false });
    const cells = [
      `${name}, ${ramMib} MiB${nvmeMib === 0 ? '' : `, ${nvmeMib} MiB`}`.padEnd(36),
      `${percent(predicted.ram)} ${percent(measured.ram)}`,
      `${percent(predicted.nvme)} ${percent(measured.nvme)}`,
      `${percent(measured.ram - predicted.ram)} ${percent(measured.nvme - predicted.nvme)}`,
      `${replay.seconds.toFixed(1)} s${agrees ? '' : '  DIFFERS'}`,
    ];
    console.log(cells.join(' | '));
    for (const note of notes) console.log(`  ${note}`);
    return agrees;
  } finally {
    await tiered.stop();
  }
}

console.log('case | RAM hits predicted, measured | NVMe hits predicted, measured | differences in points');
let failed = 0;
for (const one of cases(Number(values.requests))) {
  const name = `${one.name}, ${one.ramMib} MiB`;
  if (positionals.length > 0 && !positionals.some((word) => name.includes(word))) continue;
  if ((await run(one)) === false) failed++;
}
if (failed > 0) {
  console.log(`${failed} differ by more than a point`);
  process.exitCode = 1;
}
