import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type LaunchedServer, launch } from '../../../test/support/launch.ts';
import { missingPrograms } from '../../../test/support/programs.ts';
import { type Argument, RawClient } from '../../../test/support/raw-client.ts';

type Commands = readonly (readonly Argument[])[];

/** Commands that fill a key with `size` elements. */
type Fill = (key: string, size: number) => Commands;

const range = (size: number): number[] => Array.from({ length: size }, (_, n) => n);

/** 100 elements to a command. */
function fill(command: string, element: (n: number) => readonly Argument[]): Fill {
  return (key, size) =>
    range(Math.ceil(size / 100)).map((block) => [
      command,
      key,
      ...range(Math.min(100, size - block * 100)).flatMap((n) => element(block * 100 + n)),
    ]);
}

const binary = (n: number): Buffer => Buffer.from([0, 255, n & 255, n >> 8, 13, 10]);
const mixed = (n: number): Argument => [`text ${n}`, n, -n, 2 ** 40 + n, binary(n), 'a'.repeat(n % 300)][n % 6] ?? '';
/** The same, and different for each number. */
const distinct = (n: number): Argument =>
  [`text ${n}`, n, -n, 2 ** 40 + n, binary(n), `${n}${'a'.repeat(n % 300)}`][n % 6] ?? '';
const scores = ['1', '-1.5', '1e100', 'inf', '-inf', '3.3333333333333335', '-0', '9007199254740993', '1e-320'];

const group: Fill = (key) => [
  ['XGROUP', 'CREATE', key, 'group', '0'],
  ['XGROUP', 'CREATE', key, 'other', '5-0', 'ENTRIESREAD', '5'],
  ['XGROUP', 'CREATE', key, '', '$'],
  ['XREADGROUP', 'GROUP', 'group', 'alice', 'COUNT', '150', 'STREAMS', key, '>'],
  ['XREADGROUP', 'GROUP', 'group', 'bob', 'COUNT', '2', 'STREAMS', key, '>'],
  ['XREADGROUP', 'GROUP', 'other', 'bob', 'COUNT', '500', 'STREAMS', key, '>'],
  ['XGROUP', 'CREATECONSUMER', key, 'other', binary(1)],
  ['XACK', key, 'group', '2-0', '100-0'],
  ['XCLAIM', key, 'group', 'carol', '0', '1-0', '3-0', 'TIME', '1600000000000', 'RETRYCOUNT', '12345678901'],
];
const stream = (fields: (n: number) => readonly Argument[]): Fill => {
  return (key, size) => range(size).map((n) => ['XADD', key, `${n + 1}-0`, ...fields(n)]);
};

const fills: Readonly<Record<string, Fill>> = {
  'list of texts': fill('RPUSH', (n) => [mixed(n)]),
  'list of long texts': fill('RPUSH', (n) => [`${n}`.repeat(1 + (n % 700)), '']),
  'set of integers': fill('SADD', (n) => [n * 7919]),
  'set of large integers': fill('SADD', (n) => [String(BigInt(n) * 2n ** 33n - 2n ** 60n)]),
  'set of texts': fill('SADD', (n) => [distinct(n)]),
  'hash of short fields': fill('HSET', (n) => [`field ${n}`, n]),
  'hash of all kinds': fill('HSET', (n) => [distinct(n), mixed(n + 1)]),
  'sorted set of integers': fill('ZADD', (n) => [n % 1000, `member ${n}`]),
  'sorted set of all kinds': fill('ZADD', (n) => [scores[n % scores.length] ?? 0, distinct(n)]),
  'stream of the same fields': stream((n) => ['temperature', n, 'where', `room ${n % 3}`]),
  'stream of other fields': stream((n) => [mixed(n), mixed(n + 1), ...(n % 2 === 0 ? ['more', n] : [])]),
  'stream with gaps and groups': (key, size) => [
    ...stream((n) => ['n', n])(key, size),
    ['XDEL', key, '1-0', '2-0', `${size}-0`],
    ['XTRIM', key, 'MAXLEN', Math.ceil(size * 0.9)],
    ...group(key, size),
    ['XDEL', key, `${Math.ceil(size / 2)}-0`],
  ],
  'stream that is empty': (key, size) => [
    ...stream((n) => ['n', n])(key, size),
    ['XTRIM', key, 'MAXLEN', '0'],
    ...group(key, size),
  ],
};

/** What two servers should say alike of a key. */
const looks = (key: string): Commands => [
  ['TYPE', key],
  ['OBJECT', 'ENCODING', key],
  ['DEBUG', 'DIGEST-VALUE', key],
  ['PTTL', key],
  ['XRANGE', key, '-', '+'],
  ['XINFO', 'STREAM', key],
  ['XINFO', 'GROUPS', key],
  ['XPENDING', key, 'group'],
];

/** Times, what 7.2 added, and what of a long stream is estimated, left out. */
const withoutTimes = (reply: Buffer): string =>
  reply
    .toString('latin1')
    .replace(/(seen-time|active-time|idle|inactive)\r\n:-?\d+\r\n/g, '$1\r\n:T\r\n')
    .replace(/\r\n:1\d{12}\r\n/g, '\r\n:T\r\n')
    .replace(/(radix-tree-nodes)\r\n:\d{3,}/g, '$1\r\n:N')
    .replaceAll('*10\r\n$4\r\nname', '*8\r\n$4\r\nname')
    .replace(/\$11\r\nactive-time\r\n:T\r\n/g, '');

async function run(client: RawClient, commands: Commands): Promise<void> {
  for (const [n, reply] of (await client.pipeline(commands)).entries()) {
    assert.notEqual(reply[0], 0x2d, `${commands[n]?.slice(0, 4).join(' ')}: ${reply}`);
  }
}

async function look(client: RawClient, key: string): Promise<string[]> {
  return (await client.pipeline(looks(key))).map((reply) => withoutTimes(reply).replaceAll(`'${key}'`, "'key'"));
}

describe('DUMP and RESTORE with redis-server', { skip: missingPrograms({ 'redis-server': 'redis-server' }) }, () => {
  const servers: LaunchedServer[] = [];
  const clients: RawClient[] = [];
  before(async () => {
    for (const kind of ['stratakv', 'redis'] as const) {
      const server = await launch(kind, { 'enable-debug-command': 'yes', 'sanitize-dump-payload': 'yes' });
      servers.push(server);
      clients.push(await RawClient.connect({ port: server.port }, 60_000));
    }
  });
  after(async () => {
    for (const client of clients) client.close();
    await Promise.all(servers.map((server) => server.stop()));
  });

  const pair = (): readonly [RawClient, RawClient] => {
    const [ours, theirs] = clients;
    assert.ok(ours && theirs);
    return [ours, theirs];
  };

  /** Copies a key from one server to another, in place of another value. */
  async function transfer(from: RawClient, to: RawClient, key: string, target: string): Promise<void> {
    const payload = await from.ask('DUMP', key);
    assert.equal(payload.kind, '$');
    await run(to, [
      ['RPUSH', target, 'something else'],
      ['RESTORE', target, '0', payload.text, 'REPLACE'],
    ]);
  }

  for (const [name, commands] of Object.entries(fills)) {
    // An entry of a stream costs ten times an element of another type, and a node of redis-server's holds a hundred of them.
    for (const size of [3, 200, 20_000]) {
      test(`${name}, ${size} elements`, async () => {
        const [ours, theirs] = pair();
        for (const client of clients) await run(client, [['FLUSHALL'], ...commands('key', size)]);
        const expected = await look(theirs, 'key');
        assert.deepEqual(await look(ours, 'key'), expected, 'before');
        for (const from of clients)
          for (const to of clients) await transfer(from, to, 'key', `${clients.indexOf(from)}`);
        for (const client of clients) {
          for (const from of ['0', '1']) {
            assert.deepEqual(await look(client, from), expected, `from ${from} to ${clients.indexOf(client)}`);
          }
        }
        if (!name.startsWith('stream')) return;
        for (const from of ['0', '1']) {
          const [mine, other] = await Promise.all(
            clients.map((client) => client.call('XINFO', 'STREAM', from, 'FULL', 'COUNT', '600')),
          );
          assert.equal(withoutTimes(mine ?? Buffer.alloc(0)), withoutTimes(other ?? Buffer.alloc(0)));
        }
      });
    }
  }

  test('the limits of the server that loads decide on the encoding', async () => {
    const keys = ['hash', 'zset', 'ints', 'long hash', 'long zset', 'small'];
    const commands: Commands = [
      ['FLUSHALL'],
      ...(fills['hash of short fields']?.('hash', 50) ?? []),
      ...(fills['sorted set of integers']?.('zset', 50) ?? []),
      ...(fills['set of integers']?.('ints', 50) ?? []),
      ['HSET', 'long hash', 'f', 'x'.repeat(65)],
      ['ZADD', 'long zset', '-0', 'a', '1', 'y'.repeat(65)],
      ['HSET', 'small', 'f', 'x'.repeat(64)],
    ];
    for (const client of clients) await run(client, commands);
    const payloads = await Promise.all(
      clients.flatMap((client) => keys.map(async (key) => (await client.ask('DUMP', key)).text)),
    );
    for (const [entries, value] of [
      ['512', '64'],
      ['10', '64'],
      ['1000', '20'],
      ['1000', '100'],
      ['0', '0'],
    ] as const) {
      const answers = clients.map(async (client) => {
        const seen: Buffer[] = [];
        for (const type of ['hash', 'zset']) {
          await run(client, [
            ['CONFIG', 'SET', `${type}-max-listpack-entries`, entries],
            ['CONFIG', 'SET', `${type}-max-listpack-value`, value],
            ['CONFIG', 'SET', 'set-max-intset-entries', entries],
          ]);
        }
        for (const payload of payloads) {
          await run(client, [['RESTORE', 'loaded', '0', payload, 'REPLACE']]);
          seen.push(...(await client.pipeline(looks('loaded').slice(0, 3))));
        }
        return seen.map(String);
      });
      const [ours, theirs] = await Promise.all(answers);
      assert.deepEqual(ours, theirs, `${entries} entries, ${value} bytes`);
    }
  });

  test('options, times and errors', async () => {
    const [ours] = pair();
    await run(ours, [['FLUSHALL'], ['RPUSH', 'list', 'a', 'b']]);
    const { text: payload } = await ours.ask('DUMP', 'list');
    const options = [
      '',
      'REPLACE',
      'absttl replace',
      'replace idletime 10',
      'idletime -1',
      'freq 256',
      'freq',
      'idletime x',
    ];
    const commands: Argument[][] = [['FLUSHALL']];
    for (const ttl of ['0', '-1', 'x', '', '9223372036854775807', '9223372036854775808', '4000000000000']) {
      for (const words of [...options, 'replace freq 1 idletime 1', 'replace other', 'FREQ 5 REPLACE']) {
        commands.push(['SET', 'key', 'value'], ['RESTORE', 'key', ttl, payload, ...words.split(' ').filter(Boolean)]);
        commands.push(['TYPE', 'key'], ['DEL', 'key']);
        commands.push(
          ['RESTORE', 'new', ttl, payload, ...words.split(' ').filter(Boolean)],
          ['TYPE', 'new'],
          ['DEL', 'new'],
        );
      }
    }
    commands.push(['RESTORE', 'key', '4000000000000', payload, 'ABSTTL'], ['PEXPIRETIME', 'key'], ['DUMP', 'key']);
    commands.push(['RESTORE', 'key', '1000', payload, 'ABSTTL', 'REPLACE'], ['EXISTS', 'key'], ['DUMP', 'key']);
    commands.push(['RESTORE', 'key', '0', payload.subarray(1)], ['RESTORE', 'key', '0', ''], ['RESTORE', 'key', '0']);
    const [mine, other] = await Promise.all(clients.map((client) => client.pipeline(commands)));
    for (const [n, command] of commands.entries())
      assert.equal(String(mine?.[n]), String(other?.[n]), command.join(' '));
  });

  test('times of members go along, and redis-server passes them over', async () => {
    const [ours, theirs] = pair();
    const zero = Buffer.from('a\0b');
    await run(ours, [
      ['FLUSHALL'],
      ['SADD', 'set', zero, 'b', 'c'],
      ['EXPIREMEMBER', 'set', zero, '100000'],
      ...(fills['hash of short fields']?.('hash', 2000) ?? []),
      ['EXPIREMEMBERAT', 'hash', 'field 7', '4000000000'],
      ['ZADD', 'zset', '1', 'a', '2', 'b'],
      ['PEXPIREMEMBERAT', 'zset', 'b', '4000000000123'],
    ]);
    for (const key of ['set', 'hash', 'zset']) {
      const { text: payload } = await ours.ask('DUMP', key);
      for (const client of clients) await run(client, [['RESTORE', `${key} 2`, '0', payload, 'REPLACE']]);
    }
    const ask = async (...args: Argument[]): Promise<number> => Number((await ours.ask(...args)).text);
    assert.ok((await ask('TTL', 'set 2', zero)) > 99_000);
    assert.equal(await ask('TTL', 'set 2', 'b'), -1);
    assert.ok((await ask('TTL', 'hash 2', 'field 7')) > 10 ** 9);
    assert.ok((await ask('PTTL', 'zset 2', 'b')) > 10 ** 12);
    assert.equal(String(await theirs.call('SCARD', 'set 2')), ':3\r\n');
    assert.equal(String(await theirs.call('HLEN', 'hash 2')), ':2000\r\n');
  });
});
