import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { missingPrograms } from '../support/programs.ts';
import { Random } from '../support/random.ts';
import { Pair } from './pair.ts';

const SEED = Number(process.env.STRATAKV_SEED ?? Date.now() % 1_000_000);
const DRY_ROUNDS = Number(process.env.STRATAKV_ACL_ROUNDS ?? 60);

describe('permissions against redis-server', {
  skip: missingPrograms({ 'redis-server': 'redis-server' }),
  timeout: 300_000,
}, () => {
  let pair: Pair;

  before(async () => {
    pair = await Pair.start({ 'enable-debug-command': 'yes' });
  });

  after(() => pair?.stop());

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
});
