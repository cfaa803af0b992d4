import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { S3FifoSimulator } from './s3-fifo.ts';
import { countMisses, type Simulator } from './simulator.ts';
import { simulators } from './simulators.ts';
import { syntheticTraces } from './synthetic.ts';
import { readOracleGeneral, type Trace, unitTrace } from './trace.ts';

const SEED = 31337;
const OBJECTS = 20_000;

/** Hits (`+`) and misses (`-`) of a sequence of letters, one byte each. */
function replay(simulator: Simulator, letters: string): string {
  return [...letters].map((letter) => (simulator.access(letter.charCodeAt(0) - 97, 1) ? '+' : '-')).join('');
}

test('FIFO forgets the first, LRU the least recent, SIEVE and Clock spare the visited', () => {
  //                                          capacity 3: a b c fill, a is used, d evicts
  assert.equal(replay(simulators.FIFO(3, 26), 'abcadab'), '---+---');
  assert.equal(replay(simulators.LRU(3, 26), 'abcadacb'), '---+-++-');
  assert.equal(replay(simulators.SIEVE(3, 26), 'abcadacb'), '---+-++-');
  assert.equal(replay(simulators.Clock(3, 26), 'abcadacb'), '---+-++-');
});

test('SIEVE evicts a new unvisited object before old visited ones', () => {
  // e evicts c: the hand passes a and b, which were visited, and stands at d from then on. f evicts d, g evicts e.
  assert.equal(replay(simulators.SIEVE(4, 26), 'abcdabefgab'), '----++---++');
  assert.equal(replay(simulators.LRU(4, 26), 'abcdabefgab'), '----++-----');
});

test('S3-FIFO: two hits lead from SMALL to MAIN, and a ghost hit straight into MAIN', () => {
  // Capacity 10: SMALL 1, MAIN 9. a is hit twice; b..j fill up; k makes room: a moves to MAIN, b is evicted and remembered.
  const simulator = new S3FifoSimulator(10, 26);
  assert.equal(replay(simulator, 'aaabcdefghijk'), '-++----------');
  assert.equal(replay(simulator, 'ab'), '+-');
  // b is in MAIN now (c left for it): a scan through SMALL does not touch it.
  assert.equal(replay(simulator, 'lmnopqrstuvwxyzab'), '---------------++');
});

test('LFU evicts what was used least, of several the one that was used so often for longest', () => {
  // a has 3 uses, b 2; c and d have one each, c for longer: e takes its place, then c takes d's.
  assert.equal(replay(simulators.LFU(4, 26), 'aaabbcdecab'), '-++-+----++');
});

test('W-TinyLFU: a scan does not displace what is asked for again and again', () => {
  const simulator = simulators['W-TinyLFU'](100, 10_000);
  for (let round = 0; round < 5; round++) for (let object = 0; object < 90; object++) simulator.access(object, 1);
  for (let object = 100; object < 5100; object++) simulator.access(object, 1);
  const kept = Array.from({ length: 90 }, (_, object) => simulator.access(object, 1)).filter(Boolean).length;
  assert.ok(kept >= 70, `${kept} of 90 are still there`);
});

test('objects larger than the cache, or for S3-FIFO larger than SMALL, are never let in', () => {
  for (const make of Object.values(simulators)) {
    const simulator = make(100, 2);
    assert.deepEqual([simulator.access(0, 101), simulator.access(0, 101)], [false, false]);
    assert.deepEqual([simulator.access(1, 10), simulator.access(1, 10)], [false, true]);
  }
  const s3Fifo = new S3FifoSimulator(100, 1);
  assert.deepEqual([s3Fifo.access(0, 11), s3Fifo.access(0, 11)], [false, false]);
});

test('LFU agrees with a plain array', (t) => {
  t.diagnostic(`seed ${SEED}`);
  const request = fc.record({ object: fc.nat(15), bytes: fc.integer({ min: 1, max: 30 }) });
  fc.assert(
    fc.property(fc.array(request, { maxLength: 300 }), (requests) => {
      const simulator = simulators.LFU(60, 16);
      // In the order in which they came to have as many uses as they have.
      const kept: { object: number; bytes: number; uses: number }[] = [];
      for (const { object, bytes } of requests) {
        const at = kept.findIndex((one) => one.object === object);
        assert.equal(simulator.access(object, bytes), at >= 0);
        if (at >= 0) {
          for (const one of kept.splice(at, 1)) kept.push({ ...one, uses: one.uses + 1 });
          continue;
        }
        while (kept.reduce((sum, one) => sum + one.bytes, 0) + bytes > 60) {
          const least = Math.min(...kept.map(({ uses }) => uses));
          kept.splice(
            kept.findIndex(({ uses }) => uses === least),
            1,
          );
        }
        kept.push({ object, bytes, uses: 1 });
      }
    }),
    { seed: SEED },
  );
});

test('FIFO and LRU agree with a plain array', (t) => {
  t.diagnostic(`seed ${SEED}`);
  const request = fc.record({ object: fc.nat(15), bytes: fc.integer({ min: 1, max: 30 }) });
  fc.assert(
    fc.property(fc.boolean(), fc.array(request, { maxLength: 200 }), (recency, requests) => {
      const simulator = recency ? simulators.LRU(60, 16) : simulators.FIFO(60, 16);
      const kept: { object: number; bytes: number }[] = [];
      for (const { object, bytes } of requests) {
        const at = kept.findIndex((one) => one.object === object);
        assert.equal(simulator.access(object, bytes), at >= 0);
        if (at >= 0) {
          if (recency) kept.push(...kept.splice(at, 1));
          continue;
        }
        while (kept.reduce((sum, one) => sum + one.bytes, 0) + bytes > 60) kept.shift();
        kept.push({ object, bytes });
      }
    }),
    { seed: SEED },
  );
});

for (const trace of syntheticTraces({ seed: SEED, requests: 200_000, objects: OBJECTS })) {
  // There nothing holds in general: whoever forgets quickly is best.
  if (trace.name === 'shifting hot set') continue;
  test(`what is known of the policies holds: ${trace.name}`, (t) => {
    for (const capacity of [OBJECTS / 100, OBJECTS / 10, (OBJECTS * 3) / 10]) {
      const missesOf = (policy: keyof typeof simulators) => countMisses(simulators[policy], capacity, trace);
      const fifo = missesOf('FIFO');
      const lru = missesOf('LRU');
      const s3Fifo = missesOf('S3-FIFO');
      const sieve = missesOf('SIEVE');
      t.diagnostic(`seed ${SEED}, ${capacity}: FIFO ${fifo} LRU ${lru} SIEVE ${sieve} S3-FIFO ${s3Fifo}`);
      assert.ok(s3Fifo < fifo, 'S3-FIFO misses less than FIFO');
      assert.ok(missesOf('Clock') < fifo, 'Clock misses less than FIFO');
      // Where popularity stands still, passing quickly over the rest beats recency.
      if (trace.name !== 'drifting zipf') assert.ok(s3Fifo < lru && sieve < lru, 'both miss less than LRU');
      else assert.ok(s3Fifo < sieve, 'ghosts let S3-FIFO follow a drift that SIEVE resists');
      assert.ok(s3Fifo >= trace.objects, 'the first use of each object misses');
    }
  });
}

test('a loop longer than the cache defeats every policy that lets all in; one that fits never misses again', () => {
  const loop: Trace = unitTrace(
    'loop',
    Array.from({ length: 5000 }, (_, i) => i % 500),
  );
  for (const policy of ['FIFO', 'LRU'] as const) assert.equal(countMisses(simulators[policy], 400, loop), 5000);
  assert.ok(countMisses(simulators.SIEVE, 400, loop) <= 5000);
  assert.ok(countMisses(simulators['S3-FIFO'], 400, loop) <= 5000);
  for (const make of Object.values(simulators)) assert.equal(countMisses(make, 500, loop), 500);
});

test('reads the records of an oracleGeneral file', () => {
  const file = new Uint8Array(3 * 24);
  const view = new DataView(file.buffer);
  [7n, 2n ** 60n, 7n].forEach((object, i) => {
    view.setBigUint64(i * 24 + 4, object, true);
    view.setUint32(i * 24 + 12, 512 * (i + 1), true);
  });
  const trace = readOracleGeneral('x', file);
  assert.deepEqual([trace.objects, [...trace.requests], [...trace.sizes]], [2, [0, 1, 0], [512, 1024, 1536]]);
});
