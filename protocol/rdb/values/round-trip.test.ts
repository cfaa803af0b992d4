import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiveRedis, redisMissing } from '../../testing/live-redis.ts';
import { Random } from '../../testing/random.ts';
import { encodeModel, Model, pendingOf } from '../../testing/rdb-models.ts';
import { bulk, items, parseReplies, type Reply } from '../../testing/replies.ts';
import { formatDouble } from '../../text/numbers.ts';
import { RdbDump } from '../dump.ts';
import type { StreamId } from './visitor.ts';

type Request = readonly (string | Uint8Array)[];

/** `count` different texts. */
function different(random: Random, count: number, longest: number): Buffer[] {
  const texts = new Map<string, Buffer>();
  while (texts.size < count) {
    const text = random.text(longest);
    const unique = texts.has(text.toString('latin1')) ? Buffer.concat([text, random.bytes(4)]) : text;
    texts.set(unique.toString('latin1'), unique);
  }
  return [...texts.values()];
}

function score(random: Random): string {
  switch (random.below(6)) {
    case 0:
      return String(random.between(-10, 10));
    case 1:
      return String(random.int64());
    case 2:
      return random.pick(['inf', '-inf', '1e300', '-1e-300', '3e-320', '-0', '4611686018427387904', '1e19']);
    case 3:
      return String(random.below(1e9) / 1000);
    default:
      return String((random.below(2 ** 32) - 2 ** 31) * 10 ** random.between(-12, 12));
  }
}

/** Sizes that stay small, cross a limit, or are large. */
function size(random: Random): number {
  return random.chance(0.7) ? random.between(1, 20) : random.between(100, 700);
}

const longest = (random: Random): number => random.pick([20, 64, 300, 5000]);

function batches(command: Request, args: readonly (readonly Uint8Array[])[]): Request[] {
  return Array.from({ length: Math.ceil(args.length / 50) }, (_, i) => [
    ...command,
    ...args.slice(i * 50, i * 50 + 50).flat(),
  ]);
}

const makers: Record<string, (random: Random) => Request[]> = {
  string: (random) => [['SET', 'k', random.text(longest(random))]],
  list: (random) => {
    const most = longest(random);
    return batches(
      ['RPUSH', 'k'],
      Array.from({ length: size(random) }, () => [random.text(most)]),
    );
  },
  set: (random) =>
    batches(
      ['SADD', 'k'],
      different(random, size(random), longest(random)).map((text) => [text]),
    ),
  intset: (random) => {
    const bits = BigInt(random.pick([15, 16, 31, 32, 63]));
    return batches(
      ['SADD', 'k'],
      Array.from({ length: random.between(1, 600) }, () => [
        Buffer.from(String(BigInt.asIntN(Number(bits), random.int64()))),
      ]),
    );
  },
  zset: (random) =>
    batches(
      ['ZADD', 'k'],
      different(random, size(random), longest(random)).map((text) => [Buffer.from(score(random)), text]),
    ),
  hash: (random) => {
    const most = longest(random);
    return batches(
      ['HSET', 'k'],
      different(random, size(random), most).map((text) => [text, random.text(most)]),
    );
  },
  stream: streamRequests,
};

function streamRequests(random: Random): Request[] {
  const requests: Request[] = [['XGROUP', 'CREATE', 'k', 'early', '0', 'MKSTREAM', 'ENTRIESREAD', '3']];
  const fieldSets = Array.from({ length: 3 }, () => different(random, random.between(1, 4), 30));
  let ms = random.pick([1n, 1_700_000_000_000n, 2n ** 63n]);
  let seq = 0n;
  const most = longest(random);
  const count = size(random);
  for (let i = 0; i < count; i++) {
    if (random.chance(0.6)) seq += BigInt(random.between(1, 300));
    else {
      ms += BigInt(random.between(1, 1e6));
      seq = random.chance(0.1) ? 2n ** 64n - 1n : BigInt(random.below(10));
      if (seq === 2n ** 64n - 1n) {
        requests.push(['XADD', 'k', `${ms}-${seq}`, 'edge', 'case']);
        ms += 1n;
        seq = 1n;
      }
    }
    const fields = random.pick(fieldSets).flatMap((field) => [field, random.text(most)]);
    requests.push(['XADD', 'k', `${ms}-${seq}`, ...fields]);
  }
  requests.push(['XGROUP', 'CREATE', 'k', 'middle', `${ms}-0`], ['XGROUP', 'CREATE', 'k', 'late', '$']);
  requests.push(['XGROUP', 'CREATECONSUMER', 'k', 'late', 'idle']);
  for (let i = 0; i < 5; i++) {
    const consumer = random.pick(['anna', 'bert', '12', 'consumer-with-a-long-long-long-name']);
    requests.push([
      'XREADGROUP',
      'GROUP',
      'early',
      consumer,
      'COUNT',
      String(random.between(1, 30)),
      'STREAMS',
      'k',
      '>',
    ]);
  }
  return requests;
}

/** What a stream is asked for, after which it can be told from others. */
const streamQuestions: Request[] = [
  ['XRANGE', 'k', '-', '+'],
  ['XINFO', 'STREAM', 'k', 'FULL', 'COUNT', '0'],
];

const questions: Record<string, Request[]> = {
  string: [['GET', 'k']],
  list: [['LRANGE', 'k', '0', '-1']],
  set: [['SMEMBERS', 'k']],
  intset: [['SMEMBERS', 'k']],
  zset: [['ZRANGE', 'k', '0', '-1', 'WITHSCORES']],
  hash: [['HGETALL', 'k']],
  stream: streamQuestions,
};

const idText = ({ ms, seq }: StreamId): string => `${ms}-${seq}`;

const sorted = (texts: readonly string[]): string[] => [...texts].sort();

/** Compares what we read with what Redis says. */
function compare(kind: string, model: Model, replies: readonly Reply[]): void {
  const latin = (bytes: Buffer): string => bytes.toString('latin1');
  const texts = model.texts.map(latin);
  const [first, second] = replies;
  if (kind === 'string') {
    assert.deepEqual(texts, [latin(bulk(first))]);
    return;
  }
  if (kind === 'stream') {
    compareStream(model, items(first), items(second));
    return;
  }
  const theirs = items(first).map((reply) => latin(bulk(reply)));
  if (kind === 'zset') {
    const scored = texts.map((text, i) => [text, formatDouble(model.scores[i] ?? Number.NaN)]);
    const expected = theirs.flatMap((text, i) => (i % 2 === 0 ? [[text, theirs[i + 1] ?? '']] : []));
    assert.deepEqual(new Map(scored as [string, string][]), new Map(expected as [string, string][]));
    assert.equal(scored.length, expected.length);
  } else if (kind === 'hash') {
    assert.deepEqual(inPairs(texts), inPairs(theirs));
  } else if (kind === 'list') {
    assert.deepEqual(texts, theirs);
  } else {
    assert.deepEqual(sorted(texts), sorted(theirs));
  }
}

/** Sorted: a hash that is growing lists its fields in another order each time. */
function inPairs(texts: readonly string[]): string[] {
  return sorted(texts.flatMap((text, i) => (i % 2 === 0 ? [`${text.length} ${text} ${texts[i + 1]}`] : [])));
}

function compareStream(model: Model, entries: readonly Reply[], info: readonly Reply[]): void {
  const theirs = entries.map((entry) => {
    const [id, fields] = items(entry);
    return [bulk(id).toString(), items(fields).map((field) => bulk(field).toString('latin1'))];
  });
  const ours = model.entries.map(({ id, fields }) => [idText(id), fields.map((field) => field.toString('latin1'))]);
  assert.deepEqual(ours, theirs);
  const facts = pairs(info);
  assert.equal(BigInt(model.meta?.length ?? -1), facts.get('length'));
  assert.equal(model.meta?.entriesAdded, facts.get('entries-added'));
  assert.equal(idText(model.meta?.lastId ?? { ms: 0n, seq: 0n }), String(facts.get('last-generated-id')));
  assert.equal(idText(model.meta?.maxDeletedId ?? { ms: 0n, seq: 0n }), String(facts.get('max-deleted-entry-id')));
  const groups = items(facts.get('groups')).map((group) => pairs(items(group)));
  assert.equal(model.groups.length, groups.length);
  model.groups.forEach((group, i) => {
    const theirGroup = groups[i] ?? new Map<string, Reply>();
    assert.equal(group.name.toString('latin1'), bulk(theirGroup.get('name')).toString('latin1'));
    assert.equal(idText(group.lastId), String(theirGroup.get('last-delivered-id')));
    assert.equal(group.entriesRead < 0n ? null : group.entriesRead, theirGroup.get('entries-read'));
    const owner = new Map<unknown, string>();
    for (const { name, pending } of group.consumers)
      for (const entry of pending) owner.set(entry, name.toString('latin1'));
    assert.deepEqual(
      pendingOf(group).map((entry) => [
        idText(entry.id),
        owner.get(entry),
        BigInt(entry.deliveredAtMs),
        entry.deliveries,
      ]),
      items(theirGroup.get('pending')).map((entry) => {
        const [id, consumer, time, count] = items(entry);
        return [bulk(id).toString(), bulk(consumer).toString('latin1'), time, count];
      }),
    );
  });
}

function pairs(list: readonly Reply[]): Map<string, Reply> {
  const map = new Map<string, Reply>();
  for (let i = 0; i < list.length; i += 2) map.set(bulk(list[i]).toString('latin1'), list[i + 1] ?? null);
  return map;
}

/** The encoding as `encodeModel` takes it. */
function encodingName(kind: string, encoding: string): string {
  return kind === 'set' || kind === 'intset' ? `set ${encoding}` : encoding;
}

for (const kind of Object.keys(makers)) {
  test(`${kind}: DUMP of redis-server is read, written byte for byte, and restored`, {
    skip: redisMissing,
    timeout: 300_000,
  }, async (t) => {
    const redis = await LiveRedis.start('--enable-debug-command', 'yes', '--sanitize-dump-payload', 'yes');
    t.after(() => redis.stop());
    const random = new Random();
    t.diagnostic(`seed ${random.seed}`);
    const make = makers[kind];
    assert.ok(make !== undefined);
    for (let round = 0; round < 60; round++) {
      const compress = random.chance(0.8);
      const fill = random.pick([-2, -1, -5, 3, 128]);
      const stream = { nodeBytes: random.pick([4096, 100, 0]), nodeEntries: random.pick([100, 5, 0]) };
      await redis.exchange([
        ['CONFIG', 'SET', 'rdbcompression', compress ? 'yes' : 'no', 'list-max-listpack-size', String(fill)],
        ['CONFIG', 'SET', 'stream-node-max-bytes', String(stream.nodeBytes)],
        ['CONFIG', 'SET', 'stream-node-max-entries', String(stream.nodeEntries)],
        ['DEL', 'k'],
        ...make(random),
      ]);
      const ask: Request[] = [['OBJECT', 'ENCODING', 'k'], ['DEBUG', 'DIGEST-VALUE', 'k'], ...(questions[kind] ?? [])];
      const [theirs, encoding, digest, ...contents] = parseReplies(await redis.exchange([['DUMP', 'k'], ...ask]));
      const dump = RdbDump.open(bulk(theirs));
      const model = Model.of(dump);
      compare(kind, model, contents);
      const where = `seed ${random.seed}, round ${round}, ${bulk(encoding).toString()}`;
      const name = encodingName(kind, bulk(encoding).toString());
      const ours = encodeModel(model, name, { compress, fill, stream });
      assert.equal(ours.toString('hex'), bulk(theirs).toString('hex'), where);
      const again = encodeModel(model, name, {
        compress: !compress,
        fill: 7,
        stream: { nodeBytes: 500, nodeEntries: 3 },
      });
      for (const payload of [ours, again]) {
        const restored = parseReplies(await redis.exchange([['RESTORE', 'k', '0', payload, 'REPLACE'], ...ask]));
        assert.equal(restored[0], '+OK', where);
        assert.deepEqual(restored[1], encoding, where);
        assert.deepEqual(restored[2], digest, where);
        compare(kind, model, restored.slice(3));
      }
    }
  });
}

test('a stream with holes is read without what was deleted', { skip: redisMissing, timeout: 300_000 }, async (t) => {
  const redis = await LiveRedis.start('--enable-debug-command', 'yes', '--sanitize-dump-payload', 'yes');
  t.after(() => redis.stop());
  const random = new Random();
  t.diagnostic(`seed ${random.seed}`);
  for (let round = 0; round < 30; round++) {
    await redis.exchange([['DEL', 'k'], ...streamRequests(random)]);
    const [all] = parseReplies(await redis.exchange([['XRANGE', 'k', '-', '+']]));
    const part = random.pick([0.1, 0.5, 1]);
    const gone = items(all)
      .filter(() => random.chance(part))
      .map((entry) => bulk(items(entry)[0]));
    const holes: Request[] = gone.map((id) => ['XDEL', 'k', id]);
    if (random.chance(0.5)) holes.push(['XTRIM', 'k', 'MAXLEN', String(random.below(20))]);
    await redis.exchange(holes);
    const [theirs, ...contents] = parseReplies(await redis.exchange([['DUMP', 'k'], ...streamQuestions]));
    const model = Model.of(RdbDump.open(bulk(theirs)));
    compare('stream', model, contents);
    const ours = encodeModel(model, 'stream');
    const restored = parseReplies(await redis.exchange([['RESTORE', 'k', '0', ours, 'REPLACE'], ...streamQuestions]));
    assert.equal(restored[0], '+OK', `seed ${random.seed}`);
    compare('stream', model, restored.slice(1));
  }
});
