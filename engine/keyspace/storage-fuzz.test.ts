import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { writeSeed } from '../../tiers/index/hash.ts';
import { SlotTables } from '../../tiers/index/slot-tables.ts';
import { verifyStore } from '../../tiers/index/verify.ts';
import { testMemory } from '../../tiers/testing/memory.ts';
import { type FuzzStart, StorageFuzzer } from './storage-fuzz.ts';
import { FuzzModel } from './storage-fuzz-model.ts';

/**
 * Allocator, index, queues, locks and the keyspace on top, from several real threads at once: after every round all threads stop,
 * and every byte and counter of the shared memory is accounted for. `STRATAKV_FUZZ_OPS` sets the operations of each test (a campaign
 * by hand takes millions: those here find what shows at once),
 * `STRATAKV_FUZZ_SEED` repeats a run (threads interleave as they please, so only nearly).
 */
const OPERATIONS = Number(process.env.STRATAKV_FUZZ_OPS ?? 0);
const SEED = Number(process.env.STRATAKV_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const THREADS = 3;
const ROUNDS = 8;
const MIB = 1024 * 1024;

interface Plan {
  readonly operations: number;
  readonly limitBytes: number;
  readonly keys: number;
  readonly slots: number;
  readonly tiered: boolean;
  readonly invariants?: boolean;
}

interface Totals {
  operations: number;
  oom: number;
  cold: number;
  requeued: number;
  moved: number;
  cleared: number;
  graves: number;
  trees: number;
}

async function fuzz(context: TestContext, plan: Plan): Promise<Totals> {
  context.diagnostic(`seed ${SEED}`);
  const memory = testMemory(plan.limitBytes, 2);
  writeSeed(memory, { a: SEED, b: SEED ^ 0x5bd1e995, c: ~SEED });
  new SlotTables(memory, THREADS).initialise();
  const model = new SharedArrayBuffer(FuzzModel.bytesFor(plan.keys));
  const startOf = (thread: number): FuzzStart => ({ ...plan, memory, model, thread, seed: SEED + thread * 7919 });
  const env = { ...process.env, STRATAKV_INVARIANTS: plan.invariants ? '1' : '0' };
  const script = new URL('./storage-fuzz.entry.js', import.meta.url);
  const workers = Array.from({ length: THREADS }, (_, n) => new Worker(script, { workerData: startOf(n), env }));
  const checker = new StorageFuzzer(startOf(THREADS));
  const totals: Totals = { operations: 0, oom: 0, cold: 0, requeued: 0, moved: 0, cleared: 0, graves: 0, trees: 0 };
  try {
    const perThread = Math.ceil((OPERATIONS || plan.operations) / THREADS / ROUNDS);
    let last: Totals[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const answers = workers.map((worker) => once(worker, 'message'));
      for (const worker of workers) worker.postMessage(perThread);
      last = (await Promise.all(answers)).map(([done]) => done as Totals);
      verifyStore(memory, checker.store);
      checker.checkAll();
      if (!plan.tiered) checker.checkScan();
      verifyStore(memory, checker.store);
    }
    for (const done of last) for (const key of Object.keys(totals) as (keyof Totals)[]) totals[key] += done[key];
  } catch (error) {
    context.diagnostic(inspect(error));
    throw error;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  context.diagnostic(JSON.stringify(totals));
  return totals;
}

test('storage with a cold tier, many operations from three threads', async (context) => {
  const totals = await fuzz(context, {
    operations: 500_000,
    limitBytes: 96 * MIB,
    keys: 12_000,
    slots: 16,
    tiered: true,
  });
  assert.ok(totals.cold > 0 && totals.requeued > 0 && totals.cleared > 0);
  assert.ok(totals.moved > 0, 'objects were moved out of sparse slabs');
  assert.ok(totals.trees > 0 && totals.graves > 0);
});

test('storage without a cold tier', async (context) => {
  await fuzz(context, { operations: 200_000, limitBytes: 96 * MIB, keys: 12_000, slots: 64, tiered: false });
});

test('storage that is often out of memory', async (context) => {
  const totals = await fuzz(context, { operations: 200_000, limitBytes: 6 * MIB, keys: 6000, slots: 16, tiered: true });
  assert.ok(totals.oom > 100);
});

test('storage in invariants mode', async (context) => {
  await fuzz(context, {
    operations: 100_000,
    limitBytes: 96 * MIB,
    keys: 8000,
    slots: 16,
    tiered: true,
    invariants: true,
  });
});
