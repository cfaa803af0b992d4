// Compares cjson, cmsgpack, struct and bit with those of a redis-server on PATH, case by case, until told to stop.
// usage: npm run test:lua-libraries [-- --seconds 60] [--seed 1] [--server]
// --server: the scripts run in a StrataKV server instead of a bare VM in this process.
import { parseArgs } from 'node:util';
import { BareSide } from './bare-side.ts';
import { compareCases, ServerSide } from './comparison.ts';

const CASES = 200;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    server: { type: 'boolean', default: false },
  },
});
const end = Date.now() + Number(values.seconds) * 1000;
const redis = await ServerSide.start('redis');
const ours = values.server ? await ServerSide.start('stratakv') : new BareSide();
let seed = Number(values.seed);
let cases = 0;
let differences = 0;
try {
  console.log(`first seed ${seed}`);
  for (; Date.now() < end && differences < 20; seed++) {
    for (const found of await compareCases(redis, ours, seed, CASES)) {
      differences++;
      console.log(`seed ${seed}${found.alone ? '' : ' (only behind other cases)'}:\n  ${found.body}`);
      console.log(`  redis: ${found.expected}\n  ours:  ${found.actual}`);
    }
    cases += CASES;
  }
} finally {
  await Promise.all([redis.stop(), ours.stop()]);
}
console.log(`${cases} cases, ${differences} differences`);
process.exitCode = differences === 0 ? 0 : 1;
