import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { allowanceOfTypes } from '../../../test/differential/types/index.ts';
import { type LaunchedServer, launch } from '../../../test/support/launch.ts';
import { LiveComparison } from '../../../test/support/live-comparison.ts';
import { missingPrograms } from '../../../test/support/programs.ts';
import { type Argument, RawClient } from '../../../test/support/raw-client.ts';

type Commands = readonly (readonly Argument[])[];

interface TypePlan {
  readonly type: string;
  /** Adds elements `from` to `to` - 1 in one command. */
  readonly fill: (key: string, from: number, to: number) => readonly Argument[];
  readonly look: (key: string) => Commands;
  /** Changes an element. */
  readonly change: (key: string) => Commands;
}

const range = (from: number, to: number, make: (n: number) => readonly string[]): string[] =>
  Array.from({ length: to - from }, (_, i) => make(from + i)).flat();

const plans: readonly TypePlan[] = [
  {
    type: 'list',
    fill: (key, from, to) => ['RPUSH', key, ...range(from, to, (n) => [`element:${n}`])],
    look: (key) => [
      ['LRANGE', key, '0', '-1'],
      ['LLEN', key],
    ],
    change: (key) => [
      ['LPOP', key],
      ['RPUSH', key, 'changed'],
      ['LSET', key, '1', 'x'],
    ],
  },
  {
    type: 'set',
    fill: (key, from, to) => ['SADD', key, ...range(from, to, (n) => [`element:${n}`])],
    look: (key) => [
      ['SMEMBERS', key],
      ['SCARD', key],
    ],
    change: (key) => [
      ['SREM', key, 'element:1'],
      ['SADD', key, 'changed'],
    ],
  },
  {
    type: 'zset',
    fill: (key, from, to) => ['ZADD', key, ...range(from, to, (n) => [String((n * 7919) % 1000), `element:${n}`])],
    look: (key) => [
      ['ZRANGE', key, '0', '-1', 'WITHSCORES'],
      ['ZCARD', key],
    ],
    change: (key) => [
      ['ZREM', key, 'element:1'],
      ['ZADD', key, '5', 'element:2'],
    ],
  },
  {
    type: 'hash',
    fill: (key, from, to) => ['HSET', key, ...range(from, to, (n) => [`field:${n}`, `value:${n}`])],
    look: (key) => [
      ['HGETALL', key],
      ['HLEN', key],
    ],
    change: (key) => [
      ['HDEL', key, 'field:1'],
      ['HSET', key, 'field:2', 'changed'],
    ],
  },
  {
    type: 'stream',
    fill: (key, from) => ['XADD', key, `${from + 1}-1`, 'field', `value:${from}`],
    look: (key) => [
      ['XRANGE', key, '-', '+'],
      ['XLEN', key],
      ['XINFO', 'STREAM', key, 'FULL', 'COUNT', '0'],
    ],
    change: (key) => [
      ['XDEL', key, '1-1'],
      ['XGROUP', 'CREATE', key, 'group', '0'],
    ],
  },
];

const sizes = { small: 5, large: 4000 } as const;
const step = 100;

function fill(plan: TypePlan, key: string, size: number): Commands {
  const single = plan.type === 'stream' ? 1 : step;
  const commands: (readonly Argument[])[] = [];
  for (let from = 0; from < size; from += single) commands.push(plan.fill(key, from, Math.min(size, from + single)));
  return commands;
}

function wholeKeyCommands(plan: TypePlan, size: number): Commands {
  const { look, change } = plan;
  return [
    ...fill(plan, 'k', size),
    ...['k', 'missing'].flatMap((key) => [
      ['TYPE', key],
      ['OBJECT', 'ENCODING', key],
      ['OBJECT', 'REFCOUNT', key],
    ]),
    ...['0', '1', '5', '-1', 'x'].map((samples) => ['MEMORY', 'USAGE', 'k', 'SAMPLES', samples]),
    ['COPY', 'k', 'copy'],
    ['COPY', 'k', 'copy'],
    ...change('copy'),
    ...look('k'),
    ...look('copy'),
    ['OBJECT', 'ENCODING', 'copy'],
    ['COPY', 'k', 'copy', 'REPLACE'],
    ...look('copy'),
    ...change('k'),
    ...look('copy'),
    ['EXPIRE', 'copy', '10000'],
    ['RENAME', 'copy', 'renamed'],
    ['EXISTS', 'copy', 'renamed'],
    ...look('renamed'),
    ['TTL', 'renamed'],
    ['OBJECT', 'ENCODING', 'renamed'],
    ...change('renamed'),
    ['RENAMENX', 'renamed', 'k'],
    ['RENAMENX', 'renamed', 'renamed'],
    ['RENAME', 'renamed', 'k'],
    ...look('k'),
    ['SET', 'string', 'text'],
    ['COPY', 'k', 'string'],
    ['RENAME', 'k', 'string'],
    ...look('string'),
    ['SET', 'string', 'text'],
    ['GET', 'string'],
    ...fill(plan, 'k', size),
    ['COPY', 'k', 'k', 'DB', '3'],
    ['MOVE', 'k', '2'],
    ['EXISTS', 'k'],
    ['SELECT', '2'],
    ...look('k'),
    ...change('k'),
    ['MOVE', 'k', '3'],
    ['DEL', 'k'],
    ['SELECT', '3'],
    ...look('k'),
    ['TOUCH', 'k', 'k', 'missing'],
    ['DUMP', 'k'],
    ['PERSIST', 'k'],
    ['PEXPIRE', 'k', '-1'],
    ['EXISTS', 'k'],
    ...fill(plan, 'a', size),
    ...fill(plan, 'b', size),
    ['UNLINK', 'a', 'missing'],
    ['DEL', 'b', 'b'],
    ['DBSIZE'],
    ['SELECT', '0'],
    ['DBSIZE'],
  ];
}

describe('whole-key commands on every type', { skip: missingPrograms({ 'redis-server': 'redis-server' }) }, () => {
  let comparison: LiveComparison;
  before(async () => {
    comparison = await LiveComparison.start();
  });
  after(() => comparison.stop());

  for (const plan of plans) {
    for (const [name, size] of Object.entries(sizes)) {
      test(`${plan.type}, ${name}`, async () => {
        assert.deepEqual(await comparison.differences(wholeKeyCommands(plan, size)), []);
      });
    }
  }

  test('what may differ by nature is compared as such', () => {
    for (const command of ['SMEMBERS', 'HGETALL']) assert.notEqual(allowanceOfTypes(command), undefined);
  });
});

const DEADLINE_MS = 120_000;

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const start = Date.now(); !(await holds()); ) assert.ok(Date.now() - start < DEADLINE_MS, 'it comes to hold');
}

describe('large collections of every type', () => {
  let server: LaunchedServer;
  let client: RawClient;
  const ask = async (...command: Argument[]): Promise<string> => (await client.ask(...command)).text.toString();
  before(async () => {
    server = await launch('stratakv', { 'enable-debug-command': 'yes' });
    client = await RawClient.connect({ port: server.port }, 120_000);
  });
  after(async () => {
    client.close();
    await server.stop();
  });

  const used = async (): Promise<number> => {
    const [, bytes = ''] = /used_memory:(\d+)/.exec(await ask('INFO', 'memory')) ?? [];
    return Number(bytes);
  };
  const field = async (name: string, section: string): Promise<number> => {
    const [, value = ''] = new RegExp(`${name}:(\\d+)`).exec(await ask('INFO', section)) ?? [];
    return Number(value);
  };

  for (const plan of plans) {
    test(`${plan.type}: renamed in place, copied deeply, counted, and freed in the background`, async () => {
      await client.call('FLUSHALL');
      await until(async () => (await used()) < 64 * 1024);
      const empty = await used();
      const size = plan.type === 'stream' ? 20_000 : 100_000;
      for (const commands of [fill(plan, 'k', size)]) await client.pipeline(commands);
      const usage = Number(await ask('MEMORY', 'USAGE', 'k'));
      const filled = await used();
      assert.ok(Math.abs(filled - empty - usage) < usage * 0.1 + 64 * 1024, `${filled - empty} used, ${usage} told`);
      assert.match(
        await ask('DEBUG', 'OBJECT', 'k'),
        /^Value at:0x[0-9a-f]+ refcount:1 encoding:\w+ serializedlength:\d+ /,
      );

      assert.equal(await ask('RENAME', 'k', 'r'), 'OK');
      assert.ok(
        Math.abs(Number(await ask('MEMORY', 'USAGE', 'r')) - usage) < 256,
        'renaming moves nothing but the key',
      );
      assert.ok(Math.abs((await used()) - filled) < 64 * 1024);
      assert.equal(await ask('MOVE', 'r', '1'), '1');
      assert.ok(Math.abs((await used()) - filled) < 64 * 1024);
      assert.equal((await client.call('SELECT', '1')).toString(), '+OK\r\n');

      assert.equal(await ask('COPY', 'r', 'c'), '1');
      assert.ok((await used()) - filled > usage * 0.7, 'a copy shares nothing');
      const seen = await client.ask('SCAN', '0', 'COUNT', '1000', 'TYPE', plan.type);
      assert.equal(seen.items[1]?.items.length, 2);
      for (const other of plans.filter(({ type }) => type !== plan.type)) {
        assert.equal((await client.ask('SCAN', '0', 'COUNT', '1000', 'TYPE', other.type)).items[1]?.items.length, 0);
      }

      const freedBefore = await field('lazyfreed_objects', 'memory');
      assert.equal(await ask('UNLINK', 'c'), '1');
      assert.equal(await ask('DEL', 'r'), '1');
      assert.equal(await ask('DBSIZE'), '0');
      await until(async () => (await field('lazyfree_pending_objects', 'memory')) === 0);
      assert.equal((await field('lazyfreed_objects', 'memory')) - freedBefore, 2);
      assert.ok((await used()) - empty < 256 * 1024, `${(await used()) - empty} bytes are left`);
      assert.equal((await client.call('SELECT', '0')).toString(), '+OK\r\n');
    });
  }
});
