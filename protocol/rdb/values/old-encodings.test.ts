import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiveRedis, redisMissing } from '../../testing/live-redis.ts';
import { packedValue, sealed, ziplist, zipmap } from '../../testing/old-encodings.ts';
import { Random } from '../../testing/random.ts';
import { encodeModel, Model } from '../../testing/rdb-models.ts';
import { bulk, items, parseReplies, type Reply } from '../../testing/replies.ts';
import { RdbDump } from '../dump.ts';
import { BadRdb } from '../errors.ts';
import { RdbOutput } from '../output.ts';
import {
  TYPE_HASH_ZIPLIST,
  TYPE_HASH_ZIPMAP,
  TYPE_LIST,
  TYPE_LIST_QUICKLIST,
  TYPE_LIST_ZIPLIST,
  TYPE_SET_LISTPACK,
  TYPE_STREAM_LISTPACKS,
  TYPE_ZSET,
  TYPE_ZSET_ZIPLIST,
} from '../types.ts';
import { SetWriter } from './set-writer.ts';

const texts = (dump: RdbDump): string[] => Model.of(dump).texts.map((text) => text.toString('latin1'));
const buffers = (...list: string[]): Buffer[] => list.map((text) => Buffer.from(text));

test('golden: a ziplist of every encoding', () => {
  const list = ['0', '12', '13', '-128', '300', '-70000', '8388608', '-9223372036854775808', 'text', 'x'.repeat(64)];
  const bytes = ziplist(buffers(...list));
  assert.equal(
    bytes.toString('hex', 0, 52),
    [
      '77000000',
      '33000000',
      '0a00', // 119 bytes, last entry at 51, 10 entries
      '00f1',
      '02fd',
      '02fe0d',
      '03fe80',
      '03c02c01',
      '04f090eefe',
      '05d000008000',
      '06e00000000000000080', // integers
      '0a0474657874', // "text"
      '06404078', // 64 bytes, 14-bit length
    ]
      .join('')
      .slice(0, 104),
  );
  assert.deepEqual(texts(RdbDump.open(packedValue(TYPE_LIST_ZIPLIST, bytes))), list);
});

test('golden: a zipmap, with free bytes', () => {
  const pairs = [
    [Buffer.from('foo'), Buffer.from('bar')],
    [Buffer.from('hello'), Buffer.from('world')],
  ] as const;
  const bytes = zipmap(pairs, 1);
  assert.equal(bytes.toString('hex'), '0203666f6f0301626172000568656c6c6f0501776f726c6400ff');
  assert.deepEqual(texts(RdbDump.open(packedValue(TYPE_HASH_ZIPMAP, bytes))), ['foo', 'bar', 'hello', 'world']);
});

test('golden: a set as listpack, and scores as text', () => {
  const output = new RdbOutput({ version: 11 });
  const set = new SetWriter(output, 3, 'listpack');
  for (const member of buffers('a', '5', '-5')) set.add(member, 0, member.length);
  set.end();
  const dump = output.dump();
  assert.match(
    dump.toString('hex'),
    new RegExp(`^${TYPE_SET_LISTPACK.toString(16)}0f0f00000003008161020501dffb02ff0b00`),
  );
  assert.deepEqual(texts(RdbDump.open(dump)), ['a', '5', '-5']);
  const scores = Model.of(
    RdbDump.open(sealed([Buffer.from([TYPE_ZSET, 3, 1, 97, 254, 1, 98, 255, 1, 99, 4]), Buffer.from('-1.5')], 6)),
  );
  assert.deepEqual(scores.scores, [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1.5]);
  for (const bad of [[253], [0], [1, 120]])
    assert.throws(() => RdbDump.open(sealed([Buffer.from([TYPE_ZSET, 1, 1, 97, ...bad])])), BadRdb);
});

/** Payloads of types that only Redis before 7.0 writes. */
function oldPayload(random: Random): { payload: Buffer; question: string[] } {
  const count = random.pick([1, 3, 20, 300]);
  const most = random.pick([20, 300, 20000]);
  const list = Array.from({ length: count }, () => random.text(most));
  const unique = [...new Map(list.map((text) => [text.toString('latin1'), text])).values()];
  const pairs = unique.map((text) => [text, random.text(most)] as const);
  const compress = random.chance(0.5);
  switch (random.below(6)) {
    case 0:
      return { payload: packedValue(TYPE_LIST_ZIPLIST, ziplist(list), compress), question: ['LRANGE', 'k', '0', '-1'] };
    case 1: {
      const output = new RdbOutput({ compress });
      output.valueType(TYPE_LIST_QUICKLIST);
      output.length(3);
      for (const part of [list.slice(0, 5), list.slice(5), list.slice(0, 2)]) output.string(ziplist(part));
      return { payload: output.dump(), question: ['LRANGE', 'k', '0', '-1'] };
    }
    case 2: {
      const output = new RdbOutput({ compress });
      output.valueType(TYPE_LIST);
      output.length(list.length);
      for (const text of list) output.string(text);
      return { payload: output.dump(), question: ['LRANGE', 'k', '0', '-1'] };
    }
    case 3: {
      const scored = unique.map((text) => [text, random.below(1e6) / random.pick([1, 100])] as const);
      scored.sort(([a, x], [b, y]) => x - y || Buffer.compare(a, b));
      const flat = scored.flatMap(([text, score]) => [text, Buffer.from(String(score))]);
      return { payload: packedValue(TYPE_ZSET_ZIPLIST, ziplist(flat), compress), question: ['ZRANGE', 'k', '0', '-1'] };
    }
    case 4:
      return { payload: packedValue(TYPE_HASH_ZIPLIST, ziplist(pairs.flat()), compress), question: ['HGETALL', 'k'] };
    default:
      return {
        payload: packedValue(TYPE_HASH_ZIPMAP, zipmap(pairs, random.below(4)), compress),
        question: ['HGETALL', 'k'],
      };
  }
}

const sortedTexts = (list: readonly Reply[]): string[] => list.map((text) => bulk(text).toString('latin1')).sort();

test('payloads of old Redis are read as redis-server reads them', {
  skip: redisMissing,
  timeout: 300_000,
}, async (t) => {
  const redis = await LiveRedis.start('--enable-debug-command', 'yes', '--sanitize-dump-payload', 'yes');
  t.after(() => redis.stop());
  const random = new Random();
  t.diagnostic(`seed ${random.seed}`);
  for (let round = 0; round < 150; round++) {
    const { payload, question } = oldPayload(random);
    const where = `seed ${random.seed}, round ${round}, type ${payload[0]}`;
    const ask = [
      ['RESTORE', 'k', '0', payload, 'REPLACE'],
      question,
      ['OBJECT', 'ENCODING', 'k'],
      ['DEBUG', 'DIGEST-VALUE', 'k'],
    ];
    const [restored, contents, encoding, digest] = parseReplies(await redis.exchange(ask));
    assert.equal(restored, '+OK', where);
    const model = Model.of(RdbDump.open(payload));
    const ours = model.texts.map((text) => text.toString('latin1'));
    assert.deepEqual(ours.sort(), sortedTexts(items(contents)), where);
    const again = encodeModel(model, bulk(encoding).toString());
    const replies = parseReplies(await redis.exchange([['RESTORE', 'k', '0', again, 'REPLACE'], ...ask.slice(1)]));
    assert.deepEqual(replies.slice(2), [encoding, digest], where);
  }
});

test('streams of before Redis 7.0 get what they lack as redis-server estimates it', {
  skip: redisMissing,
  timeout: 300_000,
}, async (t) => {
  const redis = await LiveRedis.start('--sanitize-dump-payload', 'yes');
  t.after(() => redis.stop());
  const groups = [
    ['zero', '0-0'],
    ['first', '5-1'],
    ['between', '5-2'],
    ['last', '9-0'],
    ['beyond', '10-0'],
  ] as const;
  for (const entries of [['5-1', '6-0', '9-0'], ['9-0'], []]) {
    await redis.exchange([
      ['DEL', 'k'],
      ['XGROUP', 'CREATE', 'k', 'none', '$', 'MKSTREAM'],
    ]);
    await redis.exchange(entries.map((id) => ['XADD', 'k', id, 'f', 'v']));
    if (entries.length === 0)
      await redis.exchange([
        ['XADD', 'k', '9-0', 'f', 'v'],
        ['XDEL', 'k', '9-0'],
      ]);
    const [dump] = parseReplies(await redis.exchange([['DUMP', 'k']]));
    const payload = streamOfOldRedis(bulk(dump), groups);
    const [restored, info] = parseReplies(
      await redis.exchange([
        ['RESTORE', 'k', '0', payload, 'REPLACE'],
        ['XINFO', 'GROUPS', 'k'],
      ]),
    );
    assert.equal(restored, '+OK');
    const theirs = items(info).map((group) => [bulk(items(group)[1]).toString(), items(group)[9]]);
    const model = Model.of(RdbDump.open(payload));
    const ours = model.groups.map((group) => [
      group.name.toString(),
      group.entriesRead < 0n ? null : group.entriesRead,
    ]);
    assert.deepEqual(new Map(ours as [string, Reply][]), new Map(theirs as [string, Reply][]), entries.join());
  }
});

/** The nodes of a payload of type 19, with metadata and groups as type 15 has them. */
function streamOfOldRedis(payload: Buffer, groups: readonly (readonly [string, string])[]): Buffer {
  const model = Model.of(RdbDump.open(payload));
  const nodes = payload.subarray(1, metaAt(payload, model));
  const output = new RdbOutput();
  output.valueType(TYPE_STREAM_LISTPACKS);
  output.raw(nodes);
  output.length(model.entries.length);
  output.number64(model.meta?.lastId.ms ?? 0n);
  output.number64(model.meta?.lastId.seq ?? 0n);
  output.length(groups.length);
  for (const [name, id] of groups) {
    output.string(Buffer.from(name));
    for (const part of id.split('-')) output.number64(BigInt(part));
    output.length(0);
    output.length(0);
  }
  return output.dump();
}

/** Where the metadata begins: its first bytes are known. */
function metaAt(payload: Buffer, model: Model): number {
  const meta = new RdbOutput();
  meta.length(model.entries.length);
  meta.number64(model.meta?.lastId.ms ?? 0n);
  meta.number64(model.meta?.lastId.seq ?? 0n);
  meta.number64(model.meta?.firstId.ms ?? 0n);
  return payload.lastIndexOf(meta.dump().subarray(0, -10));
}
