import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REPLY_DONE, REPLY_ERROR, REPLY_NONE, REPLY_VALUE, ReplyScanner } from './reply-scanner.ts';

const STREAM = Buffer.from(
  '$5\r\nhello\r\n$-1\r\n+OK\r\n:12\r\n$0\r\n\r\n-OOM no room\r\n_\r\n$7\r\n$-1\r\n+O\r\n+OK\r\n',
);
const EXPECTED = [
  [REPLY_VALUE, ''],
  [REPLY_NONE, ''],
  [REPLY_DONE, ''],
  [REPLY_DONE, ''],
  [REPLY_VALUE, ''],
  [REPLY_ERROR, 'OOM no room'],
  [REPLY_NONE, ''],
  [REPLY_VALUE, ''],
  [REPLY_DONE, ''],
];

function scan(parts: readonly Buffer[]): [number, string][] {
  const replies: [number, string][] = [];
  const scanner = new ReplyScanner((reply, text) => replies.push([reply, text]));
  for (const part of parts) scanner.add(part);
  return replies;
}

test('replies are the same whole, byte by byte, and at every split', () => {
  assert.deepEqual(scan([STREAM]), EXPECTED);
  assert.deepEqual(scan(Array.from(STREAM, (byte) => Buffer.of(byte))), EXPECTED);
  for (let at = 0; at <= STREAM.length; at++) {
    assert.deepEqual(scan([STREAM.subarray(0, at), STREAM.subarray(at)]), EXPECTED, `split at ${at}`);
  }
});

test('what is no reply is refused', () => {
  for (const wrong of ['*1\r\n', 'HTTP/1.1 400 Bad Request\r\n', '$x\r\n', '+OK\n', `+${'x'.repeat(70_000)}`])
    assert.throws(() => scan([Buffer.from(wrong)]), /^Error: not a RESP reply/, wrong.slice(0, 20));
});
