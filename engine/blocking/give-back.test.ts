import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Request } from '../../protocol/resp/request.ts';
import { ReplyWriter } from '../../protocol/resp/writer.ts';
import { blockingListCommands } from '../commands/list/blocking.ts';
import { blockingSortedSetCommands } from '../commands/sorted-set/blocking.ts';
import { readResp } from './resp-value.ts';

const specs = new Map(
  [...blockingListCommands, ...blockingSortedSetCommands].map((spec) => [spec.name, spec.blocking]),
);

/** The commands that put back what `command` was answered. */
function given(command: string, write: (reply: ReplyWriter) => void, resp: 2 | 3 = 2): string[] {
  const request = new Request();
  const words = command.split(' ');
  const bytes = Buffer.from(words.join(''));
  request.attach(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
  let at = 0;
  for (const word of words) {
    request.push(at, word.length);
    at += word.length;
  }
  const reply = new ReplyWriter();
  reply.resp = resp;
  write(reply);
  const blocking = specs.get(words[0] ?? '');
  assert.ok(blocking !== undefined);
  const commands = blocking.giveBack?.(request, readResp(Buffer.from(reply.buffer.subarray(0, reply.length)))) ?? [];
  return commands.map((args) => args.map(String).join(' '));
}

function keyAndElements(reply: ReplyWriter, ...elements: string[]): void {
  reply.array(2);
  reply.text('k');
  reply.array(elements.length);
  for (const element of elements) reply.text(element);
}

test('elements of lists go back to the end that they were taken from, the last first', () => {
  const one = (reply: ReplyWriter): void => {
    reply.array(2);
    reply.text('k');
    reply.text('x\r\ny');
  };
  assert.deepEqual(given('blpop k 0', one), ['lpush k x\r\ny']);
  assert.deepEqual(given('brpop k 0', one, 3), ['rpush k x\r\ny']);
  const three = (reply: ReplyWriter): void => keyAndElements(reply, 'a', 'b', 'c');
  assert.deepEqual(given('blmpop 0 1 k left', three), ['lpush k c b a']);
  assert.deepEqual(given('blmpop 0 1 k right count 3', three), ['rpush k c b a']);
  assert.deepEqual(given('blmove k l left left 0', one), []);
});

test('members of sorted sets go back with their scores', () => {
  for (const resp of [2, 3] as const) {
    const one = (reply: ReplyWriter): void => {
      reply.array(3);
      reply.text('z');
      reply.text('m');
      reply.double(1.5);
    };
    const pairs = (reply: ReplyWriter): void => {
      reply.array(2);
      reply.text('z');
      reply.array(2);
      for (const [member, score] of [
        ['m', 1.5],
        ['n', Number.NEGATIVE_INFINITY],
      ] as const) {
        reply.array(2);
        reply.text(member);
        reply.double(score);
      }
    };
    assert.deepEqual(given('bzpopmin z 0', one, resp), ['zadd z 1.5 m']);
    assert.deepEqual(given('bzmpop 0 1 z min', pairs, resp), ['zadd z 1.5 m -inf n']);
  }
});
