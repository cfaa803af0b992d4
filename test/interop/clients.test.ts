import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import type { LaunchedServer } from '../support/launch.ts';
import { launchUnderTest } from './server-under-test.ts';

let server: LaunchedServer;
const warnings: string[] = [];
const noteWarning = (warning: Error): void => {
  warnings.push(String(warning));
};

before(async () => {
  process.on('warning', noteWarning);
  server = await launchUnderTest();
});
after(async () => {
  process.off('warning', noteWarning);
  await server.stop();
  assert.deepEqual(warnings, []);
});

test('ioredis: commands, pipelines, binary values, errors', async () => {
  const redis = new Redis({ port: server.port, host: '127.0.0.1', retryStrategy: () => null });
  const errors: unknown[] = [];
  redis.on('error', (error) => errors.push(error));
  try {
    assert.equal(await redis.ping(), 'PONG');
    assert.equal(await redis.set('io:a', '1', 'EX', 100), 'OK');
    assert.equal(await redis.set('io:a', '2', 'EX', 100, 'NX'), null);
    assert.equal(await redis.get('io:a'), '1');
    assert.ok((await redis.ttl('io:a')) > 95);
    assert.equal(await redis.get('io:none'), null);
    const bytes = Buffer.from([0, 255, 13, 10, 0]);
    await redis.set('io:bytes', bytes);
    assert.deepEqual(await redis.getBuffer('io:bytes'), bytes);
    const replies = await redis
      .pipeline()
      .incr('io:n')
      .incr('io:n')
      .mset({ 'io:x': 'x', 'io:y': 'y' })
      .mget('io:x', 'io:y')
      .exec();
    assert.deepEqual(replies, [
      [null, 1],
      [null, 2],
      [null, 'OK'],
      [null, ['x', 'y']],
    ]);
    await assert.rejects(redis.incr('io:x'), /ERR value is not an integer or out of range/);
    const seen: string[] = [];
    for await (const page of redis.scanStream({ match: 'io:*', count: 3 })) seen.push(...page);
    assert.deepEqual([...new Set(seen)].sort(), ['io:a', 'io:bytes', 'io:n', 'io:x', 'io:y']);
    assert.deepEqual(errors, []);
  } finally {
    redis.disconnect();
  }
});

test('ioredis: many commands at once, and a database chosen when connecting', async () => {
  const redis = new Redis({ port: server.port, db: 5, enableAutoPipelining: true, retryStrategy: () => null });
  try {
    const numbers = Array.from({ length: 2_000 }, (_, n) => n);
    await Promise.all(numbers.map((n) => redis.set(`many:${n}`, `v${n}`)));
    assert.deepEqual(
      await Promise.all(numbers.map((n) => redis.get(`many:${n}`))),
      numbers.map((n) => `v${n}`),
    );
    assert.equal(await redis.dbsize(), numbers.length);
    assert.equal(await redis.flushdb(), 'OK');
  } finally {
    redis.disconnect();
  }
});

for (const RESP of [2, 3] as const) {
  test(`node-redis with RESP${RESP}: commands, options, iteration, errors`, async () => {
    const client = createClient({
      RESP,
      socket: { port: server.port, host: '127.0.0.1', reconnectStrategy: false },
    });
    const errors: unknown[] = [];
    client.on('error', (error) => errors.push(error));
    await client.connect();
    const key = (name: string): string => `node${RESP}:${name}`;
    try {
      assert.equal(await client.ping(), 'PONG');
      assert.equal(await client.set(key('a'), 'one', { expiration: { type: 'EX', value: 100 } }), 'OK');
      assert.equal(await client.get(key('a')), 'one');
      assert.equal(await client.get(key('none')), null);
      assert.equal(await client.append(key('a'), '!'), 4);
      assert.equal(await client.incrBy(key('n'), 5), 5);
      assert.deepEqual(await client.mGet([key('a'), key('none'), key('n')]), ['one!', null, '5']);
      assert.equal(await client.type(key('a')), 'string');
      assert.equal(await client.setBit(key('bits'), 7, 1), 0);
      assert.equal(await client.bitCount(key('bits')), 1);
      const seen: string[] = [];
      for await (const page of client.scanIterator({ MATCH: `node${RESP}:*` })) seen.push(...[page].flat().map(String));
      assert.deepEqual([...new Set(seen)].sort(), [key('a'), key('bits'), key('n')]);
      await assert.rejects(client.incr(key('a')), /ERR value is not an integer or out of range/);
      assert.equal(await client.del([key('a'), key('n')]), 2);
      assert.deepEqual(errors, []);
    } finally {
      await client.close();
    }
  });
}
