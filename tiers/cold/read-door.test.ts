import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReadDoor, ReadDoor, ReadDoorOwner } from './read-door.ts';

test('readers enter only while the door is open, and know a new opening from an old one', async () => {
  const door = createReadDoor(2);
  const owner = new ReadDoorOwner(door);
  const reader = new ReadDoor(door, 1);
  assert.equal(reader.enter(), 0);
  owner.open(7n);
  const first = reader.enter();
  assert.notEqual(first, 0);
  assert.equal(reader.handle, 7n);
  reader.leave();
  await owner.close();
  assert.equal(reader.enter(), 0);
  owner.open(8n);
  assert.notEqual(reader.enter(), first);
  assert.equal(reader.handle, 8n);
  reader.leave();
});

test('the door closes when the last reader has left', async () => {
  const door = createReadDoor(2);
  const owner = new ReadDoorOwner(door);
  const readers = [new ReadDoor(door, 0), new ReadDoor(door, 1)];
  owner.open(1n);
  for (const reader of readers) assert.notEqual(reader.enter(), 0);
  let closed = false;
  const closing = owner.close().then(() => {
    closed = true;
  });
  readers[0]?.leave();
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(closed, false);
  assert.equal(readers[0]?.enter(), 0, 'nobody enters while it closes');
  readers[1]?.leave();
  await closing;
  assert.equal(closed, true);
});

test('a reader may be inside several times: reads that are under way at once', async () => {
  const door = createReadDoor(1);
  const owner = new ReadDoorOwner(door);
  const reader = new ReadDoor(door, 0);
  owner.open(1n);
  reader.enter();
  reader.enter();
  reader.leave();
  let closed = false;
  const closing = owner.close().then(() => {
    closed = true;
  });
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(closed, false);
  reader.leave();
  await closing;
});
