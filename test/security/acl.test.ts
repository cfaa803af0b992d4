// Attacks on users and their permissions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Target } from './target.ts';

const target = new Target();

test('CVE-2023-41053: SORT_RO and SORT do not show keys that the user may not read', async () => {
  await target.run(
    ['SET', 'secret:1', 'hidden'],
    ['SET', 'weight:1', '1'],
    ['RPUSH', 'open', '1'],
    ['ACL', 'SETUSER', 'reader', 'on', '>pw', '~open', '+@all'],
  );
  for (const command of ['SORT', 'SORT_RO']) {
    const replies = await target.run(
      ['AUTH', 'reader', 'pw'],
      [command, 'open', 'GET', 'secret:*'],
      [command, 'open', 'BY', 'weight:*'],
      [command, 'open', 'BY', 'weight:*', 'GET', '#'],
    );
    assert.doesNotMatch(replies.join(''), /hidden/);
    for (const reply of replies.slice(1)) assert.match(reply, /^-/);
  }
});

test('CVE-2024-31227 and CVE-2024-51741: selectors and key patterns that are cut short are errors', async () => {
  const rules = [
    '(',
    ')',
    '()',
    '(()',
    '(%',
    '%',
    '%~',
    '%R',
    '%W',
    '%RW',
    '%R~',
    '%RWX~k',
    '%rw~',
    '(+get ~k',
    '+get ~k)',
    '(%R~)',
    '(~%)',
    '( )',
    '((+get))',
    '+@',
    '-@',
    '+',
    '-',
    '+get|',
    '+|get',
    '>',
    '<',
    '#',
    '#zz',
    '!',
    '~',
    '&',
    '(+@all',
    `(${'~k '.repeat(1000)})`,
  ];
  for (const rule of rules) {
    await target.run(
      ['ACL', 'SETUSER', 'broken', rule],
      ['ACL', 'SETUSER', 'broken', 'on', rule, '+@all'],
      ['ACL', 'GETUSER', 'broken'],
      ['ACL', 'DRYRUN', 'broken', 'GET', 'k'],
      ['ACL', 'DRYRUN', 'broken', 'MSET', 'k', 'v', 'l', 'w'],
      ['ACL', 'LIST'],
      ['ACL', 'DELUSER', 'broken'],
    );
  }
  const pieces = rules.flatMap((one) => rules.slice(0, 12).map((other) => [one, other]));
  await target.run(...pieces.map((pair) => ['ACL', 'SETUSER', 'broken', ...pair]));
});

test('CVE-2021-29469-like: a user cannot gain rights by a command within a script, a transaction or a function', async () => {
  await target.run(
    ['SET', 'secret', 'hidden'],
    [
      'FUNCTION',
      'LOAD',
      "#!lua name=l\nredis.register_function('f', function(k) return redis.call('GET', 'secret') end)",
    ],
    [
      'ACL',
      'SETUSER',
      'limited',
      'on',
      '>pw',
      '~mine',
      '+eval',
      '+fcall',
      '+multi',
      '+exec',
      '+get',
      '+function',
      '+auth',
    ],
  );
  const replies = await target.run(
    ['AUTH', 'limited', 'pw'],
    ['EVAL', "return redis.call('GET', 'secret')", '0'],
    ['EVAL', "return redis.pcall('GET', 'secret')", '0'],
    ['EVAL', "return redis.call('GET', KEYS[1])", '1', 'secret'],
    ['EVAL', "return redis.call('SET', 'mine', 1)", '0'],
    ['FCALL', 'f', '0'],
    ['MULTI'],
    ['GET', 'secret'],
    ['EXEC'],
  );
  assert.doesNotMatch(replies.join(''), /hidden/);
  for (const at of [1, 2, 3, 4, 5, 7, 8]) assert.match(replies[at] ?? '', /^-/, String(replies[at]));
});

test('names of users, passwords and patterns with any byte', async () => {
  const client = await target.client();
  for (let byte = 0; byte < 256; byte++) {
    const name = Buffer.from([0x75, byte]);
    await client.pipeline([
      ['ACL', 'SETUSER', name, 'on', Buffer.from([0x3e, byte, byte]), Buffer.from([0x7e, byte]), '+get'],
      ['ACL', 'GETUSER', name],
      ['ACL', 'DELUSER', name],
    ]);
  }
  client.close();
  await target.isWell();
});
