// Servers killed under load, hundreds of times, each followed by a start and a check of every key against what clients saw acknowledged.
// usage: npm run test:crash -- [--runs N] [--seed S] [--quiet]
import { parseArgs } from 'node:util';
import { runCrashes } from './campaign.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '500' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    quiet: { type: 'boolean', default: false },
  },
});

const startedAt = performance.now();
console.log(`seed ${values.seed}`);
const say = values.quiet ? () => {} : (text: string) => console.log(text);
const outcome = await runCrashes({ runs: Number(values.runs), seed: Number(values.seed), say });
const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
console.log(`no violation: ${JSON.stringify(outcome)} in ${seconds} s`);
