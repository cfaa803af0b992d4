import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch } from '../support/launch.ts';
import { missingPrograms } from '../support/programs.ts';
import type { Target } from './execute.ts';
import { type Lie, startLyingProxy } from './lying-proxy.ts';
import { explain, runRounds } from './rounds.ts';

const skip = missingPrograms({ 'redis-server': 'redis-server' });

/** Every string is at most three bytes long. */
const wrongLength: Lie = (args, reply) =>
  args[0]?.toUpperCase() === 'STRLEN' && Number(reply.subarray(1, -2)) > 3 ? Buffer.from(':3\r\n') : reply;

const wrongError: Lie = (_, reply) => {
  const text = reply.toString('latin1');
  return text === '-ERR offset is out of range\r\n' ? Buffer.from('-ERR the offset is out of range\r\n') : reply;
};

async function findLie(lie: Lie) {
  const server = await launch('redis');
  const proxy = await startLyingProxy(server.port, lie);
  const honest = await launch('redis');
  try {
    const targets = async (): Promise<readonly [Target, Target]> => [
      { name: 'honest', port: honest.port, tiered: false },
      { name: 'lying', port: proxy.port, tiered: false },
    ];
    return await runRounds(targets, { rounds: 200, seed: 20_241, tiered: false });
  } finally {
    proxy.close();
    await Promise.all([server.stop(), honest.stop()]);
  }
}

test('a wrong reply is found and cut down to the commands that show it', { skip }, async () => {
  const finding = await findLie(wrongLength);
  assert.ok(finding, 'the lie was not found');
  assert.ok(finding.reproducible);
  const text = explain(finding, ['honest', 'lying']);
  assert.ok(finding.minimal.steps.length <= 3, text);
  assert.match(text, /seed \d+/);
  assert.match(text, /STRLEN/i);
  assert.match(text, /lying: ":3/);
});

test('a wrong error text is found, and its cause is one command', { skip }, async () => {
  const finding = await findLie(wrongError);
  assert.ok(finding, 'the lie was not found');
  assert.equal(finding.minimal.steps.length, 1, explain(finding, ['honest', 'lying']));
});
