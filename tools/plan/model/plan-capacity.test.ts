import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlanQuestion, PlanTarget, Prices } from '../plan.ts';
import { planCapacity } from './plan-capacity.ts';
import { MadePredictor } from './testing/made-predictor.ts';

const GIB = 2 ** 30;
const prices: Prices = { currency: 'EUR', ramGib: 3, nvmeGib: 0.1, core: 0, originMillionReads: 0 };
const nothing: PlanTarget = { hitRatio: undefined, ramHitRatio: undefined, meanUs: undefined, p99Us: undefined };

function question(target: Partial<PlanTarget>, changes: Partial<PlanQuestion> = {}): PlanQuestion {
  return {
    source: { kind: 'trace', name: 'made' },
    ramBytes: [1 * GIB, 2 * GIB, 4 * GIB, 8 * GIB],
    nvmeBytes: [0, 100 * GIB],
    target: { ...nothing, ...target },
    prices,
    device: undefined,
    requestsPerSecond: undefined,
    assumptions: { cores: 8 },
    ...changes,
  };
}

/** RAM of so many GiB answers half of what is left with each doubling; NVMe the rest but 2 %. */
const made = () =>
  new MadePredictor(({ ramBytes, nvmeBytes }) => {
    const ramHitRatio = 1 - 0.5 / (ramBytes / GIB);
    const nvmeHitRatio = nvmeBytes === 0 ? 0 : Math.max(0, 0.98 - ramHitRatio);
    return { ramHitRatio, nvmeHitRatio, nvmeReadsPerRequest: nvmeHitRatio / 2, indexBytes: nvmeBytes / 1000 };
  });

test('the table has RAM in rows and NVMe within them; the load is the workload’s own', async () => {
  const predictor = made();
  const progress: number[] = [];
  const plan = await planCapacity(predictor, question({}), { onProgress: (share) => progress.push(share) });
  assert.deepEqual(
    plan.cells.map((cell) => [cell.ramBytes / GIB, cell.nvmeBytes / GIB]),
    [1, 2, 4, 8].flatMap((ram) => [0, 100].map((nvme) => [ram, nvme])),
  );
  assert.deepEqual([plan.assumptions.requestsPerSecond, plan.assumptions.requestsPerSecondFrom], [1000, 'trace']);
  assert.equal(progress.at(-1), 1);
  // Nothing was asked for: the smallest will do.
  assert.ok(plan.answer.kind === 'cheapest');
  assert.deepEqual([plan.answer.cell.ramBytes, plan.answer.cell.nvmeBytes], [GIB, 0]);
  assert.equal(plan.answer.binding, undefined);
});

test('NVMe is cheaper than the RAM that answers as many, and the hit ratio binds', async () => {
  const { answer } = await planCapacity(made(), question({ hitRatio: 0.9 }));
  assert.ok(answer.kind === 'cheapest');
  // 5 GiB of RAM would do as well: 15 against 13.
  assert.deepEqual([answer.cell.ramBytes, answer.cell.nvmeBytes], [GIB, 100 * GIB]);
  assert.equal(answer.binding, 'hit-ratio');
  assert.match(
    answer.why,
    /^1 GiB of RAM and 100 GiB of NVMe meet the target for 13\.00 EUR a month; with 1 GiB of RAM and 0 B of NVMe 50 % of/,
  );
});

test('RAM is searched for between the sizes of the table', async () => {
  const predictor = made();
  const plan = await planCapacity(predictor, question({ ramHitRatio: 0.9 }));
  assert.ok(plan.answer.kind === 'cheapest');
  // 5 GiB are just enough.
  assert.equal(plan.answer.cell.ramBytes / GIB, 5);
  assert.equal(plan.answer.binding, 'hit-ratio');
  assert.equal(plan.cells.length, 8);
  assert.ok(predictor.asked.length > 8 && predictor.asked.length <= 14, `${predictor.asked.length} asked`);
});

test('what binds is told: latency of NVMe, and of the origin', async () => {
  const device = {
    name: 'slow',
    readBytes: 4096,
    reads: [{ depth: 1, iops: 100, meanUs: 9000, p50Us: 9000, p99Us: 20_000 }],
    writeBytesPerSecond: 1e9,
    enduranceWrites: 1000,
  };
  const slow = await planCapacity(made(), question({ hitRatio: 0.95 }, { device }));
  assert.ok(slow.answer.kind === 'cheapest');
  // 0.95 need NVMe or 10 GiB; the drive can do 90 reads a second of the 500 that are asked, so RAM has to answer all but 18 % of them.
  assert.equal(slow.answer.binding, 'iops');
  assert.ok(slow.answer.cell.ramBytes > 2 * GIB && slow.answer.cell.nvmeBytes > 0, JSON.stringify(slow.answer.cell));
  const fast = await planCapacity(made(), question({ meanUs: 1000 }));
  assert.ok(fast.answer.kind === 'cheapest');
  assert.equal(fast.answer.binding, 'latency');
});

test('the impossible is said, with what stands against it', async () => {
  const hits = await planCapacity(made(), question({ hitRatio: 0.999 }));
  assert.ok(hits.answer.kind === 'impossible');
  assert.equal(hits.answer.binding, 'hit-ratio');
  assert.match(hits.answer.why, /98 % of the reads are answered, not 99\.9 %/);
  const cores = await planCapacity(made(), question({}, { assumptions: { cores: 0.001 } }));
  assert.ok(cores.answer.kind === 'impossible');
  assert.equal(cores.answer.binding, 'cpu');
});

test('where misses cost money, more RAM may be cheaper than less', async () => {
  const dear = { ...prices, originMillionReads: 100 };
  const { answer } = await planCapacity(made(), question({}, { prices: dear, nvmeBytes: [0] }));
  assert.ok(answer.kind === 'cheapest');
  assert.equal(answer.cell.ramBytes, 8 * GIB);
  assert.equal(answer.binding, undefined);
  assert.match(answer.why, /less of either costs more/);
});
