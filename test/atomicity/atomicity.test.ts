import { test } from 'node:test';
import { runCampaign } from './campaign.ts';

const SEED = Number(process.env.STRATAKV_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const ROUNDS = 60;

test('transactions, WATCH loops and scripts of 16 clients on four threads come one after the other', async (context) => {
  context.diagnostic(`seed ${SEED}`);
  context.diagnostic(JSON.stringify(await runCampaign({}, SEED, ROUNDS)));
});

test('the same while their keys are moved to the cold tier and back', async (context) => {
  context.diagnostic(`seed ${SEED}`);
  context.diagnostic(JSON.stringify(await runCampaign({ 'storage-provider': ['flash', './flash'] }, SEED, ROUNDS)));
});
