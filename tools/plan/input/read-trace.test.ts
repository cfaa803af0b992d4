import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { readOracleGeneral } from '../../../tiers/policy/simulator/trace.ts';
import { OP_DELETE, OP_READ, type SampledTrace } from '../plan.ts';
import { factsOf } from './facts.ts';
import { type ReadOptions, readTrace } from './read-trace.ts';
import { csvText, keysText, oracleGeneralBytes, type PlainRequest, randomRequests } from './trace-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'stratakv-input-'));
after(() => rmSync(folder, { recursive: true }));

const nobody = (): void => undefined;
let files = 0;

function read(name: string, bytes: Buffer | string, options: Omit<ReadOptions, 'path'> = {}): Promise<SampledTrace> {
  const path = join(folder, `${files++}-${name}`);
  writeFileSync(path, bytes);
  return readTrace({ ...options, path }, nobody);
}

/** Numbers in order of first use. */
function dense(keys: readonly number[]): number[] {
  const numbers = new Map<number, number>();
  return keys.map((key) => {
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return number;
  });
}

/** The whole trace as a sample at rate 1, but for the marks. */
function assertWhole(trace: SampledTrace, requests: readonly PlainRequest[], nameBytes: (key: number) => number): void {
  const count = (op: number): number => requests.filter((request) => request.op === op).length;
  const { totals } = trace;
  assert.equal(trace.rate, 1);
  assert.equal(trace.length, requests.length);
  assert.deepEqual([...trace.keys], dense(requests.map(({ key }) => key)));
  assert.deepEqual(
    [...trace.timesMs],
    requests.map(({ seconds }) => (seconds - 1_700_000_000 - ((requests[0]?.seconds ?? 0) - 1_700_000_000)) * 1000),
  );
  assert.deepEqual(
    [...trace.ops],
    requests.map(({ op }) => op),
  );
  assert.deepEqual(
    [...trace.ttlSeconds],
    requests.map(({ ttl }) => ttl),
  );
  for (const [i, request] of requests.entries())
    if (request.op !== OP_DELETE) assert.equal(trace.valueBytes[i], request.bytes);
  const keys = [...new Set(requests.map(({ key }) => key))];
  assert.equal(trace.keyCount, keys.length);
  assert.deepEqual([...trace.keyBytes], keys.map(nameBytes));
  assert.deepEqual(
    [totals.requests, totals.reads, totals.writes, totals.deletes, totals.distinctKeys],
    [requests.length, count(0), count(1), count(2), keys.length],
  );
  assert.equal(
    totals.requestedBytes,
    requests.reduce((sum, { key, bytes }) => sum + bytes + nameBytes(key), 0),
  );
  assert.equal(totals.seconds, (requests.at(-1)?.seconds ?? 0) - (requests[0]?.seconds ?? 0));
}

const csvNameBytes = (key: number): number => `k${key}`.length;

for (const seed of [1, 2, 3]) {
  const reads = randomRequests(seed, 2000, 300, true);
  const mixed = randomRequests(seed + 100, 2000, 300, false);
  const zipped = csvText(mixed);

  test(`formats and compressions tell the same of a small trace (seed ${seed})`, async () => {
    assertWhole(await read('a.bin', oracleGeneralBytes(reads)), reads, () => 16);
    assertWhole(await read('a.csv', csvText(reads)), reads, csvNameBytes);
    assertWhole(await read('a.csv', csvText(mixed)), mixed, csvNameBytes);
    assertWhole(await read('a.csv.gz', gzipSync(zipped)), mixed, csvNameBytes);
    assertWhole(await read('a.bin.gz', gzipSync(oracleGeneralBytes(reads))), reads, () => 16);
    const keys = await read('a.txt', keysText(reads), { valueBytes: 77 });
    assert.deepEqual([...keys.keys], dense(reads.map(({ key }) => key)));
    assert.deepEqual([keys.totals.seconds, keys.totals.meanValueBytes, keys.ops[5]], [0, 77, OP_READ]);
    assert.deepEqual(
      [...keys.timesMs],
      reads.map((_, i) => i),
    );
  });

  const partwise = [
    ['a.bin', oracleGeneralBytes(reads)],
    ['a.csv', csvText(mixed)],
    ['a.txt', keysText(reads)],
  ] as const;
  test(`parts read by several threads give the same sample as one (seed ${seed})`, async () => {
    for (const [name, bytes] of seed === 1 ? partwise : [partwise[seed % 2] ?? partwise[0]]) {
      const limits = { maxKeys: 50, threads: 2 };
      const whole = await read(name, bytes, limits);
      const parts = await read(name, bytes, { ...limits, partBytes: 5000 });
      assert.ok(whole.rate < 1 && whole.keyCount <= 50 && whole.keyCount > 20, `rate ${whole.rate}`);
      assert.deepEqual({ ...parts, name: '' }, { ...whole, name: '' });
    }
  });
}

test('a sample keeps to its limits, of keys and of requests', async () => {
  const requests = randomRequests(7, 50_000, 3000, true);
  const bytes = oracleGeneralBytes(requests);
  const byKeys = await read('a.bin', bytes, { maxKeys: 500 });
  assert.ok(byKeys.keyCount <= 500 && byKeys.keyCount > 400, `${byKeys.keyCount} keys`);
  assert.ok(byKeys.marks.every((mark) => mark < byKeys.rate * 2 ** 24));
  // Below 8,192 keys there may be four times as many requests.
  const byRequests = await read('a.bin', bytes, { maxRequests: 2000 });
  assert.ok(byRequests.length <= 8000 && byRequests.length > 4000, `${byRequests.length} requests`);
  // A handful of keys is never thinned out to nothing: the later requests of them stay.
  const few = await read('a.txt', 'a\nb\n'.repeat(5000), { maxRequests: 1000 });
  assert.deepEqual([few.keyCount, few.rate, few.totals.requests], [2, 1, 10_000]);
  assert.ok(few.length <= 5000 && few.length >= 1000, `${few.length} requests`);
});

test('reading stops when it is told to, and leaves nothing running', async () => {
  const requests = randomRequests(8, 20_000, 3000, true);
  const bytes = oracleGeneralBytes(requests);
  const reason = new Error('stopped');
  await assert.rejects(read('a.bin', bytes, { signal: AbortSignal.abort(reason) }), reason);
  for (const [name, content, options] of [
    ['a.bin', bytes, { partBytes: 24_000, threads: 2 }],
    ['a.bin.gz', gzipSync(bytes), {}],
  ] as const) {
    const stop = new AbortController();
    const path = join(folder, `${files++}-${name}`);
    writeFileSync(path, content);
    const reading = readTrace({ ...options, path, signal: stop.signal }, () => stop.abort(reason));
    // Workers begin to read long after this.
    if (name === 'a.bin') stop.abort(reason);
    await assert.rejects(reading, reason);
  }
  // This file's process ends by itself: no worker and no timer is left.
});

test('progress counts the bytes of the file, to the last one', async () => {
  const text = csvText(randomRequests(9, 5000, 300, true));
  for (const [name, content, options] of [
    ['a.csv', Buffer.from(text), {}],
    ['a.csv', Buffer.from(text), { partBytes: 20_000, threads: 2 }],
    ['a.csv.gz', gzipSync(text), {}],
  ] as const) {
    const path = join(folder, `${files++}-${name}`);
    writeFileSync(path, content);
    const told: number[] = [];
    await readTrace({ ...options, path }, ({ bytesRead, bytesTotal }) => {
      assert.equal(bytesTotal, content.length);
      told.push(bytesRead);
    });
    assert.equal(told.at(-1), content.length);
    assert.deepEqual(
      told,
      told.toSorted((a, b) => a - b),
    );
  }
});

/** The trace is not ours to ship: it is looked for in `shared/traces` beside the project, and in $STRATAKV_TRACES. */
function recordedTrace(): string | undefined {
  let root = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(root, 'package.json')) && dirname(root) !== root) root = dirname(root);
  return [process.env.STRATAKV_TRACES ?? '', join(root, '..', 'shared', 'traces')]
    .map((place) => join(place, 'cloudPhysicsIO.oracleGeneral.bin'))
    .find((path) => existsSync(path));
}

const recorded = recordedTrace();
const skip = recorded === undefined ? { skip: 'no recorded trace in $STRATAKV_TRACES' } : {};

test('the recorded trace: exact as a whole, and a sample of it is near', skip, async () => {
  const path = recorded ?? '';
  const exact = readOracleGeneral('', readFileSync(path));
  const whole = await readTrace({ path }, nobody);
  assert.deepEqual(whole.keys, Uint32Array.from(exact.requests));
  assert.deepEqual(whole.valueBytes, Uint32Array.from(exact.sizes));
  assert.equal(whole.totals.distinctKeys, exact.objects);
  const sampled = await readTrace({ path, maxKeys: 8192 }, nobody);
  const [facts, near] = [factsOf(whole), factsOf(sampled)];
  assert.ok(Math.abs(near.totals.distinctKeys / exact.objects - 1) < 0.03, `${near.totals.distinctKeys} keys`);
  assert.ok(Math.abs(near.oneHitWonders - facts.oneHitWonders) < 0.03, `${near.oneHitWonders} one-hit wonders`);
  assert.ok(Math.abs(near.totals.meanValueBytes / facts.totals.meanValueBytes - 1) < 0.1);
  assert.equal(near.totals.requestedBytes, facts.totals.requestedBytes);
});
