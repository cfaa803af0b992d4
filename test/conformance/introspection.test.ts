import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type LaunchedServer, launch } from '../support/launch.ts';
import { logged } from '../support/logged.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../tiers/tiered-server.ts';

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
    await until('the writer is held', async () => (await blocked()) === 1);
    await client.call('client', 'unpause');
    assert.equal(String(await written), '+OK\r\n');
    await until('nobody is held', async () => (await blocked()) === 0);
    await client.call('client', 'pause', '100000', 'write');
    const lost = writer.call('set', 'k', 'v').catch(() => {});
    await until('the writer is held again', async () => (await blocked()) === 1);
    writer.close();
    await lost;
    await until('one that leaves is not counted', async () => (await blocked()) === 0);
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
    await logged(server, /Unknown command 'gte': did you mean 'get'\?/);
  });
});
