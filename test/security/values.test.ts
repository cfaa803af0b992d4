// Attacks by commands on values: overflows of counts, lengths and offsets, and values that were never written by a server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Target } from './target.ts';

const target = new Target();
const INT64_MIN = '-9223372036854775808';
const INT64_MAX = '9223372036854775807';

/** A sparse HyperLogLog: magic, encoding, an invalid cached cardinality, and opcodes. */
function sparse(opcodes: readonly number[]): Buffer {
  const header = Buffer.alloc(16);
  header.write('HYLL');
  header[4] = 1;
  header[15] = 0x80;
  return Buffer.concat([header, Buffer.from(opcodes)]);
}

const corrupt = '-INVALIDOBJ Corrupted HLL object detected\r\n';
/** An opcode for 16384 empty registers, the longest there is. */
const ALL_EMPTY = [0x7f, 0xff];

async function hyperLogLogSurvives(value: Buffer): Promise<string[]> {
  return target.run(
    ['FLUSHALL'],
    ['SET', 'h', value],
    ['PFCOUNT', 'h'],
    ['PFADD', 'h', 'a', 'b', 'c'],
    ['SET', 'h', value],
    ['PFMERGE', 'merged', 'h'],
    ['PFCOUNT', 'h', 'merged'],
    ['PFDEBUG', 'GETREG', 'h'],
    ['SET', 'h', value],
    ['PFDEBUG', 'TODENSE', 'h'],
    ['PFDEBUG', 'DECODE', 'h'],
  );
}

test('CVE-2019-10192 and CVE-2019-10193: sparse HyperLogLogs whose runs go beyond the registers are refused', async () => {
  const cases = [
    [...ALL_EMPTY, ...ALL_EMPTY],
    [...ALL_EMPTY, 0xff],
    [0xff, ...ALL_EMPTY],
    Array.from({ length: 5000 }, () => 0xff),
    [0x40],
    [],
  ];
  for (const opcodes of cases) {
    const replies = await hyperLogLogSurvives(sparse(opcodes));
    assert.equal(replies[2], corrupt, `PFCOUNT of ${opcodes.slice(0, 4)}`);
    assert.equal(replies[5], corrupt, `PFMERGE of ${opcodes.slice(0, 4)}`);
  }
});

test('CVE-2025-32023: runs whose lengths add up beyond 32 bits do not wrap around', async () => {
  // 2^31 / 2^14 of the longest runs, then one value.
  const runs = Buffer.alloc(2 * (2 ** 31 / 2 ** 14), Buffer.from(ALL_EMPTY));
  const replies = await hyperLogLogSurvives(Buffer.concat([sparse([]), runs, Buffer.from([0x84, 0x84])]));
  assert.equal(replies[2], corrupt);
  assert.equal(replies[3], corrupt);
});

test('HyperLogLogs with any bytes leave the server well', async () => {
  const client = await target.client();
  let state = 12345;
  const random = () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 16;
  };
  for (let n = 0; n < 300; n++) {
    const value = sparse(Array.from({ length: random() % 64 }, () => random() & 0xff));
    if (n % 3 === 0) value[4] = random() & 3;
    await client.pipeline([
      ['SET', 'h', value],
      ['PFADD', 'h', 'x'],
      ['PFCOUNT', 'h'],
      ['PFMERGE', 'h2', 'h'],
    ]);
  }
  client.close();
  await target.isWell();
});

test('CVE-2021-29477 and CVE-2021-32625: LCS of texts whose table would not fit is refused', async () => {
  const text = Buffer.alloc(100_000, 'a');
  assert.match(await target.last(['MSET', 'a', text, 'b', text], ['LCS', 'a', 'b']), /^-ERR Insufficient memory/);
});

test('CVE-2021-29478, CVE-2021-32687, CVE-2021-32627 and CVE-2021-32628: compact encodings without a limit do not overflow', async () => {
  for (const name of [
    'set-max-intset-entries',
    'hash-max-listpack-entries',
    'zset-max-listpack-entries',
    'stream-node-max-entries',
  ]) {
    for (const size of ['4294967295', '9223372036854775807', '1000000'])
      await target.run(['CONFIG', 'SET', name, size]);
  }
  for (const name of ['hash-max-listpack-value', 'zset-max-listpack-value', 'list-max-listpack-size'])
    await target.run(['CONFIG', 'SET', name, '1073741824']);
  const numbers = Array.from({ length: 20_000 }, (_, n) => String(n * 1_000_003));
  const value = Buffer.alloc(1 << 20, 'v');
  const replies = await target.run(
    ['SADD', 'numbers', ...numbers],
    ['SCARD', 'numbers'],
    ['HSET', 'hash', 'a', value, 'b', value],
    ['HLEN', 'hash'],
    ['ZADD', 'zset', 1, value],
    ['RPUSH', 'list', value, value, value],
    ['XADD', 'stream', '*', 'field', value],
    ['DEL', 'numbers', 'hash', 'zset', 'list', 'stream'],
  );
  assert.deepEqual([replies[1], replies[3], replies[7]], [':20000\r\n', ':2\r\n', ':5\r\n']);
});

test('CVE-2021-32761: bit offsets at the end of the address space', async () => {
  for (const offset of ['4294967295', '4294967296', '34359738367', INT64_MAX, INT64_MIN, '18446744073709551615']) {
    await target.run(
      ['GETBIT', 'bits', offset],
      ['BITFIELD', 'bits', 'GET', 'u8', offset],
      ['BITFIELD', 'bits', 'GET', 'i64', `#${offset}`],
      ['BITPOS', 'bits', 1, offset, INT64_MIN],
      ['BITCOUNT', 'bits', INT64_MIN, INT64_MAX],
    );
  }
  assert.match(await target.last(['SETBIT', 'bits', '4294967296', 1]), /bit offset is not an integer/);
});

test('CVE-2021-41099 and CVE-2022-35977: strings and sorts that would be too large', async () => {
  assert.match(await target.last(['SETRANGE', 's', INT64_MAX, 'x']), /exceeds maximum allowed size/);
  assert.match(await target.last(['SETRANGE', 's', '536870912', 'x']), /exceeds maximum allowed size/);
  assert.match(await target.last(['SETRANGE', 's', '4294967295', 'x']), /exceeds maximum allowed size/);
  await target.run(
    ['RPUSH', 'l', 3, 1, 2],
    ['SORT', 'l', 'LIMIT', INT64_MAX, INT64_MAX],
    ['SORT_RO', 'l', 'LIMIT', INT64_MIN, INT64_MAX],
    ['LRANGE', 'l', INT64_MIN, INT64_MAX],
    ['GETRANGE', 's', INT64_MIN, INT64_MAX],
    ['ZRANGESTORE', 'd', 'z', 0, INT64_MAX, 'BYSCORE', 'LIMIT', INT64_MAX, INT64_MAX],
  );
});

test('CVE-2023-22458 and CVE-2023-25155: counts of random members at both ends of 64 bits', async () => {
  await target.run(['HSET', 'hash', 'f', 'v'], ['ZADD', 'zset', 1, 'm'], ['SADD', 'set', 'm']);
  for (const count of [INT64_MIN, '-9223372036854775807', '-4611686018427387905', INT64_MAX]) {
    for (const command of [
      ['HRANDFIELD', 'hash'],
      ['ZRANDMEMBER', 'zset'],
      ['SRANDMEMBER', 'set'],
    ]) {
      if (!count.startsWith('-')) {
        assert.match(await target.last([...command, count]), /^\*1\r\n/);
        continue;
      }
      assert.match(await target.last([...command, count]), /^-ERR value is out of range/);
    }
  }
  for (const command of ['HRANDFIELD', 'ZRANDMEMBER'])
    assert.match(
      await target.last([
        command,
        'hash',
        '-4611686018427387905',
        command === 'HRANDFIELD' ? 'WITHVALUES' : 'WITHSCORES',
      ]),
      /^-ERR value is out of range|WRONGTYPE/,
    );
});

test('CVE-2023-28425: MSETNX with a key twice', async () => {
  assert.deepEqual(await target.run(['DEL', 'x'], ['MSETNX', 'x', 1, 'x', 2], ['GET', 'x']), [
    ':0\r\n',
    ':1\r\n',
    '$1\r\n2\r\n',
  ]);
});

test('CVE-2023-28856: HINCRBYFLOAT cannot leave a field that is no number', async () => {
  for (const increment of ['nan', 'inf', '-inf', '1e5000', '0x1p16383'])
    assert.match(await target.last(['HINCRBYFLOAT', 'floats', 'f', increment]), /^-ERR|^\$/);
  const replies = await target.run(
    ['HSET', 'floats', 'f', '1.7e308'],
    ['HINCRBYFLOAT', 'floats', 'f', '1.7e308'],
    ['HGETALL', 'floats'],
    ['HINCRBYFLOAT', 'floats', 'f', '1'],
  );
  assert.doesNotMatch(replies.join(''), /inf|nan/);
});

test('CVE-2023-36824: COMMAND GETKEYS of commands whose numbers of keys lie', async () => {
  const commands = [
    ['EVAL', 'return 1', '3', 'a'],
    ['EVAL', 'return 1', '2147483647', 'a'],
    ['EVAL', 'return 1', '-1', 'a'],
    ['FCALL', 'f', INT64_MAX, 'a'],
    ['ZUNION', '100', 'a'],
    ['ZUNIONSTORE', 'd', '4294967297', 'a'],
    ['LMPOP', '99999999999999999999', 'a', 'LEFT'],
    ['XREAD', 'STREAMS', 'a'],
    ['XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS'],
    ['SORT', 'a', 'STORE'],
    ['MIGRATE', 'h', '1', '', '0', '1', 'KEYS'],
    ['MSET', 'a'],
    ['GEORADIUS', 'a', 1, 1, 1, 'm', 'STORE'],
    ['BITOP', 'AND', 'd'],
  ];
  for (const command of commands)
    for (const question of ['GETKEYS', 'GETKEYSANDFLAGS'])
      assert.match(await target.last(['COMMAND', question, ...command]), /^-ERR|^\*/);
});

test('CVE-2022-31144 and CVE-2022-35951: XAUTOCLAIM with counts without end, over entries that are deleted', async () => {
  const commands = [
    ['DEL', 'stream'],
    ['XGROUP', 'CREATE', 'stream', 'g', '$', 'MKSTREAM'],
    ...Array.from({ length: 50 }, (_, n) => ['XADD', 'stream', `${n + 1}-0`, 'f', 'v']),
    ['XREADGROUP', 'GROUP', 'g', 'c', 'COUNT', '50', 'STREAMS', 'stream', '>'],
    ...Array.from({ length: 45 }, (_, n) => ['XDEL', 'stream', `${n + 1}-0`]),
  ];
  await target.run(...commands);
  for (const count of [INT64_MAX, '4611686018427387904', '1152921504606846976', '-1', '0'])
    assert.match(
      await target.last(['XAUTOCLAIM', 'stream', 'g', 'c2', '0', '-', 'COUNT', count]),
      /^-ERR COUNT must be > 0/,
    );
  const claimed = await target.last(['XAUTOCLAIM', 'stream', 'g', 'c2', '0', '0-0', 'COUNT', '100']);
  assert.match(claimed, /\*45\r\n/);
});

test('CVE-2018-12453: stream commands on what is no stream', async () => {
  await target.run(['SET', 'text', 'x']);
  for (const command of [
    ['XGROUP', 'CREATE', 'text', 'g', '$'],
    ['XGROUP', 'SETID', 'text', 'g', '$'],
    ['XGROUP', 'DESTROY', 'text', 'g'],
    ['XGROUP', 'DELCONSUMER', 'text', 'g', 'c'],
    ['XGROUP', 'CREATECONSUMER', 'text', 'g', 'c'],
    ['XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', 'text', '>'],
    ['XPENDING', 'text', 'g'],
    ['XINFO', 'GROUPS', 'text'],
    ['XACK', 'text', 'g', '1-1'],
  ])
    assert.match(await target.last(command), /^-WRONGTYPE|^-NOGROUP/);
});

test('CVE-2025-62507: acknowledgements of more ids than any small buffer holds', async () => {
  const ids = Array.from({ length: 10_000 }, (_, n) => `${n + 1}-1`);
  await target.run(['DEL', 'stream'], ['XGROUP', 'CREATE', 'stream', 'g', '0', 'MKSTREAM']);
  assert.equal(await target.last(['XACK', 'stream', 'g', ...ids]), ':0\r\n');
  assert.match(await target.last(['XCLAIM', 'stream', 'g', 'c', '0', ...ids]), /^\*0\r\n/);
  assert.equal(await target.last(['XDEL', 'stream', ...ids]), ':0\r\n');
});

test('CVE-2016-8339: client-output-buffer-limit with classes that are none', async () => {
  for (const limit of ['master 0 0 0', 'slave 1 2', 'normal 1 2 3 extra', 'none 1 1 1', '9 9 9 9', ''])
    await target.run(['CONFIG', 'SET', 'client-output-buffer-limit', limit]);
});

test('CVE-2021-32762 and other lying payloads: RESTORE of damaged values', async () => {
  await target.run(
    ['RPUSH', 'list', 'a', 'b', '1'],
    ['HSET', 'hash', 'a', 'b', 'c', '1'],
    ['ZADD', 'zset', '1', 'a', '2', 'b'],
    ['SADD', 'ints', '1', '2', '3'],
    ['XADD', 'stream', '1-1', 'f', 'v'],
  );
  const client = await target.client();
  for (const key of ['list', 'hash', 'zset', 'ints', 'stream']) {
    const payload = (await client.ask('DUMP', key)).text;
    // A checksum of zero counts as none: so every damage is looked at.
    payload.fill(0, payload.length - 8);
    for (let at = 0; at < payload.length - 10; at++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const damaged = Buffer.from(payload);
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        const copy = `copy of ${key}`;
        await client.pipeline([
          ['RESTORE', copy, 0, damaged, 'REPLACE'],
          ['DEBUG', 'DIGEST-VALUE', copy],
          ['LRANGE', copy, 0, -1],
          ['HGETALL', copy],
          ['ZRANGE', copy, 0, -1, 'WITHSCORES'],
          ['SMEMBERS', copy],
          ['XRANGE', copy, '-', '+'],
          ['DEL', copy],
        ]);
      }
    }
  }
  client.close();
  await target.isWell();
});
