import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMainThread, type MessagePort, parentPort, Worker, workerData } from 'node:worker_threads';
import { createMail, createMailPorts, Mailbox, type SharedMail } from './mailbox.ts';

const THREADS = 3;
const MESSAGES = 6000;
const DATA = 1;
const DONE = 2;

interface Start {
  readonly mail: SharedMail;
  readonly thread: number;
  readonly ports: readonly (MessagePort | undefined)[];
}

/** Mostly small, some that need several parts, now and then one larger than the ring. */
function lengthOf(number: number): number {
  if (number % 997 === 0) return 600_000;
  if (number % 101 === 0) return 70_000 + number;
  return 4 + ((number * 7919) % 900);
}

if (isMainThread) {
  test('messages of any size arrive whole and in order between any two threads', { timeout: 300_000 }, async () => {
    const mail = createMail(THREADS);
    const ports = createMailPorts(THREADS);
    const workers = ports.map((mine, thread) => {
      const data: Start = { mail, thread, ports: mine };
      const transferList = mine.filter((port) => port !== undefined);
      return new Worker(new URL(import.meta.url), { workerData: data, transferList });
    });
    try {
      await Promise.all(
        workers.map(
          (worker) =>
            new Promise<void>((resolve, reject) => {
              worker.on('message', () => resolve());
              worker.on('error', reject);
            }),
        ),
      );
    } finally {
      await Promise.all(workers.map((worker) => worker.terminate()));
    }
  });

  test('who sends more than is read is told to wait, and when to go on', { timeout: 300_000 }, async () => {
    const mail = createMail(2);
    const [mine = [], theirs = []] = createMailPorts(2);
    const sender = new Mailbox(mail, 0, mine);
    const receiver = new Mailbox(mail, 1, theirs);
    const chunk = new Uint8Array(50_000);
    let sent = 0;
    for (; !sender.congested; sent++) sender.send(1, DATA, chunk, 0, chunk.length);
    let received = 0;
    receiver.on(DATA, (_from, _bytes, _view, _start, length) => {
      assert.equal(length, chunk.length);
      received++;
    });
    const room = new Promise<void>((resolve) => sender.whenRoom(resolve));
    sender.open();
    receiver.open();
    await room;
    assert.equal(sender.congested, false);
    while (received < sent) await new Promise((resolve) => setImmediate(resolve));
    sender.close();
    receiver.close();
  });
  test('who answers mail while it reads it wakes the one that wrote', { timeout: 300_000 }, async () => {
    const mail = createMail(3);
    const boxes = createMailPorts(3).map((ports, thread) => new Mailbox(mail, thread, ports));
    const [first, second, third] = boxes;
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    const bytes = new Uint8Array(8);
    let passed = 0;
    second.on(DATA, (_from, content, _view, start, length) => {
      second.send(2, DATA, new Uint8Array(content.subarray(start, start + length)), 0, length);
    });
    third.on(DATA, () => passed++);
    for (const box of boxes) box.open();
    for (let n = 0; n < 100; n++) {
      first.send(1, DATA, bytes, 0, bytes.length);
      while (passed <= n) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    for (const box of boxes) box.close();
  });
} else {
  const { mail, thread, ports } = workerData as Start;
  const box = new Mailbox(mail, thread, ports);
  const next = Array.from({ length: THREADS }, () => 0);
  let done = 0;
  box.on(DATA, (from, bytes, view, start, length) => {
    const number = view.getUint32(start, true);
    assert.equal(number, next[from]);
    next[from] = number + 1;
    assert.equal(length, lengthOf(number));
    const content = number & 0xff;
    for (let i = start + 4; i < start + length; i++) if (bytes[i] !== content) assert.fail('a torn message');
  });
  box.on(DONE, (from) => {
    assert.equal(next[from], MESSAGES);
    if (++done === THREADS - 1) parentPort?.postMessage('done');
  });
  box.open();
  const chunk = new Uint8Array(600_000);
  const view = new DataView(chunk.buffer);
  let number = 0;
  const sendSome = (): void => {
    // A random number of messages per turn, so that wakes, full rings and idle turns mix.
    for (let n = Math.random() * 300; n > 0 && number < MESSAGES && !box.congested; n--) {
      const length = lengthOf(number);
      chunk.fill(number & 0xff, 0, length);
      view.setUint32(0, number, true);
      for (let to = 0; to < THREADS; to++) if (to !== thread) box.send(to, DATA, chunk, 0, length);
      number++;
    }
    if (number < MESSAGES) {
      if (box.congested) box.whenRoom(sendSome);
      else setImmediate(sendSome);
      return;
    }
    for (let to = 0; to < THREADS; to++) if (to !== thread) box.send(to, DONE, chunk, 0, 0);
  };
  sendSome();
}
