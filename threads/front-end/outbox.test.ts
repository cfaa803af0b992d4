import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Outbox, type Sender } from './outbox.ts';

/** Notes what reaches the kernel, and when it goes on from the buffer later. */
class FakeSender implements Sender {
  delayed = -1;
  sent = '';
  keeps: Uint8Array | undefined;
  isSlow = false;

  send(bytes: Uint8Array): boolean {
    this.sent += Buffer.from(bytes).toString();
    if (!this.isSlow) return true;
    this.keeps = bytes;
    return false;
  }
}

/** A write as a transport makes it: at once where the outbox does not want it. */
function write(outbox: Outbox, sender: FakeSender, text: string): boolean {
  const bytes = Buffer.from(text);
  const taken = outbox.take(sender, bytes, bytes.length);
  if (!taken) sender.sent += text;
  return taken;
}

/** An outbox that has found out that many writes come together. */
async function busyOutbox(senders: readonly FakeSender[]): Promise<Outbox> {
  const outbox = new Outbox();
  for (let n = 0; n < 80; n++) write(outbox, senders[n % senders.length] ?? new FakeSender(), '');
  await turn();
  await turn();
  return outbox;
}

const some = (count: number): FakeSender[] => Array.from({ length: count }, () => new FakeSender());

test('single writes are sent at once', async () => {
  const outbox = new Outbox();
  const sender = new FakeSender();
  for (let n = 0; n < 300; n++) {
    assert.equal(write(outbox, sender, 'x'), false);
    await turn();
  }
  assert.equal(sender.sent.length, 300);
});

test('writes that come together are sent when the turn ends, each in the order of its sender', async () => {
  const senders = some(5);
  const outbox = await busyOutbox(senders);
  for (const [n, sender] of senders.entries()) assert.ok(write(outbox, sender, `a${n}`));
  assert.ok(senders.every(({ sent }) => sent === ''));
  const [first] = senders;
  assert.ok(first !== undefined);
  assert.ok(write(outbox, first, 'b'));
  assert.equal(first.sent, 'a0');
  assert.equal(write(outbox, first, 'c'.repeat(5000)), false);
  assert.equal(first.sent, `a0b${'c'.repeat(5000)}`);
  await turn();
  await turn();
  for (const [n, sender] of senders.entries()) assert.ok(sender.sent.startsWith(`a${n}`));
  assert.ok(senders.every(({ delayed }) => delayed === -1));
});

test('no more than a few wait, and a sender that ends has its bytes sent first', async () => {
  const senders = some(40);
  const outbox = await busyOutbox(senders);
  for (const sender of senders) write(outbox, sender, 'x');
  const waiting = senders.filter(({ sent }) => sent === '');
  assert.ok(waiting.length > 0 && waiting.length <= 16);
  const [one] = waiting;
  assert.ok(one !== undefined);
  outbox.flush(one);
  assert.equal(one.sent, 'x');
  await turn();
  await turn();
  assert.ok(senders.every(({ sent }) => sent === 'x'));
});

test('bytes that the kernel has not taken yet are not written over', async () => {
  const senders = some(4);
  const outbox = await busyOutbox(senders);
  const [slow] = senders;
  assert.ok(slow !== undefined);
  slow.isSlow = true;
  for (const sender of senders) assert.ok(write(outbox, sender, 'first'));
  await turn();
  await turn();
  slow.isSlow = false;
  for (const sender of senders) assert.ok(write(outbox, sender, 'other'));
  assert.equal(Buffer.from(slow.keeps ?? []).toString(), 'first');
  await turn();
  await turn();
  assert.ok(senders.every(({ sent }) => sent === 'firstother'));
});

test('who comes alone again is sent to at once again', async () => {
  const senders = some(4);
  const outbox = await busyOutbox(senders);
  const [one] = senders;
  assert.ok(one !== undefined);
  write(outbox, one, 'a');
  await turn();
  await turn();
  assert.equal(one.sent, 'a');
  assert.equal(write(outbox, one, 'b'), false);
});

test('it is found out at any number of writes in a turn, when it is the same in all', async () => {
  for (const count of [3, 4, 5, 6, 8, 16]) {
    const outbox = new Outbox();
    const senders = some(count);
    let taken = 0;
    for (let n = 0; n < 200; n++) {
      taken = 0;
      for (const sender of senders) if (write(outbox, sender, '')) taken++;
      await turn();
    }
    assert.equal(taken, count, `${count} in a turn`);
  }
});
