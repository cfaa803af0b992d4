// Prints the table of storage-admission in docs/decisions/0011-cold-tier-housekeeping.md as Markdown.
// usage: node dist/tiers/policy/simulator/admission.entry.js [trace.oracleGeneral.bin]
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Admission } from '../storage-admission.ts';
import { countMisses } from './simulator.ts';
import { syntheticTraces } from './synthetic.ts';
import { readOracleGeneral, type Trace } from './trace.ts';
import { TwoTierSimulator } from './two-tiers.ts';

const MIB = 2 ** 20;
const SETTINGS: readonly Admission[] = ['all', 'reuse', 'frequency'];

function row(trace: Trace, ram: number, disk: number, name: string): void {
  const cells = SETTINGS.map((admission) => {
    const simulator = new TwoTierSimulator(ram, trace.objects, { policy: 's3-fifo', admission, diskBytes: disk });
    const misses = countMisses(() => simulator, ram, trace);
    const bytes = trace.sizes.reduce((sum, size) => sum + size, 0);
    return [misses / trace.requests.length, simulator.bytesWritten / bytes]
      .map((n) => (n * 100).toFixed(1))
      .join(' / ');
  });
  console.log(`| ${[`${trace.name}, ${name}`, ...cells].join(' | ')} |`);
}

console.log(`| trace, RAM / disk | ${SETTINGS.join(' | ')} |`);
console.log('| --- | --- | --- | --- |');
for (const trace of syntheticTraces({ seed: 7, requests: 1_000_000, objects: 100_000 })) {
  for (const [ram, disk] of [
    [1000, 10_000],
    [1000, 50_000],
    [10_000, 50_000],
  ] as const) {
    row(trace, ram, disk, `${ram} / ${disk}`);
  }
}
const file = process.argv[2];
if (file !== undefined) {
  const trace = readOracleGeneral(basename(file).split('.')[0] ?? file, readFileSync(file));
  for (const [ram, disk] of [
    [64, 256],
    [64, 768],
    [256, 768],
  ] as const) {
    row(trace, ram * MIB, disk * MIB, `${ram} / ${disk} MiB`);
  }
}
