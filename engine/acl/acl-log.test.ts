import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AclLog, type AclLogEntry, mergeAclLogs } from './acl-log.ts';

const denied = (object: string, atMs: number, more: Partial<AclLogEntry> = {}): Omit<AclLogEntry, 'count'> => ({
  reason: 'command',
  context: 'toplevel',
  object,
  username: 'alice',
  clientInfo: `at ${atMs}`,
  atMs,
  ...more,
});

const summary = (entries: readonly AclLogEntry[]) => entries.map(({ object, count, atMs }) => [object, count, atMs]);

test('similar denials of a minute are one entry, which comes to the front', () => {
  const log = new AclLog();
  log.record(denied('get', 1000), 128);
  log.record(denied('set', 2000), 128);
  log.record(denied('get', 3000), 128);
  assert.deepEqual(summary(log.get()), [
    ['get', 2, 3000],
    ['set', 1, 2000],
  ]);
  assert.equal(log.get()[0]?.clientInfo, 'at 3000');
  log.record(denied('get', 63_001), 128);
  log.record(denied('set', 63_002, { context: 'lua' }), 128);
  assert.deepEqual(summary(log.get()).slice(0, 2), [
    ['set', 1, 63_002],
    ['get', 1, 63_001],
  ]);
  log.reset();
  assert.deepEqual(log.get(), []);
});

test('only the ten newest are looked at, and no more than the limit are kept', () => {
  const log = new AclLog();
  for (let i = 0; i < 11; i++) log.record(denied(`key${i}`, i), 128);
  log.record(denied('key0', 20), 128);
  assert.equal(log.get().length, 12);
  log.record(denied('new', 21), 5);
  assert.deepEqual(
    log.get().map(({ object }) => object),
    ['new', 'key0', 'key10', 'key9', 'key8'],
  );
  log.record(denied('none', 22), 0);
  assert.equal(log.get().length, 0);
});

test('a long key does not fill the memory', () => {
  const log = new AclLog();
  log.record(denied('k'.repeat(1_000_000), 1, { reason: 'key', username: 'u'.repeat(5000) }), 128);
  const [entry] = log.get();
  assert.ok(entry && entry.object.length < 1100 && entry.username.length < 1100);
  assert.match(entry.object, /\.\.\. \(998976 more bytes\)$/);
});

test('the logs of several threads are one: similar entries of different threads are added up', () => {
  const [one, two] = [new AclLog(), new AclLog()];
  one.record(denied('get', 1), 128);
  two.record(denied('get', 5), 128);
  two.record(denied('set', 3), 128);
  one.record(denied('get', 70_000), 128);
  assert.deepEqual(summary(mergeAclLogs([one.get(), two.get()], 128)), [
    ['get', 1, 70_000],
    ['get', 2, 5],
    ['set', 1, 3],
  ]);
  assert.equal(mergeAclLogs([one.get(), two.get()], 1).length, 1);
});
