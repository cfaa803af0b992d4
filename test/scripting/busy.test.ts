// What clients of a thread may do while its script is over its time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { launch } from '../support/launch.ts';
import { missingPrograms } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';

const skip = missingPrograms({ 'redis-server': 'redis-server' });

async function untilBusy(client: RawClient): Promise<void> {
  while (!(await client.call('PING')).toString().startsWith('-BUSY')) await sleep(20);
}

for (const kind of ['stratakv', 'redis'] as const) {
  test(`${kind}: EXEC and DISCARD during a busy script forget what was watched`, {
    skip: kind === 'redis' && skip,
  }, async () => {
    const threads = kind === 'stratakv' ? { 'server-threads': '1' } : {};
    const server = await launch(kind, { ...threads, 'busy-reply-threshold': '20' });
    const connect = () => RawClient.connect({ port: server.port });
    const [runner, first, second, other] = await Promise.all([connect(), connect(), connect(), connect()]);
    const say = async (client: RawClient, ...args: string[]) => (await client.call(...args)).toString('latin1');
    try {
      for (const client of [first, second]) assert.equal(await say(client, 'WATCH', 'k'), '+OK\r\n');
      const script = runner.call('EVAL', 'while true do end', 0);
      await untilBusy(other);
      for (const client of [first, second]) assert.equal(await say(client, 'MULTI'), '+OK\r\n');
      assert.match(await say(first, 'SET', 'x', '1'), /^-BUSY/);
      assert.match(await say(first, 'EXEC'), /^-EXECABORT Transaction discarded because of: BUSY/);
      assert.equal(await say(second, 'DISCARD'), '+OK\r\n');
      assert.equal(await say(other, 'SCRIPT', 'KILL'), '+OK\r\n');
      assert.match((await script).toString(), /^-ERR.*killed by user/);
      assert.equal(await say(other, 'SET', 'k', 'changed'), '+OK\r\n');
      for (const client of [first, second]) {
        await say(client, 'MULTI');
        await say(client, 'INCR', 'n');
        assert.match(await say(client, 'EXEC'), /^\*1\r\n:\d\r\n$/);
      }
    } finally {
      for (const client of [runner, first, second, other]) client.close();
      await server.stop();
    }
  });
}
