import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Directives, launch } from '../support/launch.ts';
import { Random } from '../support/random.ts';
import { RawClient } from '../support/raw-client.ts';
import { readReply } from '../support/resp-reply.ts';
import { type Action, Conservation, threesome } from './overlapping-collections.ts';

const THREADS = 4;
const CLIENTS = 8;
const BATCHES = 120;
const BATCH = 16;
const SEED = Number(process.env.STRATAKV_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** Errors that random commands on keys that come and go may get. */
const EXPECTED = /^ERR no such key|^ERR source and destination objects are the same/;

async function run(client: RawClient, actions: readonly Action[]): Promise<void> {
  const raws = await client.pipeline(actions.map(({ args }) => args));
  for (const [n, { args, settle }] of actions.entries()) {
    const reply = readReply(raws[n] ?? Buffer.alloc(0));
    const text = reply.text.toString();
    assert.ok(reply.kind !== '-' || EXPECTED.test(text), `${args.join(' ')}: ${text}`);
    if (reply.kind !== '-') settle?.(reply);
  }
}

async function overlap(directives: Directives, alsoTiers: boolean): Promise<readonly [number, number]> {
  const server = await launch('stratakv', { 'server-threads': String(THREADS), ...directives });
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, () => RawClient.connect({ port: server.port }, 120_000)),
  );
  try {
    const conservation = new Conservation();
    await clients[0]?.call('XGROUP', 'CREATE', 'stream', 'group', '0', 'MKSTREAM');
    await Promise.all(
      clients.map(async (client, n) => {
        const random = new Random(SEED + n);
        for (let batch = 0; batch < BATCHES; batch++) {
          const actions = Array.from({ length: BATCH }, () =>
            random.chance(0.5) ? conservation.action(n, random) : threesome(random),
          );
          if (alsoTiers) {
            const type = random.pick(['list', 'set', 'zset', 'hash', 'lists', 'sets', 'zsets', 'hashes']);
            actions.push({ args: ['TIER', 'DEMOTE', `${type}${random.integer(0, 2)}`] });
          }
          await run(client, actions);
        }
      }),
    );
    const [client] = clients;
    assert(client !== undefined);
    await run(client, conservation.leftovers);
    conservation.finish();
    return conservation.counts;
  } finally {
    for (const client of clients) client.close();
    const code = await server.stop();
    assert.equal(code, 0, server.log().slice(-3000));
  }
}

test('collections that clients of four threads change at once lose and double nothing', async (context) => {
  context.diagnostic(`seed ${SEED}`);
  const [given, taken] = await overlap({}, false);
  assert.equal(taken, given);
  context.diagnostic(`${given} elements`);
});

test('the same while they are moved to the cold tier and back', async (context) => {
  context.diagnostic(`seed ${SEED}`);
  const [given, taken] = await overlap({ 'storage-provider': ['flash', './flash'] }, true);
  assert.equal(taken, given);
  context.diagnostic(`${given} elements`);
});
