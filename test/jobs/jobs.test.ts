import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { RdbOutput } from '../../protocol/rdb/output.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { toPlain } from '../support/plain-reply.ts';
import { type Argument, encodeCommand, RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/server.ts';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, what);
    await pause(10);
  }
}

const increment = 'redis.call("incr", KEYS[1])';
/** So long that it does not come. */
const HOUR = 3_600_000;

describe('KEYDB.CRON, with 4 threads', { timeout: 600_000 }, () => {
  let server: TestServer;
  let client: RawClient;
  const call = async (...args: Argument[]) => toPlain(await client.call(...args));
  const equals = (what: string, expected: unknown, ...args: Argument[]) =>
    until(what, async () => (await call(...args)) === expected);
  const set = async (...args: Argument[]) => assert.equal(await call('KEYDB.CRON', ...args), 'OK');

  /** Runs `body` with a moment in the future, again with a later one when it was not through by then. */
  const inTime = async (body: (dueMs: number) => Promise<void>) => {
    for (let leadMs = 1000; ; leadMs *= 2) {
      await call('FLUSHALL');
      const dueMs = Date.now() + leadMs;
      await body(dueMs);
      if (Date.now() < dueMs) return;
    }
  };

  before(async () => {
    server = await startServer(['--server-threads', '4', '--enable-debug-command', 'yes']);
    client = await RawClient.connect({ port: server.port }, PATIENCE_MS);
  });
  after(async () => {
    client.close();
    assert.equal(await server.stop(), 0);
  });

  it('runs a single job of the past once, at once, and deletes it', async () => {
    await call('FLUSHALL');
    await set('job', 'single', 0, 1, increment, 1, 'n');
    await equals('it runs', 0, 'EXISTS', 'job');
    assert.equal(await call('GET', 'n'), '1');
  });

  it('runs a repeated job of the past once, and then when it is time', async () => {
    await call('FLUSHALL');
    await set('job', 'REPEAT', 0, HOUR, increment, 1, 'n');
    await equals('it runs', '1', 'GET', 'n');
    await set('other', 'repeat', 0, 20, increment, 1, 'm');
    await until('it repeats', async () => Number(await call('GET', 'm')) >= 5);
    assert.deepEqual([await call('GET', 'n'), await call('EXISTS', 'job')], ['1', 1]);
    await call('DEL', 'job', 'other');
    const counted = await call('GET', 'm');
    await pause(100);
    assert.equal(await call('GET', 'm'), counted);
  });

  it('takes a job that replaces another one, and keys and arguments', async () => {
    const second = 'redis.call("set", KEYS[2], ARGV[1] .. ARGV[2] .. #KEYS)';
    await inTime(async (dueMs) => {
      await set('job', 'single', dueMs - 1, 1, 'redis.call("set", "first", 1)');
      await set('job', 'single', dueMs, 1, second, 2, 'a', 'b', 'x', 'y');
    });
    await equals('it runs', 'xy2', 'GET', 'b');
    assert.equal(await call('EXISTS', 'first'), 0);
  });

  it('refuses what is no job', async () => {
    for (const [args, text] of [
      [['job', 'single', 0, 0, 'x'], 'ERR interval must be positive'],
      [['job', 'single', -5, 'x'], 'ERR interval must be positive'],
      [['job', 'often', 0, 1, 'x'], 'ERR syntax error'],
      [['job', 'single', 'soon', 'x'], 'ERR missing expire time'],
      [['job', 'single', 1, 'x', 3, 'a'], 'ERR Missing arguments or numkeys is too big'],
      [['job', 'single', 1, 'x', 'a'], 'ERR value is not an integer or out of range'],
      [['job', 'single', 1, 2], 'ERR syntax error'],
    ] as const) {
      const answer = await call('KEYDB.CRON', ...args);
      assert.ok(answer instanceof Error, String(args));
      assert.equal(answer.message, text, String(args));
    }
    const own = await call('KEYDB.CRONRUN', 'return 1', 0, 'job');
    assert.ok(own instanceof Error && own.message.startsWith('ERR KEYDB.CRONRUN is'));
  });

  it('is a key of its own type', async () => {
    await call('FLUSHALL');
    await set('job', 'single', HOUR, increment, 1, 'n');
    assert.equal(await call('TYPE', 'job'), 'unknown');
    assert.equal(await call('OBJECT', 'ENCODING', 'job'), 'raw');
    assert.ok(Number(await call('MEMORY', 'USAGE', 'job')) > 40);
    assert.deepEqual(await call('SCAN', 0, 'COUNT', 100_000, 'TYPE', 'unknown'), ['0', ['job']]);
    assert.match(String(await call('GET', 'job')), /WRONGTYPE/);
    assert.match(String(await call('SORT', 'job')), /WRONGTYPE/);
    assert.equal(await call('EXPIRE', 'job', 1000), 1);
    assert.ok(Number(await call('TTL', 'job')) > 900);
    await call('DEBUG', 'DIGEST');
    await call('SET', 'job', 'a string');
    assert.equal(await call('TYPE', 'job'), 'string');
  });

  it('is not made from a payload by who may not make jobs', async () => {
    await call('FLUSHALL');
    await set('job', 'single', HOUR, increment, 1, 'n');
    const dump = await client.call('DUMP', 'job');
    const payload = dump.subarray(dump.indexOf('\r\n') + 2, dump.length - 2);
    await call('ACL', 'SETUSER', 'restorer', 'on', 'nopass', '~*', '+@all', '-keydb.cron');
    await call('SET', 'plain', 'v');
    const plainDump = await client.call('DUMP', 'plain');
    const plain = plainDump.subarray(plainDump.indexOf('\r\n') + 2, plainDump.length - 2);
    await call('AUTH', 'restorer', '');
    const answer = await call('RESTORE', 'mine', 0, payload);
    assert.ok(answer instanceof Error);
    assert.equal(answer.message, "NOPERM this user has no permissions to run the 'keydb.cron' command");
    assert.equal(await call('EXISTS', 'mine'), 0);
    assert.equal(await call('RESTORE', 'other', 0, plain), 'OK');
    await call('AUTH', 'default', '');
    assert.equal(await call('RESTORE', 'mine', 0, payload), 'OK');
    await call('ACL', 'DELUSER', 'restorer');
  });

  it('goes with its key: renamed, copied, moved, dumped, swapped, flushed', async () => {
    await inTime(async (dueMs) => {
      await set('job', 'single', dueMs, 1, 'redis.call("incr", "n")');
      assert.equal(await call('RENAME', 'job', 'renamed'), 'OK');
      assert.equal(await call('COPY', 'renamed', 'copied'), 1);
      assert.equal(await call('COPY', 'renamed', 'elsewhere', 'DB', 3), 1);
      const dump = await client.call('DUMP', 'renamed');
      const payload = dump.subarray(dump.indexOf('\r\n') + 2, dump.length - 2);
      assert.equal(payload[0], 64);
      assert.equal(await call('RESTORE', 'restored', 0, payload), 'OK');
      assert.equal(await call('COPY', 'renamed', 'forgotten', 'DB', 4), 1);
      assert.equal(await call('COPY', 'renamed', 'swapped', 'DB', 5), 1);
      assert.equal(await call('SWAPDB', 5, 6), 'OK');
      assert.equal(await call('MOVE', 'copied', 7), 1);
      await call('SELECT', 4);
      await call('FLUSHDB');
      await call('SELECT', 0);
    });
    for (const [db, runs] of [
      [0, '2'],
      [3, '1'],
      [6, '1'],
      [7, '1'],
    ] as const) {
      await call('SELECT', db);
      await equals(`database ${db}`, runs, 'GET', 'n');
      await equals(`jobs of database ${db}`, 1, 'DBSIZE');
    }
    for (const db of [4, 5]) {
      await call('SELECT', db);
      assert.equal(await call('DBSIZE'), 0);
    }
    await call('SELECT', 0);
  });

  it('runs each of many jobs exactly once, in transactions and scripts too', async () => {
    await call('FLUSHALL');
    const jobs = Array.from({ length: 300 }, (_, n) =>
      encodeCommand(['KEYDB.CRON', `job${n}`, 'single', 1 + (n % 100), increment, 1, n % 3 === 0 ? 'n' : `n${n % 7}`]),
    );
    await client.send(Buffer.concat(jobs), jobs.length);
    await call('EVAL', 'redis.call("KEYDB.CRON", KEYS[1], "single", 1, ARGV[1], 1, "n")', 1, 'scripted', increment);
    await call('MULTI');
    await call('KEYDB.CRON', 'queued', 'single', 1, increment, 1, 'n');
    await call('EXEC');
    const names = [...Array.from({ length: 300 }, (_, n) => `job${n}`), 'scripted', 'queued'];
    await equals('all run', 0, 'EXISTS', ...names);
    let sum = 0;
    for (const name of ['n', 'n0', 'n1', 'n2', 'n3', 'n4', 'n5', 'n6']) sum += Number(await call('GET', name));
    assert.equal(sum, 302);
  });

  it('logs an error once, and goes on', async () => {
    await call('FLUSHALL');
    await set('failing', 'repeat', 10, 'redis.call("incr", "tries") error("no luck")');
    await until('it is tried again', async () => Number(await call('GET', 'tries')) >= 4);
    await call('DEL', 'failing');
    await until('it is logged', async () => server.log().includes('no luck'));
    assert.equal(server.log().split('Job "failing" of database 0 failed').length, 2);
    const stats = String(await call('INFO', 'stats'));
    assert.ok(Number(/cron_jobs_failed:(\d+)/.exec(stats)?.[1]) >= 4);
    assert.ok(Number(/cron_jobs_run:(\d+)/.exec(stats)?.[1]) >= 300);
  });

  it('lets a script delete or replace its own job, and keys that it did not name', async () => {
    await call('FLUSHALL');
    await set('job', 'repeat', 0, 10, 'redis.call("del", "job") redis.call("incr", "n")');
    await equals('it is gone', 0, 'EXISTS', 'job');
    const again = 'redis.call("KEYDB.CRON", "job", "repeat", 3600000, "return 1") redis.call("incr", "m")';
    await set('job', 'single', 1, again);
    await equals('it runs', '1', 'GET', 'm');
    await pause(50);
    assert.deepEqual([await call('GET', 'n'), await call('EXISTS', 'job')], ['1', 1]);
  });

  it('has the rights of the superuser, serves blocked clients, and has its event', async () => {
    await call('FLUSHALL');
    await call('CONFIG', 'SET', 'notify-keyspace-events', 'E');
    const other = await RawClient.connect({ port: server.port }, PATIENCE_MS);
    const subscriber = await RawClient.connect({ port: server.port }, PATIENCE_MS);
    await subscriber.call('HELLO', 3);
    const subscribe = encodeCommand(['SUBSCRIBE', '__keyevent@0__:CRON Executed']);
    await subscriber.send(Buffer.concat([subscribe, encodeCommand(['PING'])]), 1);
    await call('ACL', 'SETUSER', 'weak', 'on', 'nopass', '~job', '+keydb.cron', '+auth', '+blpop', '~list');
    await other.call('AUTH', 'weak', 'x');
    assert.equal(
      toPlain(await other.call('KEYDB.CRON', 'job', 'single', 100, 'redis.call("rpush", "list", "a")')),
      'OK',
    );
    assert.deepEqual(toPlain(await other.call('BLPOP', 'list', 0)), ['list', 'a']);
    await equals('it is gone', 0, 'EXISTS', 'job');
    await until('the event', async () => subscriber.pushes.length === 2);
    assert.match(String(subscriber.pushes[1]), /CRON Executed\r\n\$3\r\njob\r\n/);
    await call('CONFIG', 'SET', 'notify-keyspace-events', '');
    other.close();
    subscriber.close();
  });

  it('reads what KeyDB writes, and writes it', async () => {
    await call('FLUSHALL');
    const output = new RdbOutput();
    output.valueType(64);
    output.string(Buffer.from(increment));
    for (const ms of [0n, 10_000_000_000_000n]) output.raw64(ms);
    for (const parts of [['n'], ['argument']]) {
      output.length(parts.length);
      for (const part of parts) output.string(Buffer.from(part));
    }
    const whole = new RdbOutput();
    const plain = output.dump();
    const body = plain.subarray(0, -10);
    whole.raw(body);
    for (const [name, value] of [
      ['mvcc-tstamp', '1743225234554880'],
      ['keydb-subexpire-key', 'job'],
      ['keydb-subexpire-when', '1000'],
    ] as const) {
      whole.byte(250);
      whole.string(Buffer.from(name));
      whole.string(Buffer.from(value));
    }
    assert.equal(await call('RESTORE', 'later', 0, plain), 'OK');
    const dump = await client.call('DUMP', 'later');
    assert.ok(dump.includes(body));
    assert.equal(await call('EXISTS', 'n'), 0);
    assert.equal(await call('RESTORE', 'job', 0, whole.dump()), 'OK');
    await equals('it was due', '1', 'GET', 'n');
    assert.equal(await call('EXISTS', 'job', 'later'), 2);
    const without = new RdbOutput();
    without.valueType(64);
    without.string(Buffer.from('return 1'));
    for (const ms of [0n, 0n]) without.raw64(ms);
    for (let n = 0; n < 2; n++) without.length(0);
    assert.match(String(await call('RESTORE', 'bad', 0, without.dump())), /Bad data format/);
  });

  it('makes room though memory is full', async () => {
    await call('FLUSHALL');
    await set('job', 'repeat', 20, 'if redis.call("get", "full") then redis.call("del", "full", "big") end');
    await call('SET', 'big', 'x'.repeat(4_000_000));
    await call('SET', 'full', 'yes');
    await call('CONFIG', 'SET', 'maxmemory', 2_000_000);
    await equals('the job frees it', 0, 'EXISTS', 'big');
    await until('there is room again', async () => (await call('SET', 'small', 'x')) === 'OK');
    await call('CONFIG', 'SET', 'maxmemory', 0);
    await call('DEL', 'job');
  });

  it('waits while clients are paused', async () => {
    await call('FLUSHALL');
    await set('job', 'repeat', 20, increment, 1, 'n');
    await call('CLIENT', 'PAUSE', 300_000, 'WRITE');
    const counted = await call('GET', 'n');
    await pause(100);
    assert.equal(await call('GET', 'n'), counted);
    await call('CLIENT', 'UNPAUSE');
    await until('it goes on', async () => Number(await call('GET', 'n')) > Number(counted ?? 0));
    await call('DEL', 'job');
  });
});
