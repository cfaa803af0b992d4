// Prints the miss ratios of docs/decisions/0004-hot-tier-policy.md as Markdown, in %.
// usage: node dist/tiers/policy/simulator/main.js [trace.oracleGeneral.bin]
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { AdaptiveSimulator } from './adaptive.ts';
import { LiveSimulator } from './live.ts';
import { S3FifoSimulator } from './s3-fifo.ts';
import { countMisses, type SimulatorFactory } from './simulator.ts';
import { simulators } from './simulators.ts';
import { syntheticTraces } from './synthetic.ts';
import { readOracleGeneral, type Trace } from './trace.ts';

const MIB = 2 ** 20;
const SEED = 7;

/** A trace, the capacities in bytes to replay it with, and the bytes of the unit they are printed in. */
interface Row {
  readonly trace: Trace;
  readonly capacities: readonly number[];
  readonly unit: number;
}

function row(cells: readonly string[]): void {
  console.log(`| ${cells.join(' | ')} |`);
}

function table(heading: string, columns: Record<string, SimulatorFactory>, rows: readonly Row[]): void {
  row([heading, ...Object.keys(columns)]);
  row([heading, ...Object.keys(columns)].map(() => '---'));
  for (const { trace, capacities, unit } of rows) {
    for (const capacity of capacities) {
      const ratios = Object.values(columns).map((factory) =>
        ((countMisses(factory, capacity, trace) / trace.requests.length) * 100).toFixed(2),
      );
      row([`${trace.name}, ${capacity / unit}`, ...ratios]);
    }
  }
  console.log('');
}

const synthetic: readonly Row[] = syntheticTraces({ seed: SEED, requests: 1_000_000, objects: 100_000 }).map(
  (trace): Row => ({ trace, capacities: [1000, 10_000, 30_000], unit: 1 }),
);
const variants: Record<string, SimulatorFactory> = {
  'S3-FIFO': simulators['S3-FIFO'],
  'move at 1 hit': (bytes, objects) => new S3FifoSimulator(bytes, objects, { moveFrequency: 1 }),
  'SMALL 1 %': (bytes, objects) => new S3FifoSimulator(bytes, objects, { smallShare: 0.01 }),
  'SMALL 20 %': (bytes, objects) => new S3FifoSimulator(bytes, objects, { smallShare: 0.2 }),
  'half the ghosts': (bytes, objects) => new S3FifoSimulator(bytes, objects, { ghostShare: 0.45 }),
  'no ghosts': (bytes, objects) => new S3FifoSimulator(bytes, objects, { ghostShare: 0 }),
};
const parts: Record<string, SimulatorFactory> = {
  adaptive: simulators.adaptive,
  'in bytes': (bytes, objects) => new AdaptiveSimulator(bytes, objects, { counts: 'bytes' }),
  'SMALL fixed': (bytes, objects) => new AdaptiveSimulator(bytes, objects, { step: 0 }),
  'filled by SMALL': (bytes, objects) => new AdaptiveSimulator(bytes, objects, { fillShare: 0 }),
  'always 3 rounds': (bytes, objects) => new AdaptiveSimulator(bytes, objects, { movingShare: 1 }),
};
const ADMISSION_SHARES = [1, 0.5, 0.25, 0.1, 0];
const live: Record<string, SimulatorFactory> = {
  simulator: simulators.adaptive,
  'live, 512-byte objects': (bytes, objects) => new LiveSimulator('adaptive', bytes, objects, bytes * 512),
  'live, 128-byte objects': (bytes, objects) => new LiveSimulator('adaptive', bytes, objects, bytes * 128),
};
table('trace, cache in objects', simulators, synthetic);
const file = process.argv[2];
const traces = [...synthetic];
if (file !== undefined) {
  const sizes = Array.from({ length: 8 }, (_, i) => (i + 1) * 128 * MIB);
  const trace = readOracleGeneral(basename(file).split('.')[0] ?? file, readFileSync(file));
  const recorded: Row = { trace, capacities: sizes, unit: MIB };
  table('trace, cache in MiB', simulators, [recorded]);
  traces.push(recorded);
}
table('trace, cache', parts, traces);
table('trace, cache', variants, traces);
table('trace, cache in objects', live, synthetic);

row(['misses / promotions at admission share', ...ADMISSION_SHARES.map(String)]);
row(['', ...ADMISSION_SHARES].map(() => '---'));
for (const { trace, capacities } of synthetic) {
  for (const capacity of capacities) {
    const cells = ADMISSION_SHARES.map((admissionShare) => {
      const simulator = new S3FifoSimulator(capacity, trace.objects, { admissionShare });
      const misses = countMisses(() => simulator, capacity, trace);
      return [misses, simulator.promotions].map((n) => ((n / trace.requests.length) * 100).toFixed(2)).join(' / ');
    });
    row([`${trace.name}, ${capacity}`, ...cells]);
  }
}
