import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NoMail } from '../server/mail.ts';
import type { Session } from '../server/session.ts';
import { PubSub } from './pubsub.ts';
import { CHANNEL, LocalRegistry, PATTERN, SHARD_CHANNEL } from './registry.ts';
import type { Subscriptions } from './subscriptions.ts';

/** As much of a session as PubSub uses. */
class Listener {
  resp: 2 | 3 = 2;
  subscriptions: Subscriptions | undefined;
  got = '';

  deliver(bytes: Uint8Array, start: number, length: number): void {
    this.got += Buffer.from(bytes.subarray(start, start + length)).toString('latin1');
  }

  take(): string {
    const { got } = this;
    this.got = '';
    return got;
  }

  get session(): Session {
    return this as unknown as Session;
  }
}

function open() {
  const pubsub = new PubSub(new LocalRegistry(), new NoMail());
  const publish = (channel: string, message: string, kind: typeof CHANNEL | typeof SHARD_CHANNEL = CHANNEL) => {
    const bytes = Buffer.from(`${channel}${message}`);
    return pubsub.publish(kind, bytes, 0, channel.length, bytes, channel.length, message.length);
  };
  return { pubsub, publish };
}

test('a channel that is known has the subscribers of the moment', () => {
  const { pubsub, publish } = open();
  const [one, two] = [new Listener(), new Listener()];
  assert.equal(publish('news', 'a'), 0);
  pubsub.join(one.session, CHANNEL, Buffer.from('news'));
  assert.equal(publish('news', 'b'), 1);
  assert.equal(publish('news', 'cc'), 1);
  assert.equal(
    one.take(),
    '*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1\r\nb\r\n*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$2\r\ncc\r\n',
  );
  pubsub.join(two.session, CHANNEL, Buffer.from('news'));
  assert.equal(publish('news', 'd'), 2);
  assert.equal(one.take(), two.take());
  pubsub.leave(one.session, CHANNEL, 'news');
  assert.equal(publish('news', 'e'), 1);
  assert.equal(one.take(), '');
  assert.ok(two.take().endsWith('e\r\n'));
  pubsub.leaveAll(two.session);
  assert.equal(publish('news', 'f'), 0);
});

test('patterns that come and go are seen, and each client gets its version of RESP', () => {
  const { pubsub, publish } = open();
  const [two, three] = [new Listener(), new Listener()];
  three.resp = 3;
  for (const one of [two, three]) pubsub.join(one.session, CHANNEL, Buffer.from('news'));
  assert.equal(publish('news', 'a'), 2);
  pubsub.join(three.session, PATTERN, Buffer.from('n*'));
  two.take();
  three.take();
  assert.equal(publish('news', 'b'), 3);
  const body = '3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1\r\nb\r\n';
  assert.equal(two.take(), `*${body}`);
  assert.equal(three.take(), `>${body}>4\r\n$8\r\npmessage\r\n$2\r\nn*\r\n$4\r\nnews\r\n$1\r\nb\r\n`);
  assert.equal(publish('news', 'b', SHARD_CHANNEL), 0);
  pubsub.leave(three.session, PATTERN, 'n*');
  assert.equal(publish('news', 'c'), 2);
});

test('many channels, longer ones than are remembered among them, do not get into each other', () => {
  const { pubsub, publish } = open();
  const names = Array.from({ length: 1000 }, (_, n) => `${n}${n % 7 === 0 ? 'x'.repeat(300) : ''}`);
  const listeners = names.map((name) => {
    const listener = new Listener();
    pubsub.join(listener.session, CHANNEL, Buffer.from(name));
    return listener;
  });
  for (let round = 0; round < 2; round++) {
    for (const [n, name] of names.entries()) {
      assert.equal(publish(name, `m${n}`), 1);
      assert.ok(listeners[n]?.take().endsWith(`\r\n$${name.length}\r\n${name}\r\n$${`m${n}`.length}\r\nm${n}\r\n`));
    }
  }
  assert.ok(listeners.every(({ got }) => got === ''));
});
