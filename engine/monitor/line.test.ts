import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Request } from '../../protocol/resp/request.ts';
import { monitorAddress, monitorLine } from './line.ts';

function request(...args: (string | Buffer)[]): Request {
  const parts = args.map((arg) => (typeof arg === 'string' ? Buffer.from(arg, 'latin1') : arg));
  const bytes = Buffer.concat(parts);
  const result = new Request();
  result.attach(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
  let at = 0;
  for (const { length } of parts) {
    result.push(at, length);
    at += length;
  }
  return result;
}

test('lines of MONITOR are those of redis 7.0.15', () => {
  const line = monitorLine(
    1795377571374754,
    9,
    '127.0.0.1:50184',
    request('set', 'a', 'x\x00\xff"\\\x07\x08\n\r\t~\x7f'),
    undefined,
  );
  assert.equal(
    line.toString('latin1'),
    '+1795377571.374754 [9 127.0.0.1:50184] "set" "a" "x\\x00\\xff\\"\\\\\\a\\b\\n\\r\\t~\\x7f"\r\n',
  );
  const secret = monitorLine(1_000_042, 0, 'lua', request('auth', 'me', 'password'), new Set([1, 2]));
  assert.equal(secret.toString('latin1'), '+1.000042 [0 lua] "auth" "(redacted)" "(redacted)"\r\n');
  assert.equal(monitorLine(0, 0, 'lua', request('get', ''), undefined).toString(), '+0.000000 [0 lua] "get" ""\r\n');
  assert.equal(monitorAddress('/tmp/r.sock:0', true), 'unix:/tmp/r.sock');
  assert.equal(monitorAddress('[::1]:6000', false), '[::1]:6000');
});
