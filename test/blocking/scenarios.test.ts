import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type LaunchedServer, launch } from '../support/launch.ts';
import { missingPrograms } from '../support/programs.ts';
import { runScenario } from './run-scenario.ts';
import { scenarios } from './scenarios.ts';

const noRedis = missingPrograms({ 'redis-server': 'redis-server' });

describe('clients that wait are served as by redis-server', { skip: noRedis, timeout: 240_000 }, () => {
  let ours: LaunchedServer;
  let theirs: LaunchedServer;
  before(async () => {
    ours = await launch('stratakv', { 'server-threads': '4' });
    theirs = await launch('redis');
  });
  after(async () => {
    await Promise.all([ours.stop(), theirs.stop()]);
  });
  for (const [name, scenario] of Object.entries(scenarios)) {
    test(name, async () => {
      assert.deepEqual(await runScenario(ours.port, scenario), await runScenario(theirs.port, scenario));
    });
  }
});
