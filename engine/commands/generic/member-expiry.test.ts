import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type LaunchedServer, launch } from '../../../test/support/launch.ts';
import { type Argument, RawClient } from '../../../test/support/raw-client.ts';

const WAIT_MS = 60_000;
const LATER = '33177117420123';

interface Kind {
  readonly name: string;
  add(key: string, member: string): readonly Argument[];
  remove(key: string, member: string): readonly Argument[];
  size(key: string): readonly Argument[];
  members(key: string): readonly Argument[];
}

const kinds: readonly Kind[] = [
  {
    name: 'hash',
    add: (key, member) => ['HSET', key, member, `value of ${member}`],
    remove: (key, member) => ['HDEL', key, member],
    size: (key) => ['HLEN', key],
    members: (key) => ['HKEYS', key],
  },
  {
    name: 'set',
    add: (key, member) => ['SADD', key, member],
    remove: (key, member) => ['SREM', key, member],
    size: (key) => ['SCARD', key],
    members: (key) => ['SMEMBERS', key],
  },
  {
    name: 'sorted set',
    add: (key, member) => ['ZADD', key, String(member.length), member],
    remove: (key, member) => ['ZREM', key, member],
    size: (key) => ['ZCARD', key],
    members: (key) => ['ZRANGE', key, '0', '-1'],
  },
];

describe('members that expire', () => {
  let server: LaunchedServer;
  let client: RawClient;
  before(async () => {
    server = await launch('stratakv', {});
    client = await RawClient.connect({ port: server.port }, 60_000);
  });
  after(async () => {
    client.close();
    await server.stop();
  });

  const ask = async (...args: readonly Argument[]): Promise<string> => (await client.call(...args)).toString('latin1');
  const integer = async (...args: readonly Argument[]): Promise<number> => {
    const reply = await ask(...args);
    assert.match(reply, /^:-?\d+\r\n$/, args.join(' '));
    return Number(reply.slice(1));
  };
  /** Asks until the answer is as wanted. */
  const until = async (wanted: number, ...args: readonly Argument[]): Promise<void> => {
    const end = Date.now() + WAIT_MS;
    for (;;) {
      const answer = await integer(...args);
      if (answer === wanted) return;
      assert.ok(Date.now() < end, `${args.join(' ')} answers ${answer}`);
      await wait(2);
    }
  };

  for (const { name, add, remove, size, members } of kinds) {
    test(`${name}: set, asked for, taken away`, async () => {
      await ask('FLUSHALL');
      assert.equal(await integer('EXPIREMEMBER', 'k', 'a', '100'), 0);
      for (const member of ['a', 'b', 'c']) await ask(...add('k', member));
      assert.equal(await integer('EXPIREMEMBER', 'k', 'none', '100'), 0);
      assert.equal(await integer('TTL', 'k', 'a'), -1);
      assert.equal(await integer('EXPIREMEMBER', 'k', 'a', '100'), 1);
      const seconds = await integer('TTL', 'k', 'a');
      assert.ok(seconds > 50 && seconds <= 100);
      const ms = await integer('PTTL', 'k', 'a');
      assert.ok(ms > 50_000 && ms <= 100_000);
      assert.equal(await integer('TTL', 'k', 'b'), -1);
      assert.equal(await integer('TTL', 'k', 'none'), -1);
      assert.equal(await integer('TTL', 'none', 'a'), -2);
      assert.equal(await integer('TTL', 'k'), -1);
      assert.equal(await integer('EXPIRE', 'k', '1000'), 1);
      assert.ok((await integer('TTL', 'k')) > 900);
      assert.ok((await integer('TTL', 'k', 'a')) <= 100);
      assert.equal(await integer('PERSIST', 'k', 'a'), 1);
      assert.equal(await integer('PERSIST', 'k', 'a'), 0);
      assert.equal(await integer('PERSIST', 'k', 'none'), 0);
      assert.equal(await integer('TTL', 'k', 'a'), -1);
      assert.ok((await integer('TTL', 'k')) > 900);
      assert.equal(await integer('EXPIREMEMBERAT', 'k', 'b', '33177117420'), 1);
      assert.ok((await integer('TTL', 'k', 'b')) > 1e9);
      assert.equal(await integer('EXPIREMEMBER', 'k', 'c', '500000', 'ms'), 1);
      assert.ok((await integer('TTL', 'k', 'c')) <= 500);
      assert.equal(await integer(...size('k')), 3);
    });

    test(`${name}: what is due is gone, and the key with the last`, async () => {
      await ask('FLUSHALL');
      for (let n = 0; n < 300; n++) await ask(...add('k', `member ${n}`));
      for (let n = 0; n < 300; n += 2) assert.equal(await integer('EXPIREMEMBER', 'k', `member ${n}`, '20', 'ms'), 1);
      await until(150, ...size('k'));
      assert.doesNotMatch(await ask(...members('k')), /member \d*[02468]\r/);
      assert.equal(await integer('EXPIREMEMBER', 'k', 'member 0', '100'), 0);
      assert.equal(await integer('EXPIREMEMBER', 'k', 'member 1', '0'), 1);
      assert.equal(await integer(...size('k')), 149);
      assert.equal(await integer('EXPIREMEMBER', 'k', 'member 3', '-100'), 1);
      for (let n = 5; n < 300; n += 2) assert.equal(await integer('EXPIREMEMBER', 'k', `member ${n}`, '5', 'ms'), 1);
      await until(0, 'EXISTS', 'k');
      assert.equal(await integer('DBSIZE'), 0);
      await ask(...add('k', 'again'));
      assert.equal(await integer('PEXPIREMEMBERAT', 'k', 'again', '1'), 1);
      assert.equal(await integer('EXISTS', 'k'), 0);
    });

    test(`${name}: the time goes with the member, and into copies`, async () => {
      await ask('FLUSHALL');
      for (let n = 0; n < 50; n++) await ask(...add('k', `${n}`));
      for (let n = 0; n < 50; n++) assert.equal(await integer('PEXPIREMEMBERAT', 'k', `${n}`, LATER), 1);
      await ask(...remove('k', '7'));
      await ask(...add('k', '7'));
      assert.equal(await integer('TTL', 'k', '7'), -1);
      assert.ok((await integer('TTL', 'k', '8')) > 1e9);
      assert.equal(await integer('COPY', 'k', 'copy'), 1);
      assert.equal(await integer('PERSIST', 'copy', '9'), 1);
      assert.ok((await integer('TTL', 'k', '9')) > 1e9);
      assert.ok((await integer('TTL', 'copy', '10')) > 1e9);
      assert.equal(await ask('RENAME', 'copy', 'renamed'), '+OK\r\n');
      assert.ok((await integer('TTL', 'renamed', '10')) > 1e9);
      assert.equal(await integer('DEL', 'k'), 1);
      for (let n = 0; n < 50; n++) await ask(...add('k', `${n}`));
      assert.equal(await integer('TTL', 'k', '10'), -1);
      assert.equal(await integer(...size('renamed')), 50);
    });
  }

  test('values that are overwritten, and those that are worked out from the old', async () => {
    await ask('FLUSHALL');
    await ask('HSET', 'h', 'a', '1', 'b', '1', 'c', '1');
    await ask('ZADD', 'z', '1', 'a', '1', 'b', '1', 'c');
    for (const key of ['h', 'z']) {
      for (const member of ['a', 'b', 'c']) assert.equal(await integer('PEXPIREMEMBERAT', key, member, LATER), 1);
    }
    await ask('HSET', 'h', 'a', '2');
    await ask('HINCRBY', 'h', 'b', '1000000');
    await ask('HINCRBYFLOAT', 'h', 'c', '0.5');
    await ask('HSETNX', 'h', 'c', 'x');
    await ask('ZADD', 'z', '2', 'a');
    await ask('ZINCRBY', 'z', '1', 'b');
    await ask('ZADD', 'z', 'NX', '7', 'c');
    for (const key of ['h', 'z']) {
      assert.equal(await integer('TTL', key, 'a'), -1, key);
      assert.ok((await integer('TTL', key, 'b')) > 1e9, key);
      assert.ok((await integer('TTL', key, 'c')) > 1e9, key);
    }
  });

  test('members that are taken out', async () => {
    await ask('FLUSHALL');
    for (let n = 0; n < 200; n++) {
      await ask('SADD', 's', `${n}`);
      await ask('ZADD', 'z', `${n}`, `${n}`);
      await ask('PEXPIREMEMBERAT', 's', `${n}`, LATER);
      await ask('PEXPIREMEMBERAT', 'z', `${n}`, LATER);
    }
    const popped: string[] = (await ask('SPOP', 's', '50')).match(/^\d+(?=\r)/gm) ?? [];
    popped.push(...((await ask('SPOP', 's')).match(/^\d+(?=\r)/gm) ?? []));
    popped.push(...((await ask('SPOP', 's', '140')).match(/^\d+(?=\r)/gm) ?? []));
    assert.equal(popped.length, 191);
    const stays = (await ask('SRANDMEMBER', 's')).split('\r\n')[1] ?? '';
    assert.ok((await integer('TTL', 's', stays)) > 1e9);
    await ask('SMOVE', 's', 'other', stays);
    assert.equal(await integer('TTL', 'other', stays), -1);
    for (const member of popped.slice(0, 20)) {
      await ask('SADD', 's', member);
      assert.equal(await integer('TTL', 's', member), -1);
    }
    await ask('ZPOPMIN', 'z', '20');
    await ask('ZPOPMAX', 'z');
    await ask('ZREMRANGEBYRANK', 'z', '0', '9');
    await ask('ZREMRANGEBYSCORE', 'z', '30', '39');
    for (const member of ['0', '19', '199', '20', '29', '30', '39']) {
      await ask('ZADD', 'z', '1', member);
      assert.equal(await integer('TTL', 'z', member), -1, member);
    }
    assert.ok((await integer('TTL', 'z', '40')) > 1e9);
  });

  test('a large collection of which most expires', async () => {
    await ask('FLUSHALL');
    const commands: Argument[][] = [];
    for (let n = 0; n < 20_000; n += 10) {
      commands.push([
        'HSET',
        'h',
        ...Array.from({ length: 10 }, (_, i) => [`field ${n + i}`, 'x'.repeat(n % 50)]).flat(),
      ]);
    }
    for (let n = 0; n < 20_000; n += 4) commands.push(['EXPIREMEMBER', 'h', `field ${n}`, '1', 'ms']);
    for (let n = 1; n < 20_000; n += 4) commands.push(['PEXPIREMEMBERAT', 'h', `field ${n}`, LATER]);
    await client.pipeline(commands);
    await until(15_000, 'HLEN', 'h');
    assert.ok((await integer('TTL', 'h', 'field 1')) > 1e9);
    assert.equal(await integer('HEXISTS', 'h', 'field 4'), 0);
    assert.equal(await integer('HEXISTS', 'h', 'field 6'), 1);
  });

  test('errors', async () => {
    await ask('FLUSHALL');
    await ask('SET', 'string', 'v');
    await ask('RPUSH', 'list', 'v');
    await ask('SADD', 's', 'a');
    const unsupported = '-ERR object type is unsupported\r\n';
    assert.equal(await ask('EXPIREMEMBER', 'string', 'a', '1'), unsupported);
    assert.equal(await ask('EXPIREMEMBERAT', 'list', 'a', '1'), unsupported);
    assert.equal(await ask('EXPIREMEMBER', 's', 'a', '1', 'x'), '-ERR Invalid unit arg\r\n');
    assert.equal(await ask('EXPIREMEMBER', 's', 'a', '1', 's', 'x'), '-ERR Invalid number of arguments\r\n');
    assert.equal(
      await ask('EXPIREMEMBER', 's', 'a', '9223372036854775807'),
      "-ERR invalid expire time in 'expiremember' command\r\n",
    );
    assert.equal(await ask('EXPIREMEMBER', 's', 'a', 'x'), '-ERR value is not an integer or out of range\r\n');
    assert.equal(await ask('TTL', 's', 'a', 'b'), "-ERR wrong number of arguments for 'ttl' command\r\n");
    assert.equal(await ask('EXPIRETIME', 's', 'a'), "-ERR wrong number of arguments for 'expiretime' command\r\n");
    assert.equal(await integer('TTL', 'string', 'a'), -1);
    assert.equal(await integer('PERSIST', 'list', 'a'), 0);
    assert.equal(await integer('SCARD', 's'), 1);
  });
});
