import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LaunchedServer, launch } from '../support/launch.ts';
import { logged } from '../support/logged.ts';
import { RawClient } from '../support/raw-client.ts';

describe('what the server says of itself', () => {
  let server: LaunchedServer;
  let client: RawClient;

  before(async () => {
    server = await launch('stratakv');
    client = await RawClient.connect({ port: server.port });
  });

  after(async () => {
    client.close();
    await server.stop();
  });

  const blocked = async (): Promise<number> =>
    Number(/blocked_clients:(\d+)/.exec(String(await client.call('info', 'clients')))?.[1]);

  it('blocked_clients has those that CLIENT PAUSE holds, and not the client that asks', async () => {
    const writer = await RawClient.connect({ port: server.port });
    assert.equal(await blocked(), 0);
    await client.call('client', 'pause', '100000', 'write');
    const written = writer.call('set', 'k', 'v');
    await sleep(50);
    assert.equal(await blocked(), 1);
    await client.call('client', 'unpause');
    assert.equal(String(await written), '+OK\r\n');
    assert.equal(await blocked(), 0);
    await client.call('client', 'pause', '100000', 'write');
    const lost = writer.call('set', 'k', 'v').catch(() => {});
    await sleep(50);
    writer.close();
    await lost;
    for (let i = 0; i < 50 && (await blocked()) !== 0; i++) await sleep(20);
    assert.equal(await blocked(), 0);
    await client.call('client', 'unpause');
  });

  it('COMMAND LIST without a filter has the subcommands too', async () => {
    const names = String(await client.call('command', 'list')).split('\r\n');
    assert.ok(names.includes('get') && names.includes('client|list'));
  });

  it('the log, not the reply, says what was probably meant', async () => {
    assert.equal(
      String(await client.call('gte', 'k')),
      "-ERR unknown command 'gte', with args beginning with: 'k' \r\n",
    );
    for (let i = 0; i < 50 && !server.log().includes('did you mean'); i++) await sleep(20);
    await logged(server, /Unknown command 'gte': did you mean 'get'\?/);
  });
});
