// Rights that are taken from a client while it waits for a key: it is served as if it still had them, unless its user is deleted. So does
// redis-server 7.0.15, which serves clients without asking again (7.2 asks).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { launch } from '../support/launch.ts';
import { missingPrograms } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';

const skip = missingPrograms({ 'redis-server': 'redis-server' });

/** What a client that waits with BLPOP gets after the change of its user and a push, and what is left in the list. */
async function outcome(port: number, key: string, change: readonly string[]): Promise<readonly [string, string]> {
  const admin = await RawClient.connect({ port });
  await admin.call('ACL', 'SETUSER', 'waiter', 'reset', 'on', '>pw', '~*', '+@all');
  const client = await RawClient.connect({ port });
  await client.call('AUTH', 'waiter', 'pw');
  const waiting = client.call('BLPOP', key, 0).then(
    (reply) => reply.toString('latin1'),
    () => 'disconnected',
  );
  while (!(await admin.call('CLIENT', 'LIST')).toString().includes(' cmd=blpop ')) await sleep(10);
  await admin.call('ACL', ...change);
  await admin.call('RPUSH', key, 'v');
  const got = await waiting;
  const left = (await admin.call('LLEN', key)).toString();
  client.close();
  admin.close();
  return [got, left];
}

const changes: readonly (readonly string[])[] = [
  ['SETUSER', 'waiter', '-blpop'],
  ['SETUSER', 'waiter', 'resetkeys'],
  ['SETUSER', 'waiter', 'off'],
  ['DELUSER', 'waiter'],
];

test('clients that wait while their user loses rights', { skip }, async () => {
  const servers = await Promise.all([launch('redis'), launch('stratakv', { 'server-threads': '2' })]);
  try {
    for (const [n, change] of changes.entries()) {
      const served = [`*2\r\n$2\r\nk${n}\r\n$1\r\nv\r\n`, ':0\r\n'];
      const expected = change[0] === 'DELUSER' ? ['disconnected', ':1\r\n'] : served;
      for (const { port } of servers)
        assert.deepEqual(await outcome(port, `k${n}`, change), expected, change.join(' '));
    }
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
});
