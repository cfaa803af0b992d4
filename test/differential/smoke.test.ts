import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missingPrograms } from '../support/programs.ts';
import { explain, runRounds } from './rounds.ts';
import { PAIRS, type PairName, Side } from './side.ts';

/** A fixed seed in `npm test`: a failure here is a change in the code. Fresh seeds are `npm run test:differential`'s task. */
const SEED = 1_000;
const ROUNDS = 25;

async function mustAgree(name: PairName): Promise<void> {
  const [left, right] = PAIRS[name];
  const [a, b] = [new Side(left), new Side(right)];
  try {
    const finding = await runRounds(
      async () => [
        { name: left.name, tiered: left.tiered, port: await a.port() },
        { name: right.name, tiered: right.tiered, port: await b.port() },
      ],
      { rounds: ROUNDS, seed: SEED, tiered: right.tiered },
    );
    assert.equal(finding && explain(finding, [left.name, right.name]), undefined);
  } finally {
    await Promise.all([a.stop(), b.stop()]);
  }
}

test(
  'random commands: this server and redis-server agree',
  { skip: missingPrograms({ 'redis-server': 'redis-server' }) },
  () => mustAgree('vs-redis'),
);

test('random commands: RAM-only and RAM-starved agree', () => mustAgree('starved'));
