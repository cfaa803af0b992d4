import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Request } from '../../protocol/resp/request.ts';
import { ClientPause } from './pause.ts';
import { unknownCommand, unknownSubcommand } from './refusals.ts';

function request(...args: string[]): Request {
  const made = new Request();
  const bytes = Buffer.from(args.join(''), 'latin1');
  made.attach(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
  let at = 0;
  for (const arg of args) {
    made.push(at, arg.length);
    at += arg.length;
  }
  return made;
}

test('unknown commands are quoted as redis 7.0.15 does', () => {
  const text = (...args: string[]) => unknownCommand(request(...args)).message;
  assert.equal(text('foo'), "ERR unknown command 'foo', with args beginning with: ");
  assert.equal(text('foo', 'a', 'b'), "ERR unknown command 'foo', with args beginning with: 'a' 'b' ");
  assert.equal(text('f\r\no', 'a\0b'), "ERR unknown command 'f  o', with args beginning with: 'a' ");
  assert.equal(
    text('y'.repeat(200), 'x'.repeat(100), 'z'.repeat(100), 'w'),
    `ERR unknown command '${'y'.repeat(128)}', with args beginning with: '${'x'.repeat(100)}' '${'z'.repeat(25)}' `,
  );
});

test('unknown subcommands name their container in capitals', () => {
  assert.equal(unknownSubcommand(request('client', 'NoPe')).message, "ERR unknown subcommand 'NoPe'. Try CLIENT HELP.");
});

test('a pause holds what it should, wakes at its end, and never ends early', () => {
  const pause = new ClientPause(() => {});
  let woken = 0;
  assert.equal(pause.holds(true), false);
  pause.start(10_000, 'write', 0);
  assert.deepEqual([pause.holds(true), pause.holds(false)], [true, false]);
  pause.whenOver(() => woken++);
  pause.start(5, 'all', 0);
  assert.equal(pause.holds(false), true);
  pause.end();
  assert.equal(woken, 1);
  assert.equal(pause.active, false);
});
