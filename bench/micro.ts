// npm run bench:micro -- [--quick] [word ...]
// Times the in-process benchmarks whose names contain one of the words (all without words).
import { parseArgs } from 'node:util';
import { measure } from './micro/harness.ts';
import { microBenchmarks } from './micro/registry.ts';
import { table } from './support/report.ts';

const { values: flags, positionals: words } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false } },
});

const chosen = microBenchmarks.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
if (chosen.length === 0) {
  console.error(
    `No benchmark's name contains ${words.join(' or ')}; there are:\n${microBenchmarks.map(({ name }) => name).join('\n')}`,
  );
  process.exit(2);
}
const rows = chosen.map((benchmark) => {
  const { name, nsPerOp, cpuNsPerOp, operations } = measure(benchmark, flags.quick ? 'smoke' : 'full');
  return [name, nsPerOp.toFixed(1), cpuNsPerOp.toFixed(1), String(operations)];
});
console.log(table(['', 'ns/op', 'CPU ns/op', 'operations'], rows));
