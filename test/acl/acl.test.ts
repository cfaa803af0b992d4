import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { aclCategories } from '../../engine/commands/flags.ts';
import { toPlain } from '../support/plain-reply.ts';
import { missingPrograms } from '../support/programs.ts';
import { Pair } from './pair.ts';

const HASH = '34344e4d60c2b6d639b7bd22e18f2b0b91bc34bf0ac5f9952744435093cfb4e6';

describe('ACL against redis-server', {
  skip: missingPrograms({ 'redis-server': 'redis-server' }),
  timeout: 300_000,
}, () => {
  let pair: Pair;

  before(async () => {
    pair = await Pair.start({ 'enable-debug-command': 'yes' });
  });

  after(() => pair?.stop());

  it('users and passwords', async () => {
    await pair.lines(`
      admin: ACL WHOAMI
      admin: ACL USERS
      admin: ACL LIST
      admin: ACL SETUSER newuser
      admin: ACL GETUSER newuser
      admin: ACL GETUSER nobody
      new: AUTH newuser passwd1
      admin: ACL SETUSER newuser >passwd1
      new: AUTH newuser passwd1
      admin: ACL SETUSER newuser on +acl
      new: AUTH newuser passwd1
      new: ACL WHOAMI
      admin: ACL SETUSER newuser >passwd2
      new: AUTH newuser passwd1
      new: AUTH newuser passwd2
      new: AUTH newuser passwd3
      new: AUTH nobody passwd3
      new: AUTH a b c
      new: ACL WHOAMI
      new: AUTH passwd2
      admin: ACL SETUSER newuser <passwd1
      admin: ACL SETUSER newuser <passwd1
      new: AUTH newuser passwd1
      admin: ACL SETUSER newuser #${HASH}
      new: AUTH newuser passwd4
      admin: ACL SETUSER newuser #${HASH.slice(1)}
      admin: ACL SETUSER newuser #${HASH.slice(1)}q
      admin: ACL SETUSER newuser #${HASH.slice(1).toUpperCase()}
      admin: ACL GETUSER newuser
      admin: ACL SETUSER newuser !${HASH}
      admin: ACL GETUSER newuser
      admin: ACL SETUSER newuser nopass
      new: AUTH newuser whatever
      admin: ACL SETUSER newuser resetpass
      new: AUTH newuser whatever
      admin: ACL SETUSER newuser off
      new: ACL WHOAMI
      new: GET x
      admin: ACL LIST
      admin: ACL DELUSER newuser nobody newuser
      admin: ACL DELUSER default
      admin: ACL DELUSER nobody default
      admin: ACL USERS
    `);
    assert.ok((await pair.same('admin', 'ACL', 'SETUSER', 'a a')) instanceof Error);
    assert.ok((await pair.same('admin', 'ACL', 'SETUSER', 'a\0a')) instanceof Error);
    await pair.same('admin', 'ACL', 'SETUSER', 'ü', '>ü', 'on', '+@all', '~ü*', '+@all');
    await pair.same('umlaut', 'AUTH', 'ü', 'ü');
    await pair.same('umlaut', 'SET', 'üx', '1');
    await pair.same('umlaut', 'SET', 'x', '1');
    await pair.same('umlaut', 'ACL', 'WHOAMI');
  });

  it('commands and subcommands', async () => {
    await pair.lines(`
      admin: ACL SETUSER cmd on nopass +set
      cmd: AUTH cmd x
      cmd: SET foo bar
      cmd: GET foo
      cmd: NOSUCH foo
      cmd: GET
      admin: ACL SETUSER cmd allcommands ~foo:* ~bar:*
      cmd: SET foo:1 a
      cmd: SET zap:3 a
      cmd: MSET foo:1 a zap:1 b
      admin: ACL SETUSER cmd allkeys
      admin: ACL SETUSER cmd -ping
      cmd: INCR counter
      cmd: PING
      admin: ACL SETUSER cmd -@all +@set
      cmd: SADD s a b
      cmd: SET foo bar
      cmd: ACL WHOAMI
      admin: ACL SETUSER cmd +@all -@string
      cmd: SADD s c
      cmd: SET foo bar
      admin: ACL SETUSER cmd +@all -client
      admin: ACL SETUSER cmd +client|getname +client|setname
      cmd: CLIENT SETNAME foo
      cmd: CLIENT GETNAME
      cmd: CLIENT KILL TYPE master
      cmd: CLIENT NOSUCH
      admin: ACL SETUSER cmd +@all -client|kill
      admin: ACL GETUSER cmd
      cmd: CLIENT KILL TYPE master
      admin: ACL SETUSER cmd -@all +acl +config -config|set
      cmd: CONFIG GET maxmemory
      cmd: CONFIG SET maxmemory 0
      admin: ACL SETUSER cmd +config|get|x
      admin: ACL SETUSER cmd +config|asdf
      admin: ACL SETUSER cmd -config|asdf
      admin: ACL SETUSER cmd +get|key1|key2
      admin: ACL SETUSER cmd -get|key1|key2
      admin: ACL SETUSER cmd +nosuch
      admin: ACL SETUSER cmd +@nosuch
      admin: ACL SETUSER cmd ~* ~a
      admin: ACL SETUSER cmd allchannels &a
      admin: ACL SETUSER cmd foo
      admin: ACL SETUSER cmd reset on nopass -@all +select|0
      admin: ACL GETUSER cmd
      cmd: SELECT 0
      cmd: SELECT 1
      cmd: select 0
      admin: ACL SETUSER cmd +select|1 +SELECT|1
      cmd: SELECT 1
      admin: ACL GETUSER cmd
      admin: ACL SETUSER cmd -select
      cmd: SELECT 1
      admin: ACL SETUSER cmd reset on nopass -@all
      cmd: QUIT
      cmd2: RESET
      cmd2: ACL WHOAMI
    `);
    pair.close('cmd');
  });

  it('categories', async () => {
    await pair.lines(`
      admin: ACL CAT
      admin: ACL CAT NON_EXISTS
      admin: ACL CAT a b
      admin: ACL NOSUCH
      admin: ACL
      admin: ACL HELP x
      admin: ACL GETUSER
      admin: ACL LOG a b
      admin: ACL LOG a
      admin: ACL GENPASS a b
      admin: ACL GENPASS a
      admin: ACL GENPASS -236
      admin: ACL GENPASS 5000
      admin: ACL GENPASS 0
      admin: ACL LOAD
      admin: ACL SAVE
      admin: ACL DRYRUN
    `);
    for (const [bits, digits] of [
      [undefined, 64],
      [5, 2],
      [1, 1],
      [4096, 1024],
      [9, 3],
    ] as const) {
      for (const raw of await pair.both('admin', 'ACL', 'GENPASS', ...(bits === undefined ? [] : [bits]))) {
        assert.match(String(toPlain(raw)), new RegExp(`^[0-9a-f]{${digits}}$`));
      }
    }
    const [mine, theirs] = (await pair.both('admin', 'COMMAND', 'LIST')).map(
      (raw) => new Set(toPlain(raw) as string[]),
    );
    assert.ok(mine && theirs);
    for (const category of [...aclCategories, 'READ']) {
      const [ours, redis] = (await pair.both('admin', 'ACL', 'CAT', category)).map((raw) =>
        (toPlain(raw) as string[]).sort(),
      );
      assert.deepEqual(
        ours?.filter((name) => theirs.has(name)),
        redis?.filter((name) => mine.has(name)),
        category,
      );
    }
  });

  it('RESP3, HELLO and RESET', async () => {
    await pair.lines('admin: ACL SETUSER three reset on >x +@all ~a %R~b &c (+get ~d)');
    for (const one of await pair.both('three', 'HELLO', 3, 'AUTH', 'three', 'x', 'SETNAME', 'me')) {
      assert.match(one.toString(), /^%7\r\n/);
    }
    await pair.lines(`
      three: HELLO 3 AUTH three wrong
      three: ACL WHOAMI
      three: CLIENT GETNAME
      three: ACL GETUSER three
      three: ACL GETUSER nobody
      three: ACL LIST
      three: RESET
      three: ACL WHOAMI
    `);
  });

  it('the default user', async () => {
    await pair.lines(`
      admin: ACL SETUSER super on >s +@all ~* &*
      admin: AUTH super s
      admin: ACL SETUSER default off
      fresh: PING
      fresh: GET a
      fresh: HELLO 2
      fresh: QUIT
    `);
    pair.close('fresh');
    await pair.lines(`
      fresh: AUTH default x
      fresh: AUTH super s
      fresh: PING
      fresh: RESET
      fresh: PING
      admin: ACL SETUSER default on
      fresh: PING
      admin: ACL SETUSER default -@all
      fresh: PING
      admin: CONFIG SET requirepass secret
      admin: ACL GETUSER default
      fresh: PING
      fresh2: PING
      fresh2: AUTH wrong
      fresh2: AUTH secret
      fresh2: PING
      admin: ACL SETUSER default +@all
      fresh2: PING
      admin: CONFIG GET requirepass
      admin: ACL SETUSER default >other
      fresh2: AUTH other
      admin: CONFIG SET requirepass other2
      fresh2: AUTH other
      admin: CONFIG SET requirepass ''
      fresh2: AUTH other
      fresh2: AUTH default other
      admin: ACL LIST
      admin: CONFIG SET acl-pubsub-default allchannels
      admin: ACL SETUSER chan
      admin: ACL SETUSER chan (+get)
      admin: CONFIG SET acl-pubsub-default resetchannels
      admin: ACL SETUSER chan2
      admin: ACL GETUSER chan
      admin: ACL GETUSER chan2
      admin: AUTH default x
    `);
  });

  it('clients of deleted users are disconnected', async () => {
    await pair.lines(`
      admin: ACL SETUSER gone on nopass +@all ~*
      gone: AUTH gone x
      bystander: PING
      admin: ACL SETUSER other on >x
      admin: CLIENT KILL USER nosuch
      admin: ACL DELUSER gone
      bystander: PING
    `);
    for (const client of await pair.client('gone')) await assert.rejects(client.call('PING'));
    pair.close('gone');
    await pair.lines(`
      admin: ACL SETUSER self on nopass +@all ~*
      self: AUTH self x
      self: ACL DELUSER self
    `);
    for (const client of await pair.client('self')) await assert.rejects(client.call('PING'));
    pair.close('self');
    await pair.lines(`
      admin: ACL SETUSER killed on nopass +@all ~*
      killed: AUTH killed x
      admin: CLIENT KILL USER killed
    `);
    for (const client of await pair.client('killed')) await assert.rejects(client.call('PING'));
    pair.close('killed');
  });
});
