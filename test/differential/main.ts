// Random commands on two servers side by side, until they disagree or the rounds are over.
// usage: npm run test:differential -- [--pair vs-redis|starved|redis-itself] [--rounds N] [--seed X] [--steps N] [--type all|hash|...] [--keep-going]
import { parseArgs } from 'node:util';
import { findProgram } from '../support/programs.ts';
import type { Target } from './execute.ts';
import { explain, runRounds } from './rounds.ts';
import { PAIRS, type PairName, Side } from './side.ts';

const EXIT_UNAVAILABLE = 2;

const { values } = parseArgs({
  options: {
    pair: { type: 'string', multiple: true, default: ['vs-redis', 'starved'] },
    rounds: { type: 'string', default: '100' },
    steps: { type: 'string', default: '80' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    type: { type: 'string', multiple: true, default: [] },
    'keep-going': { type: 'boolean', default: false },
    optional: { type: 'boolean', default: false },
  },
});

const isPair = (name: string): name is PairName => name in PAIRS;

async function runPair(name: PairName, rounds: number, firstSeed: number): Promise<number> {
  const [left, right] = PAIRS[name];
  const sides = [new Side(left), new Side(right)] as const;
  const targets = async (): Promise<readonly [Target, Target]> => [
    { name: left.name, tiered: left.tiered, port: await sides[0].port() },
    { name: right.name, tiered: right.tiered, port: await sides[1].port() },
  ];
  const startedAt = Date.now();
  let differences = 0;
  try {
    let seed = firstSeed;
    while (seed < firstSeed + rounds) {
      const options = {
        rounds: firstSeed + rounds - seed,
        seed,
        tiered: right.tiered,
        steps: Number(values.steps),
        types: values.type,
      };
      const finding = await runRounds(targets, options);
      if (!finding) break;
      differences++;
      console.log(explain(finding, [left.name, right.name]));
      if (finding.mismatch.replies.some((reply) => /closed|ECONN|no reply/.test(reply))) {
        for (const side of sides) console.log(`--- ${side.setup.name} printed last ---\n${side.log()}`);
      }
      if (!values['keep-going']) break;
      seed = finding.trial.seed + 1;
    }
  } finally {
    await Promise.all(sides.map((side) => side.stop()));
  }
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  const outcome = differences === 0 ? 'agree' : `${differences} differences`;
  console.log(`${name}: ${rounds} rounds from seed ${firstSeed}, ${outcome} (${seconds} s)`);
  return differences;
}

async function main(): Promise<number> {
  let differences = 0;
  for (const name of values.pair) {
    if (!isPair(name)) throw new Error(`--pair is one of ${Object.keys(PAIRS).join(', ')}, not ${name}`);
    const needsRedis = PAIRS[name].some((setup) => setup.server === 'redis');
    if (needsRedis && findProgram('redis-server') === undefined) {
      console.error(`${name}: redis-server is missing: install Debian's package redis-server`);
      if (!values.optional) return EXIT_UNAVAILABLE;
      continue;
    }
    differences += await runPair(name, Number(values.rounds), Number(values.seed));
  }
  return differences === 0 ? 0 : 1;
}

// Ends the servers too: they are reaped when this process exits, which a signal alone does not count as.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
process.exitCode = await main();
