import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch } from '../../../test/support/launch.ts';
import { Random } from '../../../test/support/random.ts';
import { type Argument, RawClient } from '../../../test/support/raw-client.ts';

const SEED = Number(process.env.STRATAKV_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const STAYING = 2000;

test('HSCAN shows every field that stays, whatever comes and goes meanwhile', async (context) => {
  context.diagnostic(`STRATAKV_FUZZ_SEED=${SEED}`);
  const random = new Random(SEED);
  const server = await launch('stratakv', {});
  const client = await RawClient.connect({ port: server.port }, 60_000);
  try {
    for (const count of ['1', '10', '200']) {
      const fill: Argument[][] = [['DEL', 'h']];
      for (let n = 0; n < STAYING; n++) fill.push(['HSET', 'h', `stays ${n}`, 'x'.repeat(random.integer(0, 100))]);
      await client.pipeline(fill);
      const seen = new Set<string>();
      const others: string[] = [];
      let cursor = '0';
      let steps = 0;
      do {
        const reply = (await client.call('HSCAN', 'h', cursor, 'COUNT', count)).toString('latin1');
        cursor = /^\*2\r\n\$\d+\r\n(\d+)\r\n/.exec(reply)?.[1] ?? assert.fail(reply);
        for (const [field] of reply.matchAll(/stays \d+/g)) seen.add(field);
        const changes: Argument[][] = [];
        // First it grows, so that leaves are split, then it shrinks, so that they are joined.
        for (let n = 0; n < 30; n++) {
          if (steps < 60) {
            const field = `goes ${random.integer(0, 1e9)}`;
            others.push(field);
            changes.push(['HSET', 'h', field, 'y'.repeat(random.integer(0, 300))]);
          } else changes.push(['HDEL', 'h', ...others.splice(0, 5), 'none']);
        }
        await client.pipeline(changes);
        assert.ok(++steps <= STAYING * 4, 'a scan comes to an end');
      } while (cursor !== '0');
      assert.equal(seen.size, STAYING, `COUNT ${count}`);
    }
  } finally {
    client.close();
    await server.stop();
  }
});
