// Scripts that look beyond the keys that they declare, or ask what has to be waited for.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { RawClient } from '../support/raw-client.ts';
import { TieredServer } from '../tiers/tiered-server.ts';

const COLD_KEYS = 2500;

let server: TieredServer;

before(async () => {
  server = await TieredServer.start(['--server-threads', '2', '--enable-debug-command', 'yes']);
});

after(async () => {
  server.client.close();
  await server.server.stop();
});

const evaluate = (script: string, keys: readonly string[] = [], ...args: string[]): Promise<string | null> =>
  server.call('EVAL', script, keys.length, ...keys, ...args);

/** Connections of every thread, that change keys of the script all the time. */
async function whileOthersWrite(keys: readonly string[], body: () => Promise<void>): Promise<void> {
  const clients: RawClient[] = [];
  for (let n = 0; n < 8; n++) clients.push(await server.connect());
  let running = true;
  const writing = clients.map(async (client) => {
    while (running) await client.pipeline(keys.map((key) => ['INCR', key]));
  });
  try {
    await body();
  } finally {
    running = false;
    await Promise.all(writing);
    for (const client of clients) client.close();
  }
}

test('a script that names FLUSHALL, KEYS or SWAPDB begins alone: what it changed before is seen, and nobody waits in a circle', async () => {
  await whileOthersWrite(['a', 'b'], async () => {
    for (let n = 0; n < 20; n++) {
      // Each text is new to its thread: the first run counts.
      assert.equal(
        await evaluate(`redis.call('set', KEYS[1], ${n}) redis.call('flushall') return redis.call('dbsize')`, ['a']),
        '0',
      );
      const all = `redis.call('mset', KEYS[1], 1, KEYS[2], ${n})
        local before = redis.call('get', KEYS[1]) .. redis.call('get', KEYS[2])
        local keys = #redis.call('keys', '*')
        return before .. ':' .. keys .. ':' .. redis.call('dbsize') .. ':' .. redis.call('get', KEYS[2])`;
      assert.equal(await evaluate(all, ['a', 'b']), `1${n}:2:2:${n}`);
      assert.equal(
        await evaluate(`redis.call('set', KEYS[1], ${n}) return redis.call('swapdb', 0, 0).ok`, ['a']),
        'OK',
      );
    }
  });
});

test('a name that is put together is refused after a change, and known the next time', async () => {
  const client = await RawClient.connect({ port: server.server.port });
  const ask = async (script: string): Promise<string> =>
    (await client.call('EVAL', script, 1, 'a', 'flush', 'all')).toString('latin1');
  await whileOthersWrite(['a', 'b'], async () => {
    const script = "redis.call('incr', KEYS[1]) return redis.call(ARGV[1] .. ARGV[2])";
    assert.match(await ask(script), /^-ERR This command needs all keys/);
    for (let n = 0; n < 5; n++) assert.equal(await ask(script), '+OK\r\n');
    // Before the first change it starts over, whatever the name.
    assert.equal(await ask('redis.call(ARGV[1] .. ARGV[2]) return redis.call("incr", KEYS[1])'), ':1\r\n');
  });
  client.close();
});

test('SORT by keys that were not declared does not start a script over that has changed something', async () => {
  const client = await RawClient.connect({ port: server.server.port });
  await client.call('FLUSHALL');
  await client.pipeline([
    ['RPUSH', 'list', '1', '2'],
    ['MSET', 'w1', '2', 'w2', '1'],
  ]);
  const script = "redis.call('incr', KEYS[2]) return redis.call('sort', KEYS[1], 'by', 'w*')";
  assert.match(
    (await client.call('EVAL', script, 2, 'list', 'runs')).toString(),
    /^-ERR Script attempted to access a key/,
  );
  assert.equal((await client.call('GET', 'runs')).toString(), '$1\r\n1\r\n');
  assert.equal((await client.call('EVAL', script, 2, 'list', 'runs')).toString(), '*2\r\n$1\r\n2\r\n$1\r\n1\r\n');
  assert.equal((await client.call('GET', 'runs')).toString(), '$1\r\n2\r\n');
  // Without BY it needs its own key only.
  const plain = "redis.call('incr', KEYS[2]) return redis.call('sort', KEYS[1], 'desc')";
  assert.equal((await client.call('EVAL', plain, 2, 'list', 'runs')).toString(), '*2\r\n$1\r\n2\r\n$1\r\n1\r\n');
  client.close();
});

test('functions that look at all keys begin alone, and leave no mark on scripts', async () => {
  const library = `#!lua name=reach
    redis.register_function('empty', function(keys) redis.call('set', keys[1], 1) redis.call('flushall') return redis.call('dbsize') end)`;
  assert.equal(await server.call('FUNCTION', 'LOAD', library), 'reach');
  await whileOthersWrite(['a', 'b'], async () => {
    for (let n = 0; n < 20; n++) assert.equal(await server.call('FCALL', 'empty', 1, 'a'), '0');
  });
});

test('what other threads have to be asked for is answered within scripts, before their first change', async () => {
  const info = await evaluate("return redis.call('info', 'everything') .. redis.call('info')");
  assert.match(info ?? '', /# Commandstats.*# Server.*# Stats/s);
  const slow = "return #redis.call('slowlog', 'get', '-1') - redis.call('slowlog', 'len')";
  assert.match((await evaluate(slow)) ?? '', /^-?\d+$/);
  assert.match(
    (await evaluate("redis.call('set', KEYS[1], 1) return redis.call('info', 'memory')", ['a'])) ?? '',
    /used_memory:/,
  );
  assert.match(
    (await evaluate("redis.call('set', KEYS[1], 1) return redis.call('info', 'stats')", ['a'])) ?? '',
    /^-?ERR This command has to wait/,
  );
  assert.equal(await evaluate("return redis.pcall('tier', 'demote', 'none')"), '0');
});

test('a command that would have to wait is refused before it has changed anything', async () => {
  await server.call('DEBUG', 'SET-DISABLE-DENY-SCRIPTS', 1);
  try {
    const before = await server.list('CONFIG', 'GET', 'slowlog-max-len');
    const script = "redis.call('set', KEYS[1], 1) return redis.call('config', 'set', 'slowlog-max-len', '77')";
    assert.match((await evaluate(script, ['a'])) ?? '', /ERR This command has to wait/);
    assert.deepEqual(await server.list('CONFIG', 'GET', 'slowlog-max-len'), before);
    const first =
      "local ok = redis.call('config', 'set', 'slowlog-max-len', '78') redis.call('set', KEYS[1], 1) return ok";
    assert.equal(await evaluate(first, ['a']), 'OK');
    assert.deepEqual(await server.list('CONFIG', 'GET', 'slowlog-max-len'), ['slowlog-max-len', '78']);
  } finally {
    await server.call('DEBUG', 'SET-DISABLE-DENY-SCRIPTS', 0);
  }
});

test('KEYS, SCAN and RANDOMKEY of scripts know the names of cold keys', async () => {
  await server.call('FLUSHALL');
  const names = Array.from({ length: COLD_KEYS }, (_, n) => `cold:${n}`);
  await server.pipeline(names.map((name) => ['SET', name, 'x']));
  for (let at = 0; at < names.length; at += 500) await server.call('TIER', 'DEMOTE', ...names.slice(at, at + 500));
  assert.equal(await evaluate("return #redis.call('keys', 'cold:*')"), String(COLD_KEYS));
  // Two walks see the same keys: nothing comes between.
  const walk = `local seen, cursor = {}, '0'
    repeat
      local reply = redis.call('scan', cursor, 'count', 300)
      cursor = reply[1]
      for _, name in ipairs(reply[2]) do seen[name] = true end
    until cursor == '0'
    local count = 0
    for _ in pairs(seen) do count = count + 1 end
    return count .. ':' .. #redis.call('keys', '*')`;
  assert.equal(await evaluate(walk), `${COLD_KEYS}:${COLD_KEYS}`);
  assert.match((await evaluate("return redis.call('randomkey')")) ?? '', /^cold:\d+$/);
  // Values of cold keys, too, and a change at the end.
  const all =
    "local n = 0 for _, name in ipairs(redis.call('keys', 'cold:1*')) do n = n + redis.call('del', name) end return n";
  const expected = names.filter((name) => name.startsWith('cold:1')).length;
  assert.equal(await evaluate(all), String(expected));
  assert.equal(await server.call('DBSIZE'), String(COLD_KEYS - expected));
});
