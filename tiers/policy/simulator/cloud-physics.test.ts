import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { countBeladyMisses } from './belady.ts';
import { countMisses } from './simulator.ts';
import { type SimulatedPolicy, simulators } from './simulators.ts';
import { readOracleGeneral } from './trace.ts';

const MIB = 2 ** 20;
const FILE = 'cloudPhysicsIO.oracleGeneral.bin';

/** Misses of libCacheSim's own tests on its sample trace, for caches of 128, 256 ... 1024 MiB. It has none for W-TinyLFU; LFU and SIEVE do agree. */
const golden: Partial<Record<SimulatedPolicy, readonly number[]>> = {
  FIFO: [93403, 89386, 84387, 84025, 72498, 72228, 72182, 72140],
  LRU: [93374, 89783, 83572, 81722, 72494, 72104, 71972, 71704],
  LFU: [91699, 86720, 78578, 76707, 69945, 66221, 64445, 64376],
  Clock: [93313, 89775, 83411, 81328, 74815, 72283, 71927, 64456],
  SIEVE: [91699, 86720, 78578, 76707, 69945, 66221, 64445, 64376],
  'S3-FIFO': [89307, 82387, 77041, 76791, 71300, 70343, 70455, 70355],
};

/** The trace is not ours to ship: it is looked for in `shared/traces` beside the project, and in $STRATAKV_TRACES. */
function findTrace(): string | undefined {
  let root = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(root, 'package.json')) && dirname(root) !== root) root = dirname(root);
  const folders = [process.env.STRATAKV_TRACES ?? '', join(root, '..', 'shared', 'traces')];
  return folders.map((folder) => join(folder, FILE)).find((path) => existsSync(path));
}

const path = findTrace();
const options = path === undefined ? { skip: `no ${FILE} in $STRATAKV_TRACES` } : {};

for (const [policy, expected] of Object.entries(golden)) {
  test(`${policy} misses exactly as libCacheSim's does on ${FILE}`, options, () => {
    const trace = readOracleGeneral(FILE, readFileSync(path ?? ''));
    assert.deepEqual([trace.requests.length, trace.objects], [113_872, 48_974]);
    const factory = simulators[policy as SimulatedPolicy];
    const misses = expected.map((_, i) => countMisses(factory, (i + 1) * 128 * MIB, trace));
    assert.deepEqual(misses, expected);
  });
}

test(`Belady's bound is exactly libCacheSim's on ${FILE}`, options, () => {
  const trace = readOracleGeneral(FILE, readFileSync(path ?? ''));
  const golden = [79256, 70724, 65481, 61594, 59645, 57599, 50873, 48974];
  const count = (bypass: boolean) => golden.map((_, i) => countBeladyMisses((i + 1) * 128 * MIB, trace, bypass));
  assert.deepEqual(count(false), golden);
  // Who need not let everything in does a little better.
  for (const [i, misses] of count(true).entries()) assert.ok(misses <= (golden[i] ?? 0), `${misses}`);
});
