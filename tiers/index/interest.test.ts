import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMainThread, workerData } from 'node:worker_threads';
import type { Handle } from '../memory/handle.ts';
import type { SharedMemory } from '../memory/shared-memory.ts';
import { testMemory } from '../testing/memory.ts';
import { runThreads } from '../testing/threads.ts';
import {
  INTEREST_BLOCKED,
  INTEREST_KINDS,
  INTEREST_TRACKED,
  INTEREST_WATCH,
  type InterestKind,
} from './interest-layout.ts';
import { interestsOfFlushed, interestsOfSwapped } from './interest-moves.ts';
import { SLOT_INTEREST } from './layout.ts';
import { SlotTables, TABLE_USED } from './slot-tables.ts';
import { StoreView } from './store-view.ts';
import { verifyStore } from './verify.ts';

interface Start {
  readonly memory: SharedMemory;
  readonly thread: number;
  readonly seed: number;
  /** Per key of the test: times touched (by anybody), and records told. */
  readonly counts: SharedArrayBuffer;
}

const THREADS = 4;
const KEYS = 24;
const OPERATIONS = 20_000;
const LIMIT = 16 * 1024 * 1024;

function open(memory: SharedMemory, thread: number): StoreView {
  return new StoreView({ memory, thread, tiered: false });
}

/** Few slots and few hashes, so that keys share slots, and differ in one lane only. */
function keyAt(key: number): { readonly slotAt: number; readonly position: number; readonly check: number } {
  return { slotAt: SlotTables.at(0, key % 3), position: (key % 4) << 28, check: key };
}

/** What one thread does, against what it knows must be so. */
function run({ memory, thread, seed, counts }: Start): void {
  const store = open(memory, thread);
  const { interests, tables } = store;
  const told = new Int32Array(counts);
  let random = seed | 1;
  const below = (limit: number): number => {
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    return (random >>> 0) % limit;
  };
  /** This thread's WATCH and BLOCKED records: TRACKED ones go when somebody touches the key. */
  const mine: { readonly key: number; readonly record: Handle; readonly kind: InterestKind; readonly seen: number }[] =
    [];
  let tracked = 0;
  for (let i = 0; i < OPERATIONS; i++) {
    const key = below(KEYS);
    const { slotAt, position, check } = keyAt(key);
    const dice = below(10);
    if (dice < 4) {
      const kind = INTEREST_KINDS[below(3)] ?? INTEREST_WATCH;
      tables.lock(slotAt);
      const record = interests.add(slotAt, position, check, kind, thread, undefined, key & 3);
      assert.notEqual(record, 0);
      if (kind === INTEREST_BLOCKED) assert.ok(interests.hasWaiters(slotAt, position, check, key & 3));
      if (kind === INTEREST_TRACKED) tracked++;
      else mine.push({ key, record, kind, seen: told[key] ?? 0 });
      tables.unlock(slotAt);
    } else if (dice < 7 && mine.length > 0) {
      const at = below(mine.length);
      const [entry] = mine.splice(at, 1);
      if (entry === undefined) continue;
      const place = keyAt(entry.key);
      tables.lock(place.slotAt);
      assert.equal(interests.threadOf(entry.record), thread);
      if (entry.kind === INTEREST_WATCH) {
        assert.equal(interests.isChanged(entry.record), told[entry.key] !== entry.seen, `key ${entry.key}`);
      }
      interests.remove(place.slotAt, entry.record);
      tables.unlock(place.slotAt);
    } else if (dice >= 7) {
      tables.lock(slotAt);
      told[key] = (told[key] ?? 0) + 1;
      const waiting = interests.firstWaiter(slotAt, position, check) !== 0;
      if (tables.view.getUint32(slotAt + SLOT_INTEREST, true) !== 0) interests.touched(slotAt, position, check);
      const noted = interests.ready.some((ready) => ready.slotAt === slotAt && ready.check === check);
      assert.equal(noted, waiting, `key ${key}`);
      interests.ready = [];
      for (const { thread: owner } of interests.invalidations) Atomics.add(told, KEYS + owner, 1);
      interests.invalidations = [];
      tables.unlock(slotAt);
    }
  }
  for (const { key, record } of mine) {
    const { slotAt } = keyAt(key);
    tables.lock(slotAt);
    interests.remove(slotAt, record);
    tables.unlock(slotAt);
  }
  Atomics.add(told, KEYS + THREADS + thread, tracked);
  store.allocator.flushCaches();
}

if (isMainThread) {
  test('records of several threads are told of changes, and none is lost', { timeout: 300_000 }, async (context) => {
    const memory = testMemory(LIMIT);
    const store = open(memory, THREADS);
    store.tables.initialise();
    const counts = new SharedArrayBuffer((KEYS + 2 * THREADS) * 4);
    const seed = Date.now() & 0xffffff;
    context.diagnostic(`seed ${seed}`);
    await runThreads(
      new URL(import.meta.url),
      Array.from({ length: THREADS }, (_, thread): Start => ({ memory, thread, seed: seed + thread * 7919, counts })),
    );
    const { interests } = store;
    assert.equal(interests.count(INTEREST_WATCH), 0);
    assert.equal(interests.count(INTEREST_BLOCKED), 0);
    assert.equal(verifyStore(memory, store).interests, interests.count(INTEREST_TRACKED));
    for (let key = 0; key < KEYS; key++) {
      const { slotAt, position, check } = keyAt(key);
      interests.touched(slotAt, position, check);
    }
    const words = new Int32Array(counts);
    for (const { thread } of interests.invalidations) words[KEYS + thread] = (words[KEYS + thread] ?? 0) + 1;
    for (let thread = 0; thread < THREADS; thread++) {
      assert.equal(
        words[KEYS + thread],
        words[KEYS + THREADS + thread],
        `each TRACKED record of thread ${thread} is told once`,
      );
    }
    assert.equal(interests.count(), 0);
    store.allocator.flushCaches();
    assert.equal(verifyStore(memory, store).blocks, 0);
  });

  test('waiters stand in the order in which they came', () => {
    const memory = testMemory(LIMIT);
    const store = open(memory, 0);
    store.tables.initialise();
    const { interests } = store;
    const slotAt = SlotTables.at(0, 5);
    const records = [1, 2, 3, 4].map((id) => interests.add(slotAt, 7, 8, INTEREST_BLOCKED, id));
    const ids = (): number[] => {
      const found: number[] = [];
      for (let at = interests.firstWaiter(slotAt, 7, 8); at !== 0; at = interests.next(at))
        found.push(interests.idOf(at));
      return found;
    };
    assert.deepEqual(ids(), [1, 2, 3, 4]);
    for (const gone of [3, 0]) {
      const record = records[gone];
      assert.ok(record !== undefined);
      interests.remove(slotAt, record);
    }
    assert.deepEqual(ids(), [2, 3]);
    interests.add(slotAt, 7, 8, INTEREST_BLOCKED, 5);
    assert.deepEqual(ids(), [2, 3, 5]);
    assert.equal(interests.firstWaiter(slotAt, 7, 9), 0);
  });

  test('a flush and a swap tell of the keys that exist and take the records along', () => {
    const memory = testMemory(LIMIT, 2);
    const store = open(memory, 0);
    store.tables.initialise();
    const { interests, tables, index, hasher } = store;
    const name = Buffer.from('there');
    const view = new DataView(name.buffer, name.byteOffset, name.length);
    hasher.hash(view, 0, name.length);
    const { slot, position, check } = hasher;
    const at = (table: number) => SlotTables.at(table, slot);
    // A cold entry is the least that makes a key exist.
    const cold = () =>
      index.insert(at(0), position, ((check & 0xfffffff0) | 1) >>> 0, ((position & 0xffffff00) | 0x22) >>> 0);
    assert.ok(cold());
    const existing = interests.add(at(0), position, check, INTEREST_WATCH, 1);
    const missing = interests.add(at(0), position, check ^ 0x100, INTEREST_WATCH, 2);
    const elsewhere = interests.add(at(1), position, check, INTEREST_WATCH, 3);
    interestsOfSwapped(store, 0, 1, Date.now());
    assert.deepEqual(
      [existing, missing, elsewhere].map((record) => interests.isChanged(record)),
      [true, false, true],
    );
    interests.remove(at(1), existing);
    interests.remove(at(1), missing);
    interests.remove(at(0), elsewhere);
    const first = interests.add(at(0), position, check, INTEREST_BLOCKED, 1);
    const second = interests.add(at(0), position, check ^ 0x100, INTEREST_BLOCKED, 2);
    const fresh = tables.freeTable();
    tables.setTableState(fresh, TABLE_USED);
    interestsOfFlushed(store, 0, fresh);
    assert.deepEqual(interests.ready, [{ slotAt: at(fresh), position, check }]);
    interests.remove(at(fresh), first);
    interests.remove(at(fresh), second);
    assert.equal(interests.count(), 0);
  });
} else {
  run(workerData as Start);
}
