import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMainThread, workerData } from 'node:worker_threads';
import { SLOTS } from '../base/limits.ts';
import type { SharedMemory } from '../memory/shared-memory.ts';
import { testMemory } from '../testing/memory.ts';
import { runThreads } from '../testing/threads.ts';
import { COUNT_COLD, COUNT_EXPIRES, COUNT_KEYS, SlotTables, TABLE_FREE, TABLE_USED } from './slot-tables.ts';

interface Start {
  readonly memory: SharedMemory;
  readonly thread: number;
}

const THREADS = 3;
const TIMES = 50_000;

if (isMainThread) {
  test('counters of a slot and of its table agree, whoever counts', async () => {
    const memory = testMemory(2 ** 20, 2);
    await runThreads(
      new URL(import.meta.url),
      Array.from({ length: THREADS }, (_, thread): Start => ({ memory, thread })),
    );
    const tables = new SlotTables(memory, THREADS);
    let inSlots = 0;
    for (let slot = 0; slot < 4; slot++) inSlots += tables.slotCount(SlotTables.at(1, slot), COUNT_KEYS);
    assert.equal(inSlots, THREADS * TIMES * 2);
    assert.equal(tables.total(1, COUNT_KEYS), inSlots);
    assert.equal(tables.total(1, COUNT_COLD), -THREADS * TIMES + THREADS * TIMES);
    assert.equal(tables.total(0, COUNT_KEYS), 0);
    assert.equal(tables.total(2, COUNT_KEYS), 0);
  });

  test('databases are tables, and every database has a spare one', () => {
    const tables = new SlotTables(testMemory(2 ** 20, 16), 0);
    tables.initialise();
    assert.equal(tables.tables, 33);
    for (let db = 0; db < 16; db++) {
      assert.equal(tables.tableOf(db), db);
      assert.equal(tables.databaseOf(db), db);
      assert.equal(tables.tableState(db), TABLE_USED);
    }
    assert.equal(tables.freeTable(), 16);
    const version = tables.mappingVersion;
    tables.setTableOf(3, 16);
    assert.notEqual(tables.mappingVersion, version);
    assert.equal(tables.databaseOf(3), -1);
    assert.equal(tables.databaseOf(16), 3);
    tables.setTableState(16, TABLE_USED);
    assert.equal(tables.freeTable(), 17);
    tables.setTableState(16, TABLE_FREE);
    assert.equal(tables.freeTable(), 16);
  });

  test('keyspace ids are handed out once, and kept per table', () => {
    const tables = new SlotTables(testMemory(2 ** 20, 2), 0);
    tables.setNextKeyspaceId(7);
    assert.equal(tables.newKeyspaceId(), 7);
    assert.equal(tables.newKeyspaceId(), 8);
    assert.equal(tables.nextKeyspaceId, 9);
    tables.setKeyspaceId(4, 123);
    assert.deepEqual(
      [3, 4].map((table) => tables.keyspaceId(table)),
      [0, 123],
    );
  });

  test('a slot knows a time before which nothing in it expires', () => {
    const tables = new SlotTables(testMemory(2 ** 20, 2), 0);
    const at = SlotTables.at(4, SLOTS - 1);
    assert.equal(tables.earliestExpiry(at), 0xffffffff);
    tables.noteExpiry(at, 5_000_999);
    assert.equal(tables.earliestExpiry(at), 5000);
    tables.noteExpiry(at, 6_000_000);
    assert.equal(tables.earliestExpiry(at), 5000);
    tables.noteExpiry(at, 0);
    assert.equal(tables.earliestExpiry(at), 1);
    tables.setEarliestExpiry(at, 0);
    assert.equal(tables.earliestExpiry(at), 0xffffffff);
    tables.noteExpiry(at, 2 ** 52);
    assert.equal(tables.earliestExpiry(at), 0xfffffffe);
  });
} else {
  const { memory, thread } = workerData as Start;
  const tables = new SlotTables(memory, thread);
  for (let i = 0; i < TIMES; i++) {
    const at = SlotTables.at(1, i % 4);
    tables.lock(at);
    tables.count(at, COUNT_KEYS, 3);
    tables.count(at, COUNT_KEYS, -1);
    tables.count(at, COUNT_COLD, 1);
    tables.count(at, COUNT_COLD, -1);
    tables.count(at, COUNT_EXPIRES, 1);
    tables.unlock(at);
  }
}
