import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CommandComparison } from '../../../test/support/command-comparison.ts';
import { CommandServer } from '../../../test/support/command-server.ts';
import { missingPrograms } from '../../../test/support/programs.ts';
import { followConfigSet } from '../../acl/start.ts';

const scenarios = String.raw`
ping
ping hello
ping a b
echo
echo hi
echo a b
select
select x
select -1
select 16
select 15
select 99999999999
select 0

hello x
hello 4
hello 1
hello 2 foo
hello 2 auth
hello 2 auth default
hello 2 auth nobody x
hello 2 auth default x
hello 2 setname
hello 2 setname "a b"
hello 2 setname me foo
hello 2 setname me
hello
client getname
hello 3
hello 3
hello 2

hello 3
client getname
client kill id 999999
client unblock 99999
set a b
get missing
object encoding missing
config get maxmemory
command info get nonsense
command docs nonsense
command getkeysandflags mset a b c d
debug protocol string
debug protocol integer
debug protocol double
debug protocol bignum
debug protocol null
debug protocol array
debug protocol set
debug protocol map
debug protocol verbatim
debug protocol true
debug protocol false
debug protocol nonsense

auth
auth foo
auth nobody foo
auth default foo
auth a b c

client
client foo
client foo bar
client id x
client info x
client getname
client getname x
client setname
client setname "a b"
client setname "\x00"
client setname me
client getname
client setname ""
client getname
client list type foo
client list type
client list foo
client list id
client list id x
client list id 0
client list id 999999
client kill
client kill foo
client kill id
client kill id x
client kill id 0
client kill id -1
client kill id 999999
client kill addr
client kill addr 1.2.3.4:5
client kill addr 1.2.3.4:5 laddr
client kill laddr 1.2.3.4:5
client kill type foo
client kill type pubsub foo
client kill skipme foo
client kill skipme
client kill user nobody
client kill id 999999 skipme no type normal
client pause
client pause x
client pause -1
client pause 1 foo
client pause x foo
client pause 1 write x
client unpause
client unpause x
client reply
client reply foo
client reply on
client reply on x
client no-evict
client no-evict foo
client no-evict on
client no-evict off
client unblock
client unblock x
client unblock 99999
client unblock 99999 foo
client unblock x foo
client unblock 99999 error
client unblock 99999 timeout
client unblock 1 timeout x
client help x
quit
`;

/** Ids count up on both sides, but not alike. */
function withoutIds(reply: string, line: string): string {
  return line.startsWith('hello') ? reply.replace(/(id\r\n:)\d+/, '$1N') : reply;
}

describe('connection commands against redis-server', {
  skip: missingPrograms({ 'redis-server': 'redis-server' }),
}, () => {
  let comparison: CommandComparison;
  before(async () => {
    comparison = await CommandComparison.start();
  });
  after(() => comparison.stop());

  for (const resp of [2, 3] as const) {
    it(`answers scenarios alike in RESP${resp}`, async () => {
      assert.equal((await comparison.differences(scenarios, withoutIds, resp)).join('\n\n'), '');
    });
  }
});

describe('connection commands', () => {
  const fresh = () => {
    const server = new CommandServer();
    const ask = async (line: string, n = 0) => (await server.call(line.split(' '), n)).toString('latin1');
    return { server, ask };
  };

  it('wants the password once requirepass is set', async () => {
    const { server, ask } = fresh();
    followConfigSet(server.acl, [['requirepass', 'sesame']]);
    server.acl.welcome(server.session());
    assert.match(await ask('get a'), /^-NOAUTH Authentication required\./);
    assert.match(await ask('hello 3'), /^-NOAUTH HELLO must be called with the client already authenticated/);
    assert.equal(server.session().resp, 2);
    assert.match(await ask('auth wrong'), /^-WRONGPASS invalid username-password pair or user is disabled\./);
    assert.match(await ask('auth nobody sesame'), /^-WRONGPASS/);
    assert.match(await ask('hello 3 auth default sesame setname me'), /^%7\r\n/);
    assert.equal(server.session().name, 'me');
    assert.equal(await ask('get a'), '_\r\n');
  });

  it('switches replies off, on and skips one', async () => {
    const { ask } = fresh();
    assert.equal(await ask('client reply skip'), '');
    assert.equal(await ask('ping'), '');
    assert.equal(await ask('ping'), '+PONG\r\n');
    assert.equal(await ask('client reply off'), '');
    assert.equal(await ask('client reply skip'), '');
    assert.equal(await ask('ping'), '');
    assert.equal(await ask('ping'), '');
    assert.equal(await ask('client reply on'), '+OK\r\n');
    assert.equal(await ask('ping'), '+PONG\r\n');
  });

  it('lists and kills clients', async () => {
    const { server, ask } = fresh();
    server.session(2);
    assert.equal((await ask('client list')).split('id=').length - 1, 3);
    assert.match(await ask('client list id 3 1'), /id=3 [^\n]*\nid=1 /);
    assert.equal(await ask('client kill id 2'), ':1\r\n');
    assert.equal(server.session(1).closed, true);
    assert.equal(await ask('client kill id 1'), ':0\r\n');
    assert.equal(await ask('client kill id 1 skipme no'), ':1\r\n');
  });

  it('takes SETINFO and NO-TOUCH of redis 7.2', async () => {
    const { server, ask } = fresh();
    assert.equal(await ask('client setinfo lib-name node'), '+OK\r\n');
    assert.equal(await ask('client setinfo LIB-VER 1.2'), '+OK\r\n');
    assert.equal(server.session().libName, 'node');
    assert.equal(server.session().libVersion, '1.2');
    assert.match(await ask('client setinfo foo bar'), /^-ERR Unrecognized option 'foo'\r/);
    const blank = (await server.call(['client', 'setinfo', 'lib-name', 'a b'])).toString();
    assert.match(blank, /^-ERR lib-name cannot contain spaces, newlines or special characters\./);
    assert.equal(await ask('client no-touch on'), '+OK\r\n');
    assert.equal(server.session().noTouch, true);
    assert.match(await ask('client no-touch x'), /^-ERR syntax error/);
  });

  it('resets a connection', async () => {
    const { server, ask } = fresh();
    await ask('select 3');
    await ask('hello 3');
    assert.equal(await ask('reset'), '+RESET\r\n');
    assert.equal(server.session().db, 0);
    assert.equal(await ask('get a'), '$-1\r\n');
  });
});
