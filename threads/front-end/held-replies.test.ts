import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SlotTables } from '../../tiers/index/slot-tables.ts';
import { UnsavedSlots } from '../../tiers/index/unsaved.ts';
import { CommitWords } from '../../tiers/mover/commit-words.ts';
import { testMemory } from '../../tiers/testing/memory.ts';
import { HeldReplies } from './held-replies.ts';
import { HeldTransport } from './held-transport.ts';
import { type Transport, type TransportListener, WRITE_DONE, WRITE_KEPT, type WriteOutcome } from './transport.ts';

const THREAD = 0;

/** A connection that notes what is sent. */
class NotingTransport implements Transport {
  readonly fd = 3;
  readonly remoteAddress = '';
  readonly localAddress = '';
  closed = false;
  pendingBytes = 0;
  pendingBuffers = 0;
  ended = false;
  readonly sent: string[] = [];
  /** What a transport that keeps buffers goes on reading from. */
  readonly keeps: Uint8Array[] = [];
  keeping = false;

  start(_listener: TransportListener): void {}
  pause(): void {}
  resume(): void {}
  write(buffer: Buffer, length: number): WriteOutcome {
    return this.push(buffer.subarray(0, length));
  }
  push(bytes: Uint8Array): WriteOutcome {
    this.sent.push(Buffer.from(bytes).toString());
    if (!this.keeping) return WRITE_DONE;
    this.keeps.push(bytes);
    return WRITE_KEPT;
  }
  end(): void {
    this.ended = true;
  }
  destroy(): void {
    this.closed = true;
  }
}

function open() {
  const memory = testMemory(2 ** 20, 1);
  const unsaved = new UnsavedSlots(memory, new SlotTables(memory, THREAD));
  const words = new CommitWords(memory);
  let asked = 0;
  const ask = () => {
    asked++;
  };
  const held = new HeldReplies({ thread: THREAD, unsaved, words, ask, log: () => {} });
  const commit = () => {
    words.attend();
    words.end(words.begin());
    if (words.takeWaits(THREAD)) held.onCommitted();
    words.rest();
  };
  return { held, words, commit, asked: () => asked };
}

const say = (transport: Transport, text: string): WriteOutcome => {
  const bytes = Buffer.alloc(Math.max(64, text.length));
  bytes.write(text);
  return transport.write(bytes, text.length);
};

/** A batch of one connection, that changes something or not. */
function batch(held: HeldReplies, transport: HeldTransport, text: string, changes: boolean): void {
  held.begin();
  if (changes) held.touch();
  say(transport, text);
  held.begin();
}

test('replies to changes wait for a commit that begins later, and those behind them too', () => {
  const { held, commit, asked } = open();
  const [writer, reader] = [new NotingTransport(), new NotingTransport()];
  const [a, b] = [new HeldTransport(writer, held), new HeldTransport(reader, held)];
  batch(held, a, 'before', false);
  batch(held, a, 'set', true);
  batch(held, a, 'get', false);
  a.push(Buffer.from('pushed'));
  batch(held, b, 'read', false);
  assert.deepEqual(writer.sent, ['before']);
  assert.deepEqual(reader.sent, ['read'], 'who has changed nothing does not wait');
  assert.equal(a.pendingBytes, 'setgetpushed'.length);
  assert.equal(asked(), 1);
  held.release();
  assert.deepEqual(writer.sent, ['before']);
  commit();
  assert.deepEqual(writer.sent, ['before', 'set', 'get', 'pushed']);
  assert.equal(a.pendingBuffers, 0);
  batch(held, a, 'after', false);
  assert.equal(writer.sent.at(-1), 'after');
  held.close();
});

test('a commit that had begun when something changed is not enough', () => {
  const { held, words, commit } = open();
  const noting = new NotingTransport();
  const transport = new HeldTransport(noting, held);
  const running = words.begin();
  batch(held, transport, 'late', true);
  words.end(running);
  held.onCommitted();
  assert.deepEqual(noting.sent, []);
  commit();
  assert.deepEqual(noting.sent, ['late']);
  held.close();
});

test('thousands of replies, long ones among them, keep their order; kept memory is not used again; the end comes last', () => {
  const { held, commit } = open();
  const noting = new NotingTransport();
  noting.keeping = true;
  const transport = new HeldTransport(noting, held);
  const expected: string[] = [];
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 2000; n++) {
      const text = `${round}:${n}:`.padEnd(n % 500 === 0 ? 100_000 : 20 + (n % 300), '.');
      expected.push(text);
      batch(held, transport, text, n % 3 === 0 || n === 0);
    }
    commit();
  }
  transport.end();
  assert.deepEqual(noting.sent, expected);
  assert.deepEqual(
    noting.keeps.map((bytes) => Buffer.from(bytes).toString()),
    expected,
  );
  assert.ok(noting.ended);
  batch(held, transport, 'bye', true);
  noting.ended = false;
  transport.end();
  assert.ok(!noting.ended);
  commit();
  assert.ok(noting.ended);
  held.close();
});

test('what waits for a client that has left is sent to nobody', () => {
  const { held, commit } = open();
  const [gone, other] = [new NotingTransport(), new NotingTransport()];
  const [a, b] = [new HeldTransport(gone, held), new HeldTransport(other, held)];
  batch(held, a, 'one', true);
  batch(held, b, 'two', true);
  a.destroy();
  commit();
  assert.deepEqual(gone.sent, []);
  assert.deepEqual(other.sent, ['two']);
  held.close();
});
