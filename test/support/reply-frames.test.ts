import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from './random.ts';
import { ReplyFrames } from './reply-frames.ts';
import { readReply } from './resp-reply.ts';

const replies = [
  '+OK\r\n',
  '-ERR no\r\n',
  ':-12\r\n',
  '$0\r\n\r\n',
  '$-1\r\n',
  '$7\r\na\r\n$5\r\n\r\n',
  '*0\r\n',
  '*-1\r\n',
  '_\r\n',
  '*3\r\n*2\r\n:1\r\n$2\r\n\r\n\r\n*0\r\n%1\r\n+k\r\n,1.5\r\n',
  '~2\r\n#t\r\n(123\r\n',
  '>2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n',
  '=7\r\ntxt:a\r\n\r\n',
  '|1\r\n+ttl\r\n:5\r\n*1\r\n+x\r\n',
  `*2\r\n$9000\r\n${'\r\n$3'.repeat(2250)}\r\n+${'y'.repeat(300)}\r\n`,
];

test('replies come out as they went in, wherever the packets are cut', () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = new Random(seed);
  for (let round = 0; round < 300; round++) {
    const sent = Array.from({ length: random.integer(1, 12) }, () => random.pick(replies));
    const bytes = Buffer.from(sent.join(''), 'latin1');
    const frames = new ReplyFrames();
    const got: string[] = [];
    const kept: Buffer[] = [];
    const largest = random.pick([1, 3, 50, 5000]);
    for (let at = 0; at < bytes.length; ) {
      const size = random.integer(1, largest);
      for (const reply of frames.add(Buffer.from(bytes.subarray(at, at + size)))) {
        got.push(reply.toString('latin1'));
        kept.push(reply);
      }
      at += size;
    }
    assert.deepEqual(got, sent, `seed ${seed}`);
    assert.deepEqual(
      kept.map((reply) => reply.toString('latin1')),
      sent,
      `overwritten later, seed ${seed}`,
    );
    for (const reply of kept) if (reply[0] !== 0x7c) readReply(reply);
  }
});

test('what is no reply is refused', () => {
  const frames = new ReplyFrames();
  assert.equal(frames.add(Buffer.from('+OK\r\n?')).length, 1);
  assert.throws(() => frames.add(Buffer.from('x\r\n')), /not a RESP reply/);
});
