import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { missingPrograms } from '../support/programs.ts';
import { Pair } from './pair.ts';

describe('channels of users against redis-server', {
  skip: missingPrograms({ 'redis-server': 'redis-server' }),
  timeout: 300_000,
}, () => {
  let pair: Pair;

  before(async () => {
    pair = await Pair.start();
  });

  after(() => pair?.stop());

  it('publishing and subscribing', async () => {
    await pair.lines(`
      admin: PUBLISH foo bar
      admin: SPUBLISH foo bar
      admin: ACL SETUSER ps on >x +acl +client +@pubsub +@transaction
      ps: AUTH ps x
      ps: PUBLISH foo bar
      ps: SPUBLISH foo bar
      ps: SUBSCRIBE foo
      ps: SSUBSCRIBE foo
      ps: PSUBSCRIBE bar*
      admin: ACL SETUSER ps resetchannels &foo:1 &bar:*
      ps: PUBLISH foo:1 a
      ps: PUBLISH bar:2 a
      ps: PUBLISH zap:3 a
      ps: SPUBLISH foo:1 a
      ps: SPUBLISH zap:3 a
      ps: MULTI
      ps: PUBLISH zap:3 a
      ps: SUBSCRIBE zap:3
      ps: PSUBSCRIBE notexists:* bar:*
      ps: EXEC
      ps: PUBSUB CHANNELS
      sub: AUTH ps x
      sub: SUBSCRIBE foo:1
      sub: SUBSCRIBE bar:2
      sub: SUBSCRIBE zap:3
      sub: PSUBSCRIBE bar:*
      sub: PSUBSCRIBE bar:baz
      sub: PSUBSCRIBE foo:1
      sub: SSUBSCRIBE foo:1
      sub: SSUBSCRIBE zap:3
      sub: UNSUBSCRIBE zap:3
      sub: PUNSUBSCRIBE zap:3
      admin: ACL SETUSER ps (+publish &zap:3) (+subscribe &*)
      ps: PUBLISH zap:3 a
      ps: PUBLISH zap:4 a
      sub: SUBSCRIBE anything
    `);
    pair.close('sub');
    await pair.lines(`
      admin: ACL LOG RESET
      admin: ACL SETUSER test-channels reset +@all resetchannels &channel
      admin: ACL DRYRUN test-channels SPUBLISH channel foo
      admin: ACL DRYRUN test-channels SSUBSCRIBE channel
      admin: ACL DRYRUN test-channels SUNSUBSCRIBE
      admin: ACL DRYRUN test-channels SUNSUBSCRIBE otherchannel
      admin: ACL DRYRUN test-channels SPUBLISH otherchannel foo
      admin: ACL DRYRUN test-channels SSUBSCRIBE channel otherchannel
      admin: ACL DRYRUN test-channels PSUBSCRIBE channel*
      admin: ACL DRYRUN test-channels PSUBSCRIBE channel
      admin: ACL SETUSER ps clearselectors
      ps: PUBLISH somechannelnotallowed x
    `);
    await pair.sameLog();
  });

  const subscriber = async (channels: string, lines: string) => {
    await pair.lines(`
      admin: ACL SETUSER ps reset on >x +acl +client +@pubsub ${channels}
      sub: AUTH ps x
      sub: CLIENT SETNAME deathrow
      ${lines}
    `);
  };

  it('who loses a channel is disconnected', async () => {
    for (const [channels, lines, then] of [
      ['&foo:1', 'sub: SUBSCRIBE foo:1', 'resetchannels'],
      ['&foo:1', 'sub: SSUBSCRIBE foo:1', 'resetchannels &foo:2'],
      ['&bar:*', 'sub: PSUBSCRIBE bar:*', 'resetchannels &b*'],
      ['allchannels', 'sub: PSUBSCRIBE foo', 'resetchannels'],
      ['allchannels', 'sub: SUBSCRIBE foo', 'reset'],
    ] as const) {
      await subscriber(channels, lines);
      await pair.lines(`admin: ACL SETUSER ps ${then}`);
      for (const client of await pair.client('sub')) await assert.rejects(client.call('PING'));
      for (const list of await pair.both('admin', 'CLIENT', 'LIST')) assert.ok(!String(list).includes('deathrow'));
      pair.close('sub');
    }
  });

  it('who keeps its channels stays', async () => {
    await subscriber('&foo:1 &bar:* &orders', 'sub: SUBSCRIBE foo:1\nsub: SSUBSCRIBE orders\nsub: PSUBSCRIBE bar:*');
    await pair.lines(`
      admin: ACL SETUSER ps resetchannels &foo:1 &bar:* &orders &baz:qaz &zoo:*
      sub: PING
      admin: ACL SETUSER ps resetchannels &foo:* &bar:* &ord*
      sub: PING
      admin: ACL SETUSER ps allchannels
      sub: PING
      admin: ACL SETUSER ps resetchannels (&foo:1) (&orders &bar:*)
      sub: PING
      admin: ACL DELUSER ps
    `);
    for (const client of await pair.client('sub')) await assert.rejects(client.call('PING'));
  });
});
