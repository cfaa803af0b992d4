import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LiveComparison } from '../../../test/support/live-comparison.ts';
import { missingPrograms } from '../../../test/support/programs.ts';
import { Random } from '../../../test/support/random.ts';
import { parseScenarios } from '../../../test/support/redis-comparison.ts';
import { geoScenarios } from './scenarios.ts';

/** Commands sent at a time: no reply takes long to come, however slow the machine is. */
const PORTION = 100;
const PLACES = 800;
const SEED = Number(process.env.FUZZ_SEED ?? 20_261_122);

describe('geospatial commands against redis-server', {
  skip: missingPrograms({ 'redis-server': 'redis-server' }),
}, () => {
  let comparison: LiveComparison;
  before(async () => {
    comparison = await LiveComparison.start();
  });
  after(() => comparison.stop());

  for (const resp of [2, 3] as const) {
    test(`scenarios, RESP${resp}`, async () => {
      await comparison.speak(resp);
      const differences: string[] = [];
      for (const scenario of parseScenarios(geoScenarios))
        differences.push(...(await comparison.differences(scenario)));
      assert.equal(differences.join('\n\n'), '');
    });
  }

  test(`many places, and areas of all sizes all over the map, FUZZ_SEED=${SEED}`, async () => {
    await comparison.speak(2);
    const commands = places(new Random(SEED));
    for (let n = 0; n < commands.length; n += PORTION) {
      const differences = await comparison.differences(commands.slice(n, n + PORTION), n > 0);
      assert.equal(differences.slice(0, 3).join('\n\n'), '');
    }
  });
});

function places(random: Random): string[][] {
  const within = (max: number): string => ((random.integer(0, 2e9) / 1e9 - 1) * max).toFixed(9);
  const commands: string[][] = [];
  for (let n = 0; n < PLACES; n += 10) {
    const spread = random.pick([1, 1, 0.1, 0.001]);
    const ten = Array.from({ length: 10 }, (_, i) => [
      within(180 * spread),
      within(85.05 * spread),
      `p${n + i}`,
    ]).flat();
    commands.push(['geoadd', 'g', ...ten]);
  }
  for (let turn = 0; turn < 250; turn++) {
    const from = random.chance(0.5)
      ? ['frommember', `p${random.integer(0, PLACES - 1)}`]
      : ['fromlonlat', within(180), within(85.05)];
    const size = (): string => String(random.integer(1, 999) * 10 ** random.integer(-2, 4));
    const by = random.chance(0.5) ? ['byradius', size(), 'km'] : ['bybox', size(), size(), 'km'];
    commands.push(['geosearch', 'g', ...from, ...by, 'withdist', 'withhash', 'withcoord']);
    commands.push(['geosearch', 'g', ...from, ...by, random.pick(['asc', 'desc']), 'count', '10', 'any']);
    commands.push(['geodist', 'g', `p${random.integer(0, PLACES - 1)}`, `p${random.integer(0, PLACES - 1)}`, 'ft']);
    commands.push(
      ['geohash', 'g', `p${random.integer(0, PLACES - 1)}`],
      ['geopos', 'g', `p${random.integer(0, PLACES - 1)}`],
    );
  }
  return commands;
}
