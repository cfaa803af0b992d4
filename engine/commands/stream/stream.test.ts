import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { stream } from '../../../test/differential/types/stream.ts';
import { Values } from '../../../test/differential/values.ts';
import { LiveComparison } from '../../../test/support/live-comparison.ts';
import { missingPrograms } from '../../../test/support/programs.ts';
import { Random } from '../../../test/support/random.ts';
import type { Argument } from '../../../test/support/raw-client.ts';
import { parseScenarios } from '../../../test/support/redis-comparison.ts';
import { streamScenarios } from './scenarios.ts';

/** Commands per round; more rounds by hand: STRATAKV_STREAM_ROUNDS. */
const COMMANDS = 800;
const ROUNDS = Number(process.env.STRATAKV_STREAM_ROUNDS ?? 4);
const SEED = Number(process.env.STRATAKV_FUZZ_SEED ?? 1);

describe('stream commands against redis-server', { skip: missingPrograms({ 'redis-server': 'redis-server' }) }, () => {
  let comparison: LiveComparison;
  before(async () => {
    comparison = await LiveComparison.start();
  });
  after(() => comparison.stop());

  for (const resp of [2, 3] as const) {
    test(`scenarios, RESP${resp}`, async () => {
      await comparison.speak(resp);
      const differences: string[] = [];
      for (const scenario of parseScenarios(streamScenarios))
        differences.push(...(await comparison.differences(scenario)));
      assert.equal(differences.join('\n\n'), '');
    });
  }

  /** Small nodes and large ones: approximate trims and XINFO show where they end. */
  const nodes: readonly (readonly [bytes: string, entries: string])[] = [
    ['4096', '100'],
    ['4096', '5'],
    ['200', '0'],
    ['0', '0'],
    ['1', '10'],
    ['700', '20'],
  ];

  for (let round = 0; round < ROUNDS; round++) {
    const [bytes, entries] = nodes[round % nodes.length] ?? ['4096', '100'];
    test(`random commands, nodes of ${bytes} bytes and ${entries} entries, seed ${SEED + round}`, async () => {
      const random = new Random(SEED + round);
      await comparison.speak(round % 2 === 0 ? 2 : 3);
      await comparison.configure('stream-node-max-bytes', bytes);
      await comparison.configure('stream-node-max-entries', entries);
      const differences = await comparison.differences(randomCommands(random));
      assert.equal(differences[0] ?? '', '');
    });
  }
});

function randomCommands(random: Random): Argument[][] {
  const values = new Values(random, '');
  const choices = Object.entries(stream.templates).map(([name, { weight }]) => [name, weight] as const);
  const commands: Argument[][] = [];
  for (let n = 0; n < COMMANDS; n++) {
    const name = random.weighted(choices);
    commands.push([name, ...(stream.templates[name]?.make(values, random) ?? [])]);
    if (random.chance(0.005)) commands.push(['DEL', values.key()]);
    if (random.chance(0.005)) commands.push(['SET', values.key(), 'x']);
    if (random.chance(0.02)) commands.push(['COPY', values.key(), values.key(), 'REPLACE']);
  }
  for (let n = 0; n < 20; n++) for (const look of stream.looks(`k${n}`)) commands.push([...look]);
  return commands;
}
