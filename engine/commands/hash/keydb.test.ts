import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type LaunchedServer, launch } from '../../../test/support/launch.ts';
import { type Argument, RawClient } from '../../../test/support/raw-client.ts';

describe("KeyDB's commands on hashes", () => {
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
  beforeEach(() => client.call('FLUSHALL'));

  const ask = async (...args: readonly Argument[]): Promise<string> => (await client.call(...args)).toString('latin1');
  const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;
  const array = (...items: readonly string[]): string => `*${items.length}\r\n${items.join('')}`;

  test('KEYDB.HRENAME', async () => {
    assert.equal(await ask('KEYDB.HRENAME', 'h', 'a', 'b'), '$-1\r\n');
    await ask('SET', 'string', 'v');
    assert.match(await ask('KEYDB.HRENAME', 'string', 'a', 'b'), /^-WRONGTYPE/);
    await ask('HSET', 'h', 'a', '1', 'b', '2', 'c', '3');
    assert.equal(await ask('KEYDB.HRENAME', 'h', 'none', 'b'), "-ERR hash key doesn't exist\r\n");
    assert.equal(await ask('KEYDB.HRENAME', 'h', 'a', 'b'), ':1\r\n');
    assert.equal(await ask('HMGET', 'h', 'a', 'b', 'c'), array('$-1\r\n', bulk('1'), bulk('3')));
    assert.equal(await ask('HLEN', 'h'), ':2\r\n');
    assert.equal(await ask('KEYDB.HRENAME', 'h', 'c', 'c'), ':1\r\n');
    assert.equal(await ask('KEYDB.HRENAME', 'h', 'c', 'd'.repeat(65)), ':1\r\n');
    assert.equal(await ask('OBJECT', 'ENCODING', 'h'), bulk('hashtable'));
    await ask('HSET', 'one', 'f', 'v');
    await ask('EXPIREMEMBER', 'one', 'f', '1000');
    assert.equal(await ask('KEYDB.HRENAME', 'one', 'f', 'g'), ':1\r\n');
    assert.equal(await ask('HGETALL', 'one'), array(bulk('g'), bulk('v')));
    assert.match(await ask('TTL', 'one', 'g'), /^:(1000|[89]\d\d)\r/);
    assert.equal(await ask('COMMAND', 'GETKEYS', 'KEYDB.HRENAME', 'k', 'a', 'b'), array(bulk('k')));
  });

  test('KEYDB.NHSET and KEYDB.NHGET', async () => {
    assert.equal(await ask('KEYDB.NHSET', 'a.b.c', 'v'), ':0\r\n');
    assert.equal(await ask('KEYDB.NHSET', 'a.b.c', 'w'), ':1\r\n');
    assert.equal(await ask('KEYDB.NHGET', 'a.b.c'), bulk('w'));
    assert.equal(await ask('KEYDB.NHGET', 'RESP', 'a.b.c'), bulk('w'));
    assert.equal(await ask('KEYDB.NHGET', 'a'), array(bulk('b'), array(bulk('c'), bulk('w'))));
    assert.equal(await ask('KEYDB.NHGET', 'json', 'a'), bulk('{"b" : {"c" : "w"}}'));
    assert.equal(await ask('KEYDB.NHSET', 'a.b.d', 'x', 'y "z"\r\n'), ':0\r\n');
    assert.equal(await ask('KEYDB.NHGET', 'a.b.d'), array(bulk('x'), bulk('y "z"\r\n')));
    assert.equal(await ask('KEYDB.NHGET', 'JSON', 'a.b.d'), bulk('["x", "y \\"z\\"\\r\\n"]'));
    assert.match(await ask('KEYDB.NHGET', 'a.b'), /^\*2\r\n\*2\r\n\$1\r\n[cd]\r\n/);
    assert.equal(await ask('TYPE', 'a'), '+hash\r\n');
    assert.equal(await ask('EXISTS', 'a.b.c'), ':0\r\n');

    for (const path of ['none', 'a.none', 'a.b.c.d', 'a.b.d.x']) {
      assert.equal(await ask('KEYDB.NHGET', path), '-ERR no such key\r\n', path);
    }
    for (const path of ['', '.', 'a.', '.a', 'a..b']) {
      assert.equal(await ask('KEYDB.NHGET', path), '-ERR syntax error\r\n', path);
      assert.equal(await ask('KEYDB.NHSET', path, 'v'), '-ERR syntax error\r\n', path);
    }
    assert.equal(await ask('KEYDB.NHGET', 'xml', 'a'), '-ERR syntax error\r\n');
    assert.equal(await ask('KEYDB.NHGET', 'json', 'a', 'b'), '-ERR syntax error\r\n');

    // A string in place of a bucket, and the other way round.
    assert.equal(await ask('KEYDB.NHSET', 'a.b', 'leaf'), ':1\r\n');
    assert.equal(await ask('KEYDB.NHGET', 'a.b.c'), '-ERR no such key\r\n');
    assert.equal(await ask('KEYDB.NHGET', 'json', 'a'), bulk('{"b" : "leaf"}'));
    assert.equal(await ask('HLEN', 'a'), ':1\r\n');
    assert.equal(await ask('KEYDB.NHSET', 'a.b.c.d', 'deep'), ':0\r\n');
    assert.equal(await ask('KEYDB.NHGET', 'json', 'a'), bulk('{"b" : {"c" : {"d" : "deep"}}}'));
    assert.equal(await ask('KEYDB.NHSET', 'a.b', 'x', 'y'), ':1\r\n');
    assert.equal(await ask('KEYDB.NHSET', 'a.b.c', 'again'), ':0\r\n');
    assert.equal(await ask('KEYDB.NHGET', 'json', 'a'), bulk('{"b" : {"c" : "again"}}'));
  });

  test('KEYDB.NHSET of a path without dots, and other types', async () => {
    assert.equal(await ask('KEYDB.NHSET', 's', 'v'), ':0\r\n');
    assert.equal(await ask('GET', 's'), bulk('v'));
    assert.equal(await ask('KEYDB.NHGET', 's'), bulk('v'));
    assert.equal(await ask('KEYDB.NHGET', 's.t'), '-ERR no such key\r\n');
    assert.equal(await ask('KEYDB.NHSET', 's', '1', '2', '3'), ':1\r\n');
    assert.equal(await ask('LRANGE', 's', '0', '-1'), array(bulk('1'), bulk('2'), bulk('3')));
    assert.equal(await ask('KEYDB.NHGET', 'json', 's'), bulk('["1", "2", "3"]'));
    assert.equal(await ask('KEYDB.NHSET', 's.t', 'v'), ':0\r\n');
    assert.equal(await ask('KEYDB.NHGET', 's'), array(bulk('t'), bulk('v')));
    await ask('SADD', 'set', 'x');
    assert.match(await ask('KEYDB.NHGET', 'set'), /^-WRONGTYPE/);
    await ask('HSET', 'h', 'f', 'v', 'g.h', 'w');
    assert.equal(await ask('KEYDB.NHGET', 'h.f'), bulk('v'));
    assert.match(await ask('KEYDB.NHGET', 'json', 'h'), /"f" : "v"/);
    assert.equal(await ask('COPY', 's', 'copy'), ':1\r\n');
    assert.equal(await ask('KEYDB.NHGET', 'copy.t'), bulk('v'));
  });
});
