import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { OP_DELETE, OP_READ, type SampledTrace } from '../plan.ts';
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
