import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PATIENCE_MS } from '../support/patience.ts';
import { RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/server.ts';

const endless = 'while true do end';

/** A connection of its own for one command. */
async function fresh(port: number, ...commands: string[][]): Promise<string[]> {
  const client = await RawClient.connect({ port }, PATIENCE_MS);
  try {
    const replies: string[] = [];
    for (const command of commands) replies.push((await client.call(...command)).latin1Slice().trimEnd());
    return replies;
  } finally {
    client.close();
  }
}

/** Waits until a script is over its time: whoever may kill it is told so. */
async function untilBusy(server: TestServer): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!server.log().includes('Slow script detected')) {
    assert.ok(Date.now() < deadline, 'the script is not over its time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

for (const threads of [1, 4]) {
  test(`a script that is over its time can be killed from a new connection, ${threads} threads`, {
    timeout: 300_000,
  }, async () => {
    const server = await startServer(['--server-threads', String(threads), '--busy-reply-threshold', '100']);
    const kept: RawClient[] = [];
    try {
      for (let round = 0; round < 3; round++) {
        const runner = await RawClient.connect({ port: server.port }, PATIENCE_MS);
        const killed = runner.call('EVAL', endless, '0');
        if (round === 0) await untilBusy(server);
        // All of them are answered, whichever thread they come to.
        for (let n = 0; n < 12; n++) {
          const client = await RawClient.connect({ port: server.port }, PATIENCE_MS);
          kept.push(client);
          const reply = (await client.call('PING')).latin1Slice();
          assert.match(reply, /^(\+PONG|-BUSY )/);
          if (threads === 1 && round === 0) assert.match(reply, /^-BUSY /);
        }
        let answer = '';
        const deadline = Date.now() + PATIENCE_MS;
        // Before the script is over its time there is nothing to kill.
        do [answer = ''] = await fresh(server.port, ['SCRIPT', 'KILL']);
        while (answer.startsWith('-NOTBUSY') && Date.now() < deadline);
        assert.equal(answer, '+OK');
        assert.match((await killed).latin1Slice(), /Script killed by user/);
        runner.close();
      }
      // Those that came meanwhile are served from now on.
      for (const client of kept) assert.equal((await client.call('PING')).latin1Slice(), '+PONG\r\n');
      const [list = ''] = await fresh(server.port, ['CLIENT', 'LIST']);
      assert.equal(list.split('\n').filter((line) => line.includes('cmd=ping')).length, kept.length);
      for (const client of kept) client.close();
      const many = await Promise.all(Array.from({ length: 50 }, () => fresh(server.port, ['PING'])));
      assert.ok(many.every(([pong]) => pong === '+PONG'));
    } finally {
      assert.equal(await server.stop(), 0);
    }
  });
}

test('new connections log in while a script is over its time; strangers kill nothing', {
  timeout: 300_000,
}, async () => {
  const server = await startServer([
    '--server-threads',
    '1',
    '--busy-reply-threshold',
    '100',
    '--requirepass',
    'secret',
    '--unixsocket',
    's.sock',
  ]);
  try {
    const runner = await RawClient.connect({ port: server.port }, PATIENCE_MS);
    await runner.call('AUTH', 'secret');
    const killed = runner.call('EVAL', endless, '0');
    await untilBusy(server);
    const [denied] = await fresh(server.port, ['SCRIPT', 'KILL']);
    assert.match(denied ?? '', /^-NOAUTH/);
    const [wrong, hello] = await fresh(server.port, ['AUTH', 'guess'], ['HELLO', '3', 'AUTH', 'default', 'secret']);
    assert.match(wrong ?? '', /^-WRONGPASS/);
    assert.match(hello ?? '', /^%7/);
    const local = await RawClient.connect({ path: `${server.dir}/s.sock` }, PATIENCE_MS);
    assert.equal((await local.call('AUTH', 'secret')).latin1Slice(), '+OK\r\n');
    assert.match((await local.call('GET', 'x')).latin1Slice(), /^-BUSY/);
    assert.equal((await local.call('SCRIPT', 'KILL')).latin1Slice(), '+OK\r\n');
    await killed;
    assert.equal((await local.call('GET', 'x')).latin1Slice(), '$-1\r\n');
    local.close();
    runner.close();
  } finally {
    await server.stop();
  }
});

test('plain sockets of Node are answered too, those that are connected already', { timeout: 300_000 }, async () => {
  const env = { STRATAKV_PLAIN_SOCKETS: '1' };
  const server = await startServer(['--server-threads', '1', '--busy-reply-threshold', '100'], { env });
  try {
    const runner = await RawClient.connect({ port: server.port }, PATIENCE_MS);
    const operator = await RawClient.connect({ port: server.port }, PATIENCE_MS);
    await operator.call('PING');
    const killed = runner.call('EVAL', endless, '0');
    await untilBusy(server);
    assert.match((await operator.call('PING')).latin1Slice(), /^-BUSY/);
    assert.equal((await operator.call('SCRIPT', 'KILL')).latin1Slice(), '+OK\r\n');
    await killed;
    assert.equal((await operator.call('PING')).latin1Slice(), '+PONG\r\n');
    runner.close();
    operator.close();
  } finally {
    await server.stop();
  }
});

test('SHUTDOWN NOSAVE from a new connection ends the server while a script is over its time', {
  timeout: 300_000,
}, async () => {
  const server = await startServer(['--server-threads', '1', '--busy-reply-threshold', '100']);
  const runner = await RawClient.connect({ port: server.port }, PATIENCE_MS);
  const gone = runner.call('EVAL', endless, '0').catch(() => undefined);
  await untilBusy(server);
  await fresh(server.port, ['SHUTDOWN', 'NOSAVE']).catch(() => undefined);
  assert.equal(await server.exited, 0);
  await gone;
  await server.stop();
});
