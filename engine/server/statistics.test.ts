import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Request } from '../../protocol/resp/request.ts';
import { mergeCommandStatistics } from './command-statistics.ts';
import { Latency } from './latency.ts';
import { mergeSlowlogs, Slowlog } from './slowlog.ts';
import { counters, createStatisticsMemory, Statistics } from './statistics.ts';

test('counters are summed over threads, and a reset keeps the gauges', () => {
  const memory = createStatisticsMemory(3);
  const [a, b] = [new Statistics(memory, 0), new Statistics(memory, 2)];
  a.add(counters.keyspace_hits, 3);
  b.add(counters.keyspace_hits, 4);
  a.add(counters.connected_clients, 2);
  assert.equal(b.total('keyspace_hits'), 7);
  assert.equal(b.of(0, 'connected_clients'), 2);
  a.reset();
  assert.equal(b.total('keyspace_hits'), 4);
  assert.equal(b.total('connected_clients'), 2);
  assert.deepEqual([a.nextClientId(), b.nextClientId(), a.nextClientId()], [1, 2, 3]);
});

test('statistics of several threads merge by name', () => {
  const one = { name: 'get', calls: 1, usec: 2, rejected: 0, failed: 1, histogram: [[2, 1]] as [number, number][] };
  const two = {
    name: 'get',
    calls: 3,
    usec: 9,
    rejected: 1,
    failed: 0,
    histogram: [
      [1, 1],
      [2, 2],
    ] as [number, number][],
  };
  assert.deepEqual(mergeCommandStatistics([[one], [two]]), [
    {
      name: 'get',
      calls: 4,
      usec: 11,
      rejected: 1,
      failed: 1,
      histogram: [
        [1, 1],
        [2, 3],
      ],
    },
  ]);
});

test('too many error codes are told apart no more, until a reset', () => {
  const statistics = new Statistics(createStatisticsMemory(1), 0);
  for (let i = 0; i < 127; i++) statistics.countError(`MY${i} oops`);
  statistics.countError('ERR a');
  statistics.countError('ERR b');
  assert.equal(statistics.errorsByCode.size, 128);
  assert.equal(statistics.errorsByCode.get('ERR'), 2);
  statistics.countError('LAST straw');
  statistics.countError('ERR c');
  assert.deepEqual([...statistics.errorsByCode], [['ERRORSTATS_DISABLED', 1]]);
  assert.equal(statistics.total('total_error_replies'), 131);
  statistics.reset();
  statistics.countError('ERR d');
  assert.deepEqual([...statistics.errorsByCode], [['ERR', 1]]);
});

test('the slow log cuts arguments as Redis does, and merges newest first', () => {
  let id = 0;
  const request = new Request();
  const bytes = Buffer.from('x'.repeat(200));
  request.attach(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
  for (let i = 0; i < 40; i++) request.push(0, i === 1 ? 200 : 3);
  const [a, b] = [new Slowlog(() => id++), new Slowlog(() => id++)];
  a.record(request, 12_345.6, 5000, '127.0.0.1:1', '');
  b.record(request, 1, 6000, '', '');
  const [newest, oldest] = mergeSlowlogs([a.get(-1), b.get(-1)], 10);
  assert.equal(newest?.id, 1);
  assert.equal(oldest?.usec, 12_346);
  assert.equal(oldest?.args.length, 32);
  assert.equal(Buffer.from(oldest?.args[1] ?? []).toString(), `${'x'.repeat(128)}... (72 more bytes)`);
  assert.equal(Buffer.from(oldest?.args[31] ?? []).toString(), '... (9 more arguments)');
  a.maxLength = 1;
  a.record(request, 1, 0, '', '');
  assert.equal(a.length, 1);
});

test('latency events keep the worst of a second, and only above the threshold', () => {
  const latency = new Latency();
  latency.record('command', 50, 1000);
  assert.deepEqual(latency.latest(), []);
  latency.thresholdMs = 10;
  latency.record('command', 20, 1000);
  latency.record('command', 30, 1500);
  latency.record('command', 9, 1600);
  assert.deepEqual(latency.history('command'), [{ atSeconds: 1, ms: 30 }]);
  assert.deepEqual(latency.latest(), [{ event: 'command', atSeconds: 1, latestMs: 30, maxMs: 30 }]);
  assert.deepEqual(latency.reset(['nothing']), []);
  assert.deepEqual(latency.reset([]), ['command']);
});
