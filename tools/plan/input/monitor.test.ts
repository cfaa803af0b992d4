import assert from 'node:assert/strict';
import { test } from 'node:test';
import { monitorLine } from '../../../engine/monitor/line.ts';
import { Request } from '../../../protocol/resp/request.ts';
import { SeededRandom } from '../../../tiers/policy/random.ts';
import { OP_DELETE, OP_READ, OP_WRITE } from '../plan.ts';
import { finishSample } from './finish.ts';
import { MonitorParser } from './monitor.ts';
import { MonitorLine } from './monitor-line.ts';
import { Sampler } from './sampler.ts';
import { defaultLimits } from './threshold.ts';
import { TraceProblem } from './trace-error.ts';

function requestsOf(...lines: string[]): (string | number)[][] {
  const sampler = new Sampler(defaultLimits, 1000);
  const parser = new MonitorParser(sampler);
  const bytes = Buffer.from(`${lines.join('\n')}\n`, 'latin1');
  parser.parse(bytes, bytes.length);
  const { length, columns } = sampler;
  // UNKNOWN_BYTES as a signed number.
  return Array.from({ length }, (_, i) => [
    columns.keys[i] ?? 0,
    ['get', 'set', 'del'][columns.ops[i] ?? 0] ?? '',
    (columns.valueBytes[i] ?? 0) | 0,
    columns.ttlSeconds[i] ?? 0,
  ]);
}

const at = (command: string, second = 1_700_000_000): string => `${second}.000000 [0 127.0.0.1:5000] ${command}`;

test('each key of a command is a request, with sizes and times to live where commands tell them', () => {
  assert.deepEqual(
    requestsOf(
      'OK',
      at('"GET" "a"'),
      at('"set" "a" "12345" "EX" "60"'),
      at('"SET" "b" "1" "keepttl" "px" "1500"'),
      at('"MGET" "a" "b" "c"'),
      at('"MSET" "a" "1" "c" "123"'),
      at('"DEL" "a" "c"'),
      at('"SETEX" "d" "10" "1234"'),
      at('"HSET" "h" "field" "value"'),
      at('"HGET" "h" "field"'),
      at('"EXPIREAT" "d" "1700000100"'),
      at('"GETEX" "d"'),
      at('"GETDEL" "d"'),
      at('"PING"'),
      at('"AUTH" "(redacted)"'),
      at('"EVAL" "return 1" "1" "a"'),
      at('"BITOP" "AND" "a" "b" "c"'),
      at('"NOSUCHCOMMAND" "a"'),
      at('"GET"'),
      '',
    ),
    [
      [0, 'get', -1, 0],
      [0, 'set', 5, 60],
      [1, 'set', 1, 2],
      [0, 'get', -1, 0],
      [1, 'get', -1, 0],
      [2, 'get', -1, 0],
      [0, 'set', 1, 0],
      [2, 'set', 3, 0],
      [0, 'del', -1, 0],
      [2, 'del', -1, 0],
      [3, 'set', 4, 10],
      [4, 'set', 10, 0],
      [4, 'get', -1, 0],
      [3, 'set', -1, 100],
      [3, 'get', -1, 0],
      [3, 'del', -1, 0],
      [0, 'set', -1, 0],
      [1, 'get', -1, 0],
      [2, 'get', -1, 0],
    ],
  );
});

test('databases have keys of their own, and addresses any form', () => {
  const keys = requestsOf(
    '+1700000000.000001 [0 [::1]:5000] "get" "a"\r',
    '1700000000.000002 [1 unix:/tmp/a b] "get" "a"',
    '1700000000.000003 [0 lua] "get" "a"',
  ).map(([key]) => key);
  assert.deepEqual(keys, [0, 1, 0]);
});

test('what the server writes is read back, whatever the bytes', () => {
  const random = new SeededRandom(11);
  const line = new MonitorLine();
  for (let round = 0; round < 300; round++) {
    const args = Array.from({ length: 1 + random.below(5) }, () =>
      Buffer.from(Array.from({ length: random.below(round === 0 ? 9000 : 20) }, () => random.below(256))),
    );
    const text = monitorLine(1_700_000_000_000_000 + round, 3, '127.0.0.1:1', Request.of(args), undefined);
    assert.equal(line.read(text, 0), text.length);
    assert.deepEqual([line.timeMs[0], line.database], [1_700_000_000_000 + round / 1000, 3]);
    const { request } = line;
    assert.deepEqual(
      args.map((_, i) => request.bytes.subarray(request.start(i), request.end(i))),
      args,
    );
    // No beginning of a line is one.
    const cut = random.below(text.length - 2);
    assert.equal(
      line.read(Buffer.concat([text.subarray(0, cut), Buffer.from('\n')]), 0),
      wholeUntil(text, cut) ? cut + 1 : -1,
    );
  }
});

/** Whether a line cut off after so many bytes ends behind an argument. */
function wholeUntil(text: Buffer, cut: number): boolean {
  const before = text.toString('latin1', 0, cut);
  return /\] "/.test(before) && /^[^"]*( "([^"\\]|\\.)*")+$/.test(before);
}

test('sizes that are told later count for the reads before', () => {
  const sampler = new Sampler(defaultLimits, 1000);
  const bytes = Buffer.from(
    `${[at('"GET" "a"'), at('"SET" "a" "1234"'), at('"GET" "b"', 1_700_000_005)].join('\n')}\n`,
  );
  const parser = new MonitorParser(sampler);
  parser.parse(bytes, bytes.length);
  const trace = finishSample(sampler, { name: '', hasTimes: true, lastMs: parser.lastMs, assumedValueBytes: 512 });
  assert.deepEqual([...trace.valueBytes], [4, 4, 4]);
  assert.deepEqual([...trace.ops], [OP_READ, OP_WRITE, OP_READ]);
  assert.equal(trace.totals.seconds, 5);
  assert.equal(OP_DELETE, 2);
});

test('other lines are refused, with the number of the line', () => {
  for (const wrong of [
    'Error: Server closed the connection',
    at('"GET" "a'),
    at('GET a'),
    '1700000000.1 [0 a] "get" "a"',
    at(''),
  ]) {
    assert.throws(
      () => requestsOf(at('"GET" "a"'), wrong),
      (error) =>
        error instanceof TraceProblem && error.place.line === 2 && /is no whole line of MONITOR/.test(error.message),
      wrong,
    );
  }
});
