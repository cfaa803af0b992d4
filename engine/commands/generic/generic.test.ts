import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CommandComparison } from '../../../test/support/command-comparison.ts';
import { CommandServer } from '../../../test/support/command-server.ts';
import { missingPrograms } from '../../../test/support/programs.ts';
import { RawClient } from '../../../test/support/raw-client.ts';
import { genericScenarios } from './scenarios.ts';

/** Redis's clock for idle time ticks once a second, so a key of this second may be one second old. */
function withoutIdleTime(reply: string, line: string): string {
  return line.startsWith('object idletime') ? reply.replace(/^:\d+/, ':N') : reply;
}

describe('generic commands against redis-server', { skip: missingPrograms({ 'redis-server': 'redis-server' }) }, () => {
  let comparison: CommandComparison;
  before(async () => {
    comparison = await CommandComparison.start();
  });
  after(() => comparison.stop());

  for (const resp of [2, 3] as const) {
    it(`answers scenarios alike in RESP${resp}`, async () => {
      assert.equal((await comparison.differences(genericScenarios, withoutIdleTime, resp)).join('\n\n'), '');
    });
  }

  it('restores what redis-server dumped, with all options', async () => {
    const { ours, server } = comparison;

    const client = await RawClient.connect({ port: server.port });
    ours.session().reset();
    for (const value of ['', 'x', '123', '-2147483648', '99999999999', 'ab'.repeat(500), '\xff\0'.repeat(9)]) {
      await client.call('SET', 'from', Buffer.from(value, 'latin1'));
      const { text: payload } = await client.ask('DUMP', 'from');
      const line = ['RESTORE', 'to', '33177117420123', payload, 'REPLACE', 'ABSTTL'];
      assert.equal((await ours.call([...line, 'IDLETIME', '77'])).toString(), '+OK\r\n');
      assert.equal((await ours.call(['OBJECT', 'IDLETIME', 'to'])).toString(), ':77\r\n');
      assert.equal((await ours.call(['PEXPIRETIME', 'to'])).toString(), ':33177117420123\r\n');
      assert.deepEqual(await ours.call(['GET', 'to']), await client.call('GET', 'from'));
      assert.deepEqual(await ours.call(['DUMP', 'to']), await client.call('DUMP', 'from'));
      assert.equal((await ours.call([...line.with(2, '1')])).toString(), '+OK\r\n');
      assert.equal((await ours.call(['EXISTS', 'to'])).toString(), ':0\r\n');
    }
    client.close();
  });
});

describe('generic commands of KeyDB', () => {
  it('answers KEYDB.MEXISTS, EXPDEL and OBJECT LASTMODIFIED', async () => {
    const server = new CommandServer();
    const ask = async (...args: string[]) => (await server.call(args)).toString('latin1');
    await ask('SET', 'a', '1');
    assert.equal(await ask('KEYDB.MEXISTS', 'a', 'b'), '*2\r\n:1\r\n:0\r\n');
    assert.equal(await ask('OBJECT', 'LASTMODIFIED', 'a'), ':0\r\n');
    assert.equal(await ask('OBJECT', 'LASTMODIFIED', 'b'), '$-1\r\n');
    assert.equal(await ask('EXPDEL', 'a', 'b'), ':1\r\n');
  });
});
