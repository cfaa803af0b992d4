import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { type LaunchedServer, launch } from '../support/launch.ts';

/** Streams as clients use them, and a consumer group under load from several threads. */
const THREADS = 4;
const PRODUCERS = 3;
const CONSUMERS = 5;
const PER_PRODUCER = 600;
const TOTAL = PRODUCERS * PER_PRODUCER;
/** Every so many entries one is left for XAUTOCLAIM. */
const FORGET_EVERY = 7;

let server: LaunchedServer;

before(async () => {
  server = await launch('stratakv', {
    'server-threads': String(THREADS),
    'storage-provider': ['flash', './flash'],
    maxmemory: '64mb',
  });
});
after(() => server.stop());

const connect = (): Redis => new Redis({ port: server.port, host: '127.0.0.1', retryStrategy: () => null });

test('ioredis: stream commands', async () => {
  const redis = connect();
  try {
    const first = await redis.xadd('io', '*', 'a', '1', 'b', '2');
    assert.match(first ?? '', /^\d+-0$/);
    await redis.xadd('io', '99999999999999-5', 'a', '3');
    assert.equal(await redis.xadd('io', 'NOMKSTREAM', '*', 'a', '4'), '99999999999999-6');
    assert.equal(await redis.xlen('io'), 3);
    assert.deepEqual(await redis.xrange('io', '-', '+', 'COUNT', 1), [[first, ['a', '1', 'b', '2']]]);
    assert.deepEqual(await redis.xrevrange('io', '+', '-', 'COUNT', 1), [['99999999999999-6', ['a', '4']]]);
    assert.deepEqual(await redis.xread('COUNT', 1, 'STREAMS', 'io', '99999999999999'), [
      ['io', [['99999999999999-5', ['a', '3']]]],
    ]);
    assert.equal(await redis.xgroup('CREATE', 'io', 'g', '0'), 'OK');
    await assert.rejects(redis.xgroup('CREATE', 'io', 'g', '0'), /BUSYGROUP/);
    const read = (await redis.xreadgroup('GROUP', 'g', 'c', 'COUNT', 2, 'STREAMS', 'io', '>')) as [
      string,
      [string, string[]][],
    ][];
    assert.deepEqual(
      read[0]?.[1].map(([id]) => id),
      [first, '99999999999999-5'],
    );
    const binary = Buffer.from([0, 255, 13, 10]);
    await redis.xadd('io:bytes', '1-1', binary, binary);
    assert.deepEqual(await redis.xrangeBuffer('io:bytes', '-', '+'), [[Buffer.from('1-1'), [binary, binary]]]);
    assert.equal(await redis.xack('io', 'g', first ?? ''), 1);
    assert.deepEqual(await redis.xpending('io', 'g'), [1, '99999999999999-5', '99999999999999-5', [['c', '1']]]);
    assert.deepEqual(await redis.xautoclaim('io', 'g', 'd', 0, '0', 'JUSTID'), ['0-0', ['99999999999999-5'], []]);
    assert.equal(await redis.xtrim('io', 'MAXLEN', 1), 2);
    assert.equal(await redis.xdel('io', '99999999999999-6'), 1);
    assert.equal(await redis.xlen('io'), 0);
  } finally {
    redis.disconnect();
  }
});

test('node-redis: stream commands', async () => {
  for (const RESP of [2, 3] as const) {
    const client = createClient({ socket: { port: server.port, host: '127.0.0.1', reconnectStrategy: false }, RESP });
    client.on('error', () => {});
    await client.connect();
    try {
      const key = `node:${RESP}`;
      assert.equal(await client.xAdd(key, '1-1', { a: '1' }), '1-1');
      assert.equal(await client.xAdd(key, '1-*', { a: '2' }), '1-2');
      assert.equal(await client.xLen(key), 2);
      const entries = (await client.xRange(key, '-', '+')) ?? [];
      assert.deepEqual(
        entries.map(({ id, message }) => [id, message.a]),
        [
          ['1-1', '1'],
          ['1-2', '2'],
        ],
      );
      assert.equal(await client.xGroupCreate(key, 'g', '0'), 'OK');
      const read = JSON.stringify(await client.xReadGroup('g', 'c', { key, id: '>' }, { COUNT: 1 }));
      assert.ok(read.includes('1-1') && !read.includes('1-2'), read);
      const pending = await client.xPending(key, 'g');
      assert.equal(pending.pending, 1);
      const claimed = await client.xAutoClaim(key, 'g', 'd', 0, '0');
      assert.deepEqual(
        claimed.messages.map((message) => message?.id),
        ['1-1'],
      );
      assert.equal(await client.xAck(key, 'g', '1-1'), 1);
      const info = await client.xInfoStream(key);
      assert.equal(info.length, 2);
      const groups = await client.xInfoGroups(key);
      assert.equal(groups.length, 1);
      const consumers = await client.xInfoConsumers(key, 'g');
      assert.deepEqual(consumers.map(({ name }) => String(name)).sort(), ['c', 'd']);
      assert.equal(await client.xTrim(key, 'MAXLEN', 1), 1);
    } finally {
      client.destroy();
    }
  }
});

interface Delivered {
  readonly id: string;
  readonly producer: number;
  readonly n: number;
}

type Reply = [key: string, entries: [id: string, fields: string[]][]][] | null;

/** Order of two ids of the same length in digits of their milliseconds. */
function isAfter(id: string, before: string): boolean {
  const [ms = '0', seq = '0'] = id.split('-');
  const [beforeMs = '0', beforeSeq = '0'] = before.split('-');
  return Number(ms) === Number(beforeMs) ? Number(seq) > Number(beforeSeq) : Number(ms) > Number(beforeMs);
}

const delivered = ([id, fields]: [id: string, fields: string[]]): Delivered => ({
  id,
  producer: Number(fields[1]),
  n: Number(fields[3]),
});

test('a consumer group of eight clients on four threads: nothing lost, doubled or reordered', {
  timeout: 300_000,
}, async () => {
  const clients = Array.from({ length: PRODUCERS + CONSUMERS }, connect);
  const [producers, consumers] = [clients.slice(0, PRODUCERS), clients.slice(PRODUCERS)];
  const admin = connect();
  const taken: Delivered[] = [];
  const forgotten = new Set<string>();
  try {
    await admin.xgroup('CREATE', 'work', 'g', '$', 'MKSTREAM');

    const produce = async (redis: Redis, producer: number): Promise<void> => {
      for (let n = 0; n < PER_PRODUCER; ) {
        const batch = redis.pipeline();
        for (let i = 0; i < 12; i++, n++)
          batch.xadd('work', '*', 'producer', producer, 'n', n, 'pad', 'x'.repeat(n % 90));
        for (const [error] of (await batch.exec()) ?? []) assert.equal(error, null);
      }
    };

    const consume = async (redis: Redis, consumer: number): Promise<void> => {
      let last = '0-0';
      while (taken.length < TOTAL) {
        const count = 1 + ((taken.length + consumer) % 9);
        const reply = (await redis.xreadgroup(
          'GROUP',
          'g',
          `c${consumer}`,
          'COUNT',
          count,
          'STREAMS',
          'work',
          '>',
        )) as Reply;
        const entries = (reply?.[0]?.[1] ?? []).map(delivered);
        if (entries.length === 0) {
          await sleep(2);
          continue;
        }
        assert.ok(entries.length <= count);
        const done: string[] = [];
        for (const entry of entries) {
          assert.ok(isAfter(entry.id, last), `${entry.id} came after ${last}`);
          last = entry.id;
          taken.push(entry);
          if (taken.length % FORGET_EVERY === 0) forgotten.add(entry.id);
          else done.push(entry.id);
        }
        if (done.length > 0) assert.equal(await redis.xack('work', 'g', ...done), done.length);
      }
    };

    await Promise.all([
      ...producers.map((redis, n) => produce(redis, n)),
      ...consumers.map((redis, n) => consume(redis, n)),
    ]);

    assert.equal(taken.length, TOTAL);
    assert.equal(new Set(taken.map(({ id }) => id)).size, TOTAL, 'every entry was delivered once');
    assert.equal(new Set(taken.map(({ producer, n }) => `${producer}:${n}`)).size, TOTAL);

    const stored = (await admin.xrange('work', '-', '+')).map(delivered);
    assert.equal(stored.length, TOTAL);
    const next = Array.from({ length: PRODUCERS }, () => 0);
    let last = '0-0';
    for (const { id, producer, n } of stored) {
      assert.ok(isAfter(id, last));
      last = id;
      assert.equal(n, next[producer], `entries of producer ${producer} stand as it added them`);
      next[producer] = n + 1;
    }

    const pending = (await admin.xpending('work', 'g')) as [number, ...unknown[]];
    assert.equal(pending[0], forgotten.size);
    const reclaimed: string[] = [];
    await Promise.all(
      consumers.map(async (redis, consumer) => {
        for (let cursor = '0-0'; ; ) {
          const [after, entries] = (await redis.xautoclaim('work', 'g', `c${consumer}`, 0, cursor, 'COUNT', 10)) as [
            string,
            [string, string[]][],
          ];
          for (const [id] of entries) if ((await redis.xack('work', 'g', id)) === 1) reclaimed.push(id);
          if (after === '0-0') break;
          cursor = after;
        }
      }),
    );
    assert.deepEqual(reclaimed.sort(), [...forgotten].sort(), 'what was forgotten is acknowledged once');

    const groups = (await admin.xinfo('GROUPS', 'work')) as unknown[][];
    const fields = new Map(groups[0]?.flatMap((name, n, all) => (n % 2 === 0 ? [[name, all[n + 1]] as const] : [])));
    assert.equal(fields.get('pending'), 0);
    assert.equal(fields.get('entries-read'), TOTAL);
    assert.equal(fields.get('lag'), 0);
  } finally {
    for (const client of [...clients, admin]) client.disconnect();
  }
});
