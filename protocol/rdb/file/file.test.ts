import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { LiveRedis, redisMissing } from '../../testing/live-redis.ts';
import { Random } from '../../testing/random.ts';
import { Model, writeModel } from '../../testing/rdb-models.ts';
import { SAMPLE_KINDS, type SampleKind, samplePayload } from '../../testing/rdb-samples.ts';
import { bulk, parseReplies } from '../../testing/replies.ts';
import { crc64 } from '../crc64.ts';
import { RdbDump } from '../dump.ts';
import { BadRdb } from '../errors.ts';
import type { ByteSpan } from '../span.ts';
import { type KeyAttributes, type RdbFileHandler, RdbFileReader } from './file-reader.ts';
import { RdbFileWriter } from './file-writer.ts';

interface KeyRecord extends KeyAttributes {
  readonly database: number;
  readonly kind: string;
  readonly model: Model;
}

/** All that a file holds. */
class Contents implements RdbFileHandler {
  readonly keys = new Map<string, KeyRecord>();
  readonly auxFields = new Map<string, string>();
  readonly libraries: string[] = [];
  readonly modules: string[] = [];
  readonly announced: number[] = [];
  ended = 0;
  empty = 0;
  fileVersion = 0;
  private index = 0;

  version(version: number): void {
    this.fileVersion = version;
  }

  aux(name: ByteSpan, value: ByteSpan): void {
    this.auxFields.set(name.copy().toString(), value.copy().toString());
  }

  database(index: number): void {
    this.index = index;
  }

  sizes(keys: number, expiring: number): void {
    this.announced.push(keys, expiring);
  }

  functionLibrary(code: ByteSpan): void {
    this.libraries.push(code.copy().toString());
  }

  key(key: ByteSpan, kind: string, attributes: KeyAttributes): Model {
    const model = new Model();
    this.keys.set(key.copy().toString('latin1'), { ...attributes, database: this.index, kind, model });
    return model;
  }

  keyEnd(): void {
    this.ended++;
  }

  keyEmpty(): void {
    this.empty++;
  }

  module(name: string, key: ByteSpan | undefined): void {
    this.modules.push(key === undefined ? name : `${name} ${key.copy()}`);
  }
}

/** Reads a file that arrives in pieces of at most `piece` bytes. */
function contentsOf(file: Buffer, piece = file.length): Contents {
  let at = 0;
  const contents = new Contents();
  const reader = new RdbFileReader((target) => {
    const copied = file.copy(target, 0, at, Math.min(at + piece, file.length));
    at += copied;
    return copied;
  }, contents);
  while (reader.next());
  return contents;
}

const written: Record<SampleKind, string> = {
  string: 'raw',
  list: 'quicklist',
  'list of strings': 'quicklist',
  'list of ziplists': 'quicklist',
  ziplist: 'quicklist',
  intset: 'set intset',
  set: 'set hashtable',
  'set listpack': 'set hashtable',
  'zset listpack': 'listpack',
  zset: 'skiplist',
  'zset ziplist': 'skiplist',
  'hash listpack': 'listpack',
  hash: 'hashtable',
  'hash ziplist': 'hashtable',
  zipmap: 'hashtable',
  stream: 'stream',
};

interface Sample {
  readonly file: Buffer;
  readonly models: Map<string, Model>;
}

/** A file with keys of all kinds in databases 0 and 3. */
function sampleFile(random: Random, perKind: number): Sample {
  const pieces: Buffer[] = [];
  const models = new Map<string, Model>();
  const writer = new RdbFileWriter({ drain: (piece) => pieces.push(piece), compress: random.chance(0.5) });
  writer.aux('redis-ver', '7.0.15');
  writer.aux('ctime', 1_700_000_000);
  for (const database of [0, 3]) {
    writer.database(database, SAMPLE_KINDS.length * perKind, SAMPLE_KINDS.length);
    for (const kind of SAMPLE_KINDS) {
      for (let i = 0; i < perKind; i++) {
        const model = Model.of(RdbDump.open(samplePayload(random, kind)));
        const name = `${database} ${kind} ${i}`;
        const key = Buffer.from(`<${name}>`);
        models.set(name, model);
        if (i === 0) writer.key(key, 1, name.length, 4_000_000_000_000 + database, 77, -1);
        else writer.key(key, 1, name.length);
        writeModel(writer.output, model, written[kind], { fill: 4 });
      }
    }
  }
  writer.end();
  return { file: Buffer.concat(pieces), models };
}

function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'strata-rdb-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('golden: an empty file', () => {
  const pieces: Buffer[] = [];
  const writer = new RdbFileWriter({ drain: (piece) => pieces.push(piece), checksum: false });
  writer.aux('a', 7);
  writer.end();
  assert.equal(Buffer.concat(pieces).toString('hex'), '524544495330303130fa0161c007ff0000000000000000');
});

test('a file is read back, in whatever pieces it arrives', (t) => {
  const random = new Random();
  t.diagnostic(`seed ${random.seed}`);
  const { file, models } = sampleFile(random, 3);
  for (const piece of [1, 7, 1000, file.length]) {
    const contents = contentsOf(file, piece);
    assert.equal(contents.ended, models.size);
    assert.deepEqual([contents.fileVersion, contents.announced], [10, [48, 16, 48, 16]]);
    assert.deepEqual(
      [...contents.auxFields],
      [
        ['redis-ver', '7.0.15'],
        ['ctime', '1700000000'],
      ],
    );
    for (const [name, model] of models) {
      const key = contents.keys.get(name);
      const database = Number(name.charAt(0));
      assert.deepEqual(key?.model, model, name);
      assert.equal(key?.database, database);
      assert.equal(key?.expiresAtMs, name.endsWith(' 0') ? 4_000_000_000_000 + database : -1);
      assert.equal(key?.idleSeconds, name.endsWith(' 0') ? 77 : -1);
    }
  }
});

test('strings and values longer than the reader keeps at once', () => {
  const pieces: Buffer[] = [];
  const writer = new RdbFileWriter({ drain: (piece) => pieces.push(piece), compress: false });
  const model = new Model();
  for (let i = 0; i < 40; i++) model.texts.push(Buffer.from(`field ${i}`), Buffer.alloc(i * 30_000, `value ${i} `));
  const key = Buffer.alloc(700_000, 'long key ');
  writer.key(key, 0, key.length);
  writeModel(writer.output, model, 'hashtable');
  writer.key(key, 0, 3);
  writeModel(writer.output, model, 'listpack');
  writer.end();
  assert.ok(pieces.length > 20);
  const file = Buffer.concat(pieces);
  for (const piece of [5000, 1_000_000, file.length]) {
    const contents = contentsOf(file, piece);
    assert.deepEqual([...contents.keys.keys()], [key.toString(), 'lon']);
    for (const { model: read } of contents.keys.values()) assert.deepEqual(read, model);
  }
});

test('files that are cut short or changed are refused', (t) => {
  const random = new Random();
  t.diagnostic(`seed ${random.seed}`);
  const { file } = sampleFile(random, 1);
  const refused = (bad: Buffer, what: string): void => {
    assert.throws(() => contentsOf(bad), BadRdb, `seed ${random.seed}, ${what}`);
  };
  for (let at = 0; at < file.length; at += random.between(1, 20)) refused(file.subarray(0, at), `cut at ${at}`);
  for (let i = 0; i < 500; i++) {
    const bad = Buffer.from(file);
    const at = random.below(file.length);
    bad[at] = (bad[at] ?? 0) ^ (1 << random.below(8));
    refused(bad, `byte ${at}`);
  }
});

/** A file of version 10 around parts that are hex. */
function sealedFile(...parts: readonly string[]): Buffer {
  const body = Buffer.from(`${parts.join('')}ff`, 'hex');
  const bytes = Buffer.concat([Buffer.from('REDIS0010'), body, Buffer.alloc(8)]);
  bytes.writeBigUInt64LE(crc64(bytes, 0, bytes.length - 8), bytes.length - 8);
  return bytes;
}

const hexString = (text: string): string => Buffer.from([text.length, ...Buffer.from(text)]).toString('hex');

/** A module's id as a length of 64 bits. */
function moduleId(name: string, version: bigint): string {
  const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  let id = 0n;
  for (const character of name) id = (id << 6n) | BigInt(characters.indexOf(character));
  return `81${((id << 10n) | version).toString(16).padStart(16, '0')}`;
}

test('opcodes by hand: seconds, frequency, functions, modules, empty collections', () => {
  const id = moduleId('test-rdb1', 1n);
  const moduleParts = ['0105', '0207', `05${hexString('text')}`, '0300000000', '040000000000000000', '00'].join('');
  const contents = contentsOf(
    sealedFile(
      `fd0a000000f9c800${hexString('a')}${hexString('x')}`,
      `f5${hexString('#!lua name=l')}`,
      `f7${id}0201${moduleParts}`,
      `07${hexString('m')}${id}${moduleParts}`,
      `04${hexString('none')}00`,
      `00${hexString('b')}c07b`,
    ),
  );
  assert.deepEqual(contents.modules, ['test-rdb1', 'test-rdb1 m']);
  assert.deepEqual(contents.libraries, ['#!lua name=l']);
  assert.deepEqual([contents.ended, contents.empty], [2, 1]);
  const a = contents.keys.get('a');
  assert.deepEqual([a?.expiresAtMs, a?.frequency, a?.idleSeconds], [10_000, 200, -1]);
  const b = contents.keys.get('b');
  assert.deepEqual([b?.expiresAtMs, b?.frequency, String(b?.model.texts[0])], [-1, -1, '123']);
});

test('versions, and checksums that are missing', () => {
  const file = (version: string, tail: string): Buffer =>
    Buffer.concat([Buffer.from(`REDIS${version}`), Buffer.from(tail, 'hex')]);
  assert.equal(contentsOf(file('0004', 'ff')).fileVersion, 4);
  assert.equal(contentsOf(file('0011', 'ff0000000000000000')).fileVersion, 11);
  const bad = [file('0012', 'ff'), file('0000', 'ff'), file('1e00', 'ff'), Buffer.from('RODIS0010'), Buffer.alloc(0)];
  bad.push(file('0010', 'ff0100000000000000'), file('0010', 'ff'), file('0010', '0601610000'), file('0010', 'f6'));
  for (const bytes of bad) assert.throws(() => contentsOf(bytes), BadRdb, bytes.toString('hex'));
});

const texts = (model: Model | undefined): string[] =>
  (model?.texts ?? []).map((text) => text.toString('latin1')).sort();

test('redis-server loads what is written', { skip: redisMissing, timeout: 300_000 }, async (t) => {
  const random = new Random();
  t.diagnostic(`seed ${random.seed}`);
  const path = directory(t);
  const { file, models } = sampleFile(random, 4);
  writeFileSync(join(path, 'dump.rdb'), file);
  const redis = await LiveRedis.start('--dir', path, '--dbfilename', 'dump.rdb', '--enable-debug-command', 'yes');
  t.after(() => redis.stop());
  const [size] = parseReplies(await redis.exchange([['DBSIZE']]));
  assert.equal(size, BigInt(models.size / 2), `seed ${random.seed}`);
  for (const [name, model] of models) {
    const [, dump, expiry] = parseReplies(
      await redis.exchange([
        ['SELECT', name.charAt(0)],
        ['DUMP', name],
        ['PEXPIRETIME', name],
      ]),
    );
    const theirs = Model.of(RdbDump.open(bulk(dump)));
    assert.deepEqual(texts(theirs), texts(model), `seed ${random.seed}, ${name}`);
    assert.deepEqual(theirs.entries, model.entries, `seed ${random.seed}, ${name}`);
    assert.equal(expiry, name.endsWith(' 0') ? 4_000_000_000_000n + BigInt(name.charAt(0)) : -1n);
  }
});

for (const policy of ['allkeys-lru', 'allkeys-lfu']) {
  test(`what redis-server saves is read: ${policy}`, { skip: redisMissing, timeout: 300_000 }, async (t) => {
    const random = new Random();
    t.diagnostic(`seed ${random.seed}`);
    const path = directory(t);
    const redis = await LiveRedis.start('--dir', path, '--maxmemory-policy', policy);
    t.after(() => redis.stop());
    const code = "#!lua name=l\nredis.register_function('f', function() return 1 end)";
    const dumps = new Map<string, Buffer>();
    for (const kind of SAMPLE_KINDS) {
      const payload = samplePayload(random, kind);
      // What only 7.2 knows is written by samplePayload as well.
      if (payload.readUInt16LE(payload.length - 10) <= 10) dumps.set(kind, payload);
    }
    const requests = [...dumps].map(([name, payload]) => ['RESTORE', name, '0', payload]);
    const replies = parseReplies(
      await redis.exchange([
        ...requests,
        ['PEXPIREAT', 'set', '4000000000123'],
        ['FUNCTION', 'LOAD', code],
        ['SELECT', '9'],
        ['SET', 'ninth', 'value'],
        ['SAVE'],
      ]),
    );
    assert.equal(replies.at(-1), '+OK');
    const contents = contentsOf(readFileSync(join(path, 'dump.rdb')), 100);
    assert.equal(contents.ended, dumps.size + 1);
    assert.deepEqual(contents.libraries, [code]);
    assert.ok(contents.auxFields.has('redis-ver'));
    assert.equal(contents.keys.get('ninth')?.database, 9);
    for (const [name, payload] of dumps) {
      const key = contents.keys.get(name);
      const model = Model.of(RdbDump.open(payload));
      assert.deepEqual(texts(key?.model), texts(model), `seed ${random.seed}, ${name}`);
      assert.deepEqual(key?.model.groups, model.groups, `seed ${random.seed}, ${name}`);
      assert.equal(key?.expiresAtMs, name === 'set' ? 4_000_000_000_123 : -1);
      assert.equal((key?.idleSeconds ?? -1) >= 0, policy === 'allkeys-lru');
      assert.equal((key?.frequency ?? -1) >= 0, policy === 'allkeys-lfu');
    }
  });
}
