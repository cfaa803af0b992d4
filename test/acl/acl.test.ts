import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { aclCategories } from '../../engine/commands/flags.ts';
import { toPlain } from '../support/plain-reply.ts';
import { missingPrograms } from '../support/programs.ts';
import { Random } from '../support/random.ts';
import { Pair } from './pair.ts';

const SEED = Number(process.env.STRATAKV_SEED ?? Date.now() % 1_000_000);
const DRY_ROUNDS = Number(process.env.STRATAKV_ACL_ROUNDS ?? 60);
const HASH = '34344e4d60c2b6d639b7bd22e18f2b0b91bc34bf0ac5f9952744435093cfb4e6';

describe('ACL against redis-server', {
  skip: missingPrograms({ 'redis-server': 'redis-server' }),
  timeout: 120_000,
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

  it('keys to read and to write, selectors', async () => {
    await pair.lines(`
      admin: ACL SETUSER sel on -@all resetkeys nopass
      sel: AUTH sel x
      sel: SET write::foo bar
      admin: ACL SETUSER sel (+@write ~write::*) (+@read ~read::*)
      sel: PING
      sel: SET write::foo bar
      sel: GET read::foo
      sel: GET write::foo
      sel: SET read::foo bar
      admin: ACL GETUSER sel
      admin: ACL SETUSER sel reset ()
      admin: ACL GETUSER sel
      admin: ACL SETUSER sel (~a) clearselectors
      admin: ACL GETUSER sel
      admin: ACL SETUSER sel on (this-is-invalid)
      admin: ACL SETUSER sel on (&* &fail)
      admin: ACL SETUSER sel2 (~key5 +get ) ( ~key6 +get ) ( ~key7 +get) (~key8 +get)
      admin: ACL GETUSER sel2
      admin: ACL SETUSER sel3 (
      admin: ACL SETUSER sel3 )
      admin: ACL SETUSER sel3 (+get (~x)
      admin: ACL SETUSER rw on nopass %R~read* %W~write* %RW~rw* +@all
      rw: AUTH rw x
      rw: GET read1
      rw: SET read1 x
      rw: GET write1
      rw: SET write1 x
      rw: SET write1 x GET
      rw: SET rw1 x GET
      rw: LPUSH write2 a
      rw: COPY read1 write1
      rw: COPY write1 read1
      rw: BITFIELD read1 GET u4 0
      rw: BITFIELD read1 SET u4 0 1
      rw: BITFIELD write1 GET u4 0
      rw: BITFIELD write1 SET u4 0 1
      rw: STRLEN read1
      rw: STRLEN none
      admin: ACL SETUSER two on nopass (%R~read* +@all) (%W~write* +@all)
      two: AUTH two x
      two: COPY read1 write1
      two: GET read1
      two: APPEND write1 y
      admin: ACL SETUSER sort on nopass (+sort ~mylist)
      admin: DEL mylist v1
      admin: SET v1 1
      admin: LPUSH mylist 1
      sort: AUTH sort x
      sort: SORT mylist BY v*
      sort: SORT mylist GET v*
      sort: SORT mylist GET #
      sort: SORT mylist BY nosort
      admin: ACL SETUSER sort (+sort ~mylist %W~*)
      sort: SORT mylist BY v*
      admin: ACL SETUSER sort (+sort ~mylist %R~*)
      sort: SORT mylist BY v* GET v*
      admin: DEL mylist v1 write1 write2 rw1 write::foo
    `);
  });

  it('ACL DRYRUN', async () => {
    const commands = `
      GET read|GET write|GET none|SET write x|SET read x|SET rw x|SET rw x GET|SET write x ex get|MGET read rw none|MSET write 1 rw 2|MSET write 1 read 2
      SORT read STORE write|SORT read STORE read|SORT write STORE write|SORT_RO read|GEORADIUS read longitude latitude radius M STOREDIST write
      GEORADIUS read longitude latitude radius M|GEORADIUS read1 longitude latitude radius M STOREDIST read2|GEORADIUS none longitude latitude radius M
      GEORADIUS write1 longitude latitude radius M STORE write2|HEXISTS read foo|HEXISTS write foo|HEXISTS nothing foo|SISMEMBER write foo
      SINTERCARD 2 read read|SINTERCARD 2 write read|SINTERCARD 2 nothing read|SINTERCARD x read|PFCOUNT read write|PFCOUNT write|ZINTERCARD 2 read none
      touch read|touch write|touch nothing|exists nothing|MEMORY USAGE write|MEMORY USAGE nothing|TYPE nothing|STRLEN nothing|HLEN write|XLEN nothing
      XREAD STREAMS read write 0 0|XREAD STREAMS read none 0 0|XREADGROUP GROUP g c STREAMS rw >|ZUNIONSTORE write 2 read rw|ZUNIONSTORE read 2 read rw
      COPY read write|COPY write read|RENAME rw write|RENAME read write|SMOVE rw write m|LMOVE rw write LEFT LEFT|LMOVE read write LEFT LEFT|BITOP AND write read rw
      OBJECT ENCODING none|OBJECT HELP|CONFIG GET x|CONFIG|CONFIG nosuch|nosuch|SET v|SET|PING|AUTH a b|BITFIELD write GET u8 0|BITFIELD read GET u8 0
      LPOS write x|GETEX read|GETDEL rw|GETDEL write|EXPIRE write 1|EXPIRE none 1|PERSIST write|DUMP write|RESTORE write 0 x|DEL write none|UNLINK read
      ZRANGESTORE write read 0 -1|ZRANGESTORE write none 0 -1|SUNIONSTORE write read rw|SDIFFSTORE none read|LMPOP 2 rw rw LEFT|ZMPOP 1 read MIN|XCLAIM write g c 0 0-1
      HRANDFIELD write|SPOP write|SPOP rw|SRANDMEMBER write|XADD write * a b|XGROUP CREATE rw g $|XINFO STREAM write|PFMERGE write read|PFMERGE none read|LCS read none
    `
      .split(/[|\n]/)
      .map((one) => one.trim())
      .filter((one) => one !== '');
    await pair.same('admin', 'ACL', 'SETUSER', 'dry', '+@all', '%R~read*', '%W~write*', '%RW~rw*');
    await pair.same('admin', 'ACL', 'SETUSER', 'dry2', '-@all', '+get', '(+mget', '~read*)', '(+mget', '~none)');
    await pair.same('admin', 'ACL', 'DRYRUN', 'not-a-user', 'GET', 'x');
    for (const command of commands) {
      for (const user of ['dry', 'dry2']) await pair.same('admin', 'ACL', 'DRYRUN', user, ...command.split(' '));
    }
  });

  it(`ACL DRYRUN of random patterns and keys (seed ${SEED})`, async () => {
    const random = new Random(SEED);
    const text = (letters: string, most: number) =>
      Array.from({ length: random.integer(0, most) }, () => random.pick([...letters])).join('');
    const pattern = () => (random.chance(0.3) ? `${text('abc', 3)}*` : text('abc**?[]\\\\^-', 6));
    const key = () => text('abc]^-', 4);
    for (let round = 0; round < DRY_ROUNDS; round++) {
      const rules = Array.from({ length: random.integer(1, 4) }, () => {
        const kind = random.pick(['~', '%R~', '%W~', '&']);
        return `${kind}${pattern()}`;
      });
      const [first = '~a', ...more] = rules;
      await pair.same('admin', 'ACL', 'SETUSER', 'fuzz', 'reset', '+@all', first, `(+@all ${more.join(' ')})`);
      const commands = [
        ['GET', key()],
        ['SET', key(), 'x'],
        ['SET', key(), 'x', 'GET'],
        ['MGET', key(), key()],
        ['COPY', key(), key()],
        ['LMOVE', key(), key(), 'LEFT', 'LEFT'],
        // Of calls that are wrong, redis-server knows no keys; here all are checked that the command would lock.
        ['ZUNIONSTORE', key(), random.integer(1, 2), key(), key()],
        ['BITFIELD', key(), 'GET', 'u8', 0],
        ['PUBLISH', key(), 'x'],
        ['PSUBSCRIBE', pattern(), first.slice(1)],
        ['SUBSCRIBE', key(), key()],
      ];
      for (const command of commands) await pair.same('admin', 'ACL', 'DRYRUN', 'fuzz', ...command);
    }
    await pair.same('admin', 'ACL', 'DELUSER', 'fuzz');
  });

  it('what was denied is logged', async () => {
    await pair.lines(`
      admin: ACL LOG RESET
      admin: ACL LOG
      admin: ACL SETUSER logged >foo on +set ~object:1234
      admin: ACL SETUSER logged +multi +exec +discard resetchannels
      logged: AUTH logged foo
      logged: GET foo
    `);
    await pair.sameLog();
    await pair.lines(`
      logged: GET foo
      logged: GET foo
      logged: SET forbidden 1
      logged: CONFIG GET x
      logged: MULTI
      logged: INCR foo
      logged: EXEC
      logged: AUTH logged wrong
      logged: auth default2 wrong
      admin: ACL SETUSER logged +incr
      logged: MULTI
      logged: INCR object:1234
      admin: ACL SETUSER logged -incr
      logged: EXEC
      admin: ACL SETUSER logged +incr resetkeys
      logged: MULTI
      logged: SET object:1234 1
      admin: ACL SETUSER logged ~object:1234
      logged: SET object:1234 1
      admin: ACL SETUSER logged resetkeys
      logged: EXEC
    `);
    assert.equal((await pair.sameLog()).length, 7);
    assert.equal((await pair.sameLog(2)).length, 2);
    assert.equal((await pair.sameLog(-1)).length, 0);
    await pair.lines(`
      admin: ACL LOG RESET
      admin: ACL SETUSER two reset on nopass +mget ~key (+mget ~key ~otherkey)
      two: AUTH two x
      two: GET key
      two: MGET otherkey someotherkey
      two: MGET key otherkey someotherkey
      admin: CONFIG SET acllog-max-len 5
      logged: SET obj:1 1
      logged: SET obj:2 1
      logged: SET obj:3 1
      logged: SET obj:4 1
      logged: SET obj:5 1
      logged: SET obj:6 1
    `);
    assert.equal((await pair.sameLog(100)).length, 5);
    await pair.lines(`
      admin: CONFIG SET acllog-max-len 128
      admin: ACL DELUSER logged
    `);
    pair.close('logged');
  });

  it('scripts do what their caller may do', async () => {
    await pair.same('admin', 'ACL', 'LOG', 'RESET');
    await pair.same(
      'admin',
      'ACL',
      'SETUSER',
      'lua',
      'reset',
      'on',
      'nopass',
      '+eval',
      '+eval_ro',
      '+set',
      '+get',
      '~a*',
      '%R~r*',
      '+publish',
      '&c',
    );
    await pair.same('lua', 'AUTH', 'lua', 'x');
    const scripts = [
      "return redis.call('SET', 'a1', 'x')",
      "return redis.call('SET', KEYS[1], 'x')",
      "return redis.call('SET', 'b1', 'x')",
      "return redis.pcall('SET', 'r1', 'x')",
      "return redis.call('GET', 'r1')",
      "return redis.call('INCR', 'a2')",
      "return redis.call('CONFIG', 'GET', 'maxmemory')",
      "local r = redis.pcall('DEL', 'a1') return r.err",
      "return redis.call('PUBLISH', 'c', 'x')",
      "return redis.call('PUBLISH', 'd', 'x')",
      "return {redis.acl_check_cmd('SET', 'a1', 'x'), redis.acl_check_cmd('SET', 'b1', 'x'), redis.acl_check_cmd('GET', 'r1')}",
      "return {tostring(redis.acl_check_cmd('INCR', 'a1')), tostring(redis.acl_check_cmd('PUBLISH', 'd', 'x')), tostring(redis.acl_check_cmd('publish', 'c', 'x'))}",
      "return redis.acl_check_cmd('nosuch')",
      'return redis.acl_check_cmd()',
    ];
    for (const script of scripts) {
      await pair.same('lua', 'EVAL', script, 0);
      await pair.same('lua', 'EVAL', script, 1, 'a1');
    }
    await pair.same('lua', 'EVAL', 'return 1', 1, 'zzz');
    await pair.same('lua', 'EVAL', 'return 1', 1, 'r1');
    await pair.same('lua', 'EVAL_RO', 'return 1', 1, 'r1');
    await pair.same('lua', 'EVAL', 'return 1', 2, 'a1', 'b1');
    await pair.same('lua', 'SCRIPT', 'HELP');
    await pair.same('lua', 'EVALSHA', 'x', 0);
    await pair.sameLog(20);
    await pair.same('admin', 'ACL', 'DELUSER', 'lua');
    await pair.same('admin', 'DEL', 'a1');
    pair.close('lua');
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
    assert.ok(pair.compared > 300, `${pair.compared}`);
  });
});
