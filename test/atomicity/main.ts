// Transactions and scripts of 16 clients on four threads, over hot and cold keys, until the time is over or an anomaly is found.
// usage: npm run test:atomicity -- [--minutes N] [--seed X] [--rounds N]
import { parseArgs } from 'node:util';
import { runCampaign } from './campaign.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '400' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});

const until = Date.now() + Number(values.minutes) * 60_000;
const tiers = [{}, { 'storage-provider': ['flash', './flash'] }];
let seed = Number(values.seed);
do {
  for (const directives of tiers) {
    const outcome = await runCampaign(directives, seed, Number(values.rounds));
    console.log(
      `seed ${seed}, ${'storage-provider' in directives ? 'two tiers' : 'RAM only'}: ${JSON.stringify(outcome)}`,
    );
  }
  seed += 100;
} while (Date.now() < until);
