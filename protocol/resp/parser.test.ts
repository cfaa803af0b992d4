import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeRequest } from '../testing/live-redis.ts';
import { PARSE_ERROR, PARSE_MORE, PARSE_REQUEST, RequestParser } from './parser.ts';
import { Request } from './request.ts';

type Setup = (parser: RequestParser) => void;

/** The read buffer that all chunks pass through: it is scribbled over after each, as another connection would. */
const shared = Buffer.alloc(64 * 1024);
const sharedView = new DataView(shared.buffer, shared.byteOffset, shared.length);

function feed(parser: RequestParser, chunk: Buffer): void {
  const from = 7;
  shared.fill(0x2a);
  chunk.copy(shared, from);
  parser.feed(shared, sharedView, from, from + chunk.length);
}

function texts(request: Request): string[] {
  return Array.from({ length: request.count }, (_, i) => {
    const text = request.latin1(i);
    let viewed = '';
    for (let at = request.start(i); at < request.end(i); at++) viewed += String.fromCharCode(request.view.getUint8(at));
    assert.equal(viewed, text, 'view and bytes agree');
    return text;
  });
}

/** Parses the chunks, and answers the requests as arrays and an error as text. */
function parseChunks(chunks: Iterable<Buffer>, setup?: Setup): (string[] | string)[] {
  const parser = new RequestParser();
  setup?.(parser);
  const request = new Request();
  const out: (string[] | string)[] = [];
  for (const chunk of chunks) {
    feed(parser, chunk);
    for (;;) {
      const status = parser.next(request);
      if (status === PARSE_ERROR) {
        assert.equal(parser.next(request), PARSE_ERROR);
        return [...out, parser.error];
      }
      if (status === PARSE_MORE) break;
      out.push(texts(request));
    }
  }
  return out;
}

function* pieces(input: Buffer, size: number): Iterable<Buffer> {
  for (let at = 0; at < input.length; at += size) yield input.subarray(at, at + size);
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const ten = encodeRequest(Array.from({ length: 12 }, (_, i) => `argument-${i}`));
const CORPUS: [string, (string[] | string)[], Setup?][] = [
  ['*1\r\n$4\r\nPING\r\n', [['PING']]],
  ['*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000001\r\n', [['GET', 'key:000000000001']]],
  [
    '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n',
    [
      ['SET', 'k', ''],
      ['GET', 'k'],
    ],
  ],
  [`*2\r\n$4\r\nECHO\r\n$130\r\n${'x'.repeat(130)}\r\n`, [['ECHO', 'x'.repeat(130)]]],
  [ten.toString('latin1'), [Array.from({ length: 12 }, (_, i) => `argument-${i}`)]],
  ['*0\r\n*-1\r\n*-10\r\n\r\n\n  \r\nPING\r\n', [['PING']]],
  ['PING\n', [['PING']]],
  ['SET  a\t b \r\nget a\r\n*1\r\n$4\r\nPING\r\n', [['SET', 'a', 'b'], ['get', 'a'], ['PING']]],
  ['SET "a\\x41\\n\\"" \'it\\\'s\\n\' x"y"\r\nPING\r\n', [['SET', 'aA\n"', "it's\\n", 'xy'], ['PING']]],
  ['""\r\n', [['']]],
  ['SET "a\r\n', ['unbalanced quotes in request']],
  ['SET "a"b\r\n', ['unbalanced quotes in request']],
  ["PING\r\nSET 'a\\'\r\n", [['PING'], 'unbalanced quotes in request']],
  ['*1\r\n$4\r\nPING\r\n*x\r\n', [['PING'], 'invalid multibulk length']],
  ['*\r\n', ['invalid multibulk length']],
  ['*03\r\n', ['invalid multibulk length']],
  ['*+3\r\n', ['invalid multibulk length']],
  ['*-0\r\n', ['invalid multibulk length']],
  ['*3000000000\r\n', ['invalid multibulk length']],
  ['*20000000000000000000000\r\n', ['invalid multibulk length']],
  ['*1\r\nfoo\r\n', ["expected '$', got 'f'"]],
  ['*1\r\n\r\n', ["expected '$', got '\r'"]],
  ['*3\r\n$3\r\nSET\r\n$1\r\nx\r\nfooz\r\n', ["expected '$', got 'f'"]],
  ['*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$-10\r\n', ['invalid bulk length']],
  ['*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$2000000000\r\n', ['invalid bulk length']],
  ['*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$blabla\r\n', ['invalid bulk length']],
  ['*1\r\n$07\r\n', ['invalid bulk length']],
  ['*1\r\n$\r\n', ['invalid bulk length']],
  ['*1\r\n$1048577\r\n', ['invalid bulk length'], (p) => (p.maxBulkLength = 1024 * 1024)],
  ['*11\r\n', ['unauthenticated multibulk length'], (p) => (p.authenticated = false)],
  ['*10\r\n$16385\r\n', ['unauthenticated bulk length'], (p) => (p.authenticated = false)],
  ['*1\r\n$4\r\nPING\r\n', [['PING']], (p) => (p.authenticated = false)],
];

test('every request and error of the corpus: whole, byte by byte, and at every split', () => {
  for (const [text, expected, setup] of CORPUS) {
    const input = bytes(text);
    assert.deepEqual(parseChunks([input], setup), expected, text);
    assert.deepEqual(parseChunks(pieces(input, 1), setup), expected, text);
    for (let split = 1; split < input.length; split++) {
      const chunks = [input.subarray(0, split), input.subarray(split)];
      assert.deepEqual(parseChunks(chunks, setup), expected, `${text} at ${split}`);
    }
  }
});

test('lines that never end are errors once they exceed 64 KiB', () => {
  const long = 'A'.repeat(65536);
  const cases: [string, string][] = [
    [long, 'too big inline request'],
    [`\0${long}\n`, 'too big inline request'],
    [`*${long}`, 'too big mbulk count string'],
    [`*\0${long}\r\n`, 'too big mbulk count string'],
    [`*1\r\n$${long}`, 'too big bulk count string'],
    [`*1\r\n$\0${long}\r\n`, 'too big bulk count string'],
  ];
  for (const [text, error] of cases) {
    for (const size of [60000, 16384, 997]) {
      assert.deepEqual(parseChunks(pieces(bytes(`${text}AA`), size)), [error]);
    }
  }
  assert.deepEqual(parseChunks(pieces(bytes(`${long}\n`), 50000)), [[long]]);
  assert.deepEqual(parseChunks([bytes(`*${'1'.repeat(30000)}\r\n`)]), ['invalid multibulk length']);
});

test('any requests, cut anywhere, come out as they went in', () => {
  const args = fc.array(fc.oneof(fc.string({ maxLength: 20 }), fc.string({ minLength: 90, maxLength: 1200 })), {
    minLength: 1,
    maxLength: 14,
  });
  fc.assert(
    fc.property(
      fc.array(args, { maxLength: 12 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 700 })),
      (list, sizes) => {
        const requests = list.map((one) => one.map((arg) => Buffer.from(arg).toString('latin1')));
        const input = Buffer.concat(list.map(encodeRequest));
        const chunks: Buffer[] = [];
        for (let at = 0; at < input.length; ) {
          const size = sizes.next().value ?? 1;
          chunks.push(input.subarray(at, at + size));
          at += size;
        }
        assert.deepEqual(parseChunks(chunks), requests);
      },
    ),
    { numRuns: 150 },
  );
});

test('garbage gives the same answers however it is cut, and never throws', () => {
  const alphabet = [
    '*',
    '$',
    '\r\n',
    '\n',
    '\r',
    '0',
    '1',
    '2',
    '9',
    '-',
    'a',
    ' ',
    '"',
    "'",
    '\\x4',
    '\0',
    '*1\r\n',
    '$1\r\n',
  ];
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...alphabet), { maxLength: 40 }),
      fc.integer({ min: 1, max: 9 }),
      (parts, size) => {
        const input = bytes(parts.join(''));
        assert.deepEqual(parseChunks(pieces(input, size)), parseChunks([input]));
      },
    ),
    { numRuns: 3000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
      parseChunks(pieces(Buffer.from(input), 13));
    }),
  );
});

test('a suspended request can be run again, and the input behind it goes on', () => {
  const input = Buffer.concat([
    encodeRequest(['GET', 'first']),
    encodeRequest(['GET', 'cold']),
    encodeRequest(['GET', 'third']),
    encodeRequest(['SET', 'k', 'v'.repeat(300)]),
  ]);
  const later = Buffer.concat([encodeRequest(['PING']), bytes('ECHO "quoted text"\r\n'), encodeRequest(['LAST'])]);
  // The chunk ends at every place behind the cold request; the rest, and more, comes while the client is parked.
  const parkAt = input.indexOf('third') - 12;
  for (let cut = parkAt; cut <= input.length; cut += 1) {
    const parser = new RequestParser();
    const request = new Request();
    feed(parser, input.subarray(0, cut));
    assert.equal(parser.next(request), PARSE_REQUEST);
    assert.equal(parser.next(request), PARSE_REQUEST);
    assert.deepEqual(texts(request), ['GET', 'cold']);
    parser.suspend(request);
    shared.fill(0x58);
    assert.deepEqual(texts(request), ['GET', 'cold'], 'the request itself stays valid');
    for (const chunk of pieces(Buffer.concat([input.subarray(cut), later]), 50)) {
      feed(parser, chunk);
      shared.fill(0x58);
      const other = new Request();
      assert.ok(parser.resume(other));
      assert.deepEqual(texts(other), ['GET', 'cold']);
      parser.suspend(other);
    }
    assert.ok(parser.bufferedBytes >= input.length + later.length - parkAt);
    const rest: string[][] = [];
    while (parser.next(request) === PARSE_REQUEST) {
      rest.push(texts(request));
      // Parked again at each: what is kept moves on.
      parser.suspend(request);
    }
    assert.deepEqual(rest, [
      ['GET', 'third'],
      ['SET', 'k', 'v'.repeat(300)],
      ['PING'],
      ['ECHO', 'quoted text'],
      ['LAST'],
    ]);
    assert.equal(parser.bufferedBytes, 0);
    assert.equal(parser.resume(request), false);
  }
});

test('a request that came in two chunks can be suspended too', () => {
  const parser = new RequestParser();
  const request = new Request();
  const input = encodeRequest(['GET', 'cold']);
  feed(parser, input.subarray(0, 9));
  assert.equal(parser.next(request), PARSE_MORE);
  assert.equal(parser.bufferedBytes, 9);
  feed(parser, Buffer.concat([input.subarray(9), encodeRequest(['PING'])]));
  assert.equal(parser.next(request), PARSE_REQUEST);
  parser.suspend(request);
  shared.fill(0);
  const again = new Request();
  assert.ok(parser.resume(again));
  assert.deepEqual(texts(again), ['GET', 'cold']);
  assert.equal(parser.next(request), PARSE_REQUEST);
  assert.deepEqual(texts(request), ['PING']);
  assert.equal(parser.next(request), PARSE_MORE);
});

test('what is fed to a blocked client is copied even when nothing was left', () => {
  const parser = new RequestParser();
  const request = new Request();
  feed(parser, encodeRequest(['WAIT']));
  assert.equal(parser.next(request), PARSE_REQUEST);
  parser.suspend();
  feed(parser, encodeRequest(['PING']));
  shared.fill(0);
  assert.equal(parser.next(request), PARSE_REQUEST);
  assert.deepEqual(texts(request), ['PING']);
  assert.throws(() => {
    const careless = new RequestParser();
    feed(careless, encodeRequest(['PING']));
    feed(careless, encodeRequest(['PING']));
  }, /neither consumed nor suspended/);
});

/** Of CPU, since others may have the cores: what is linear takes a tenth of a second, what is quadratic minutes. */
const LINEAR_MS = 10_000;

function cpuMsSince(begin: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1000;
}

test('a million arguments in 64 KiB chunks cost linear time', () => {
  const count = 1_000_000;
  const one = bytes('$8\r\nargument\r\n');
  const input = Buffer.concat([bytes(`*${count}\r\n`), Buffer.alloc(one.length * count, one)]);
  const parser = new RequestParser();
  const request = new Request();
  const view = new DataView(input.buffer, input.byteOffset, input.length);
  const begin = process.cpuUsage();
  let status: number = PARSE_MORE;
  for (let at = 0; at < input.length; at += 65536) {
    parser.feed(input, view, at, Math.min(input.length, at + 65536));
    status = parser.next(request);
  }
  const elapsed = cpuMsSince(begin);
  assert.equal(status, PARSE_REQUEST);
  assert.equal(request.count, count);
  assert.equal(request.latin1(count - 1), 'argument');
  assert.ok(elapsed < LINEAR_MS, `${elapsed} ms of CPU`);
});

test('a large value is received into a buffer that grows with it, not with what was declared', () => {
  const length = 20_000_000;
  const head = bytes(`*2\r\n$4\r\nECHO\r\n$${length}\r\n`);
  const body = Buffer.alloc(length + 2, 'v');
  const parser = new RequestParser();
  const request = new Request();
  const before = process.memoryUsage().arrayBuffers;
  feed(parser, head);
  assert.equal(parser.next(request), PARSE_MORE);
  assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000);
  const begin = process.cpuUsage();
  let status: number = PARSE_MORE;
  for (let at = 0; at < body.length; at += 16384) {
    feed(parser, body.subarray(at, at + 16384));
    status = parser.next(request);
    if (at < body.length - 16384) assert.equal(parser.bufferedBytes, head.length + at + 16384);
  }
  assert.ok(cpuMsSince(begin) < LINEAR_MS);
  assert.equal(status, PARSE_REQUEST);
  assert.equal(request.length(1), length);
  assert.equal(parser.bufferedBytes, 0);
});
