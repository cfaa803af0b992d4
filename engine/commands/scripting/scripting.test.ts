import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { CommandServer } from '../../../test/support/command-server.ts';

const server = new CommandServer();

async function call(...args: string[]): Promise<string> {
  return (await server.call(args)).toString('latin1');
}

/** Runs a script without keys in RESP2 and answers the raw reply. */
const run = (script: string, ...rest: string[]): Promise<string> => call('eval', script, '0', ...rest);

describe('EVAL and SCRIPT on the model keyspace', () => {
  test('values become replies', async () => {
    const cases: readonly (readonly [script: string, reply: string])[] = [
      ['return "a\\0b"', '$3\r\na\0b\r\n'],
      [
        'return {1.9, -1.9, 2^53, 2^63, 0/0}',
        `*5\r\n:1\r\n:-1\r\n:9007199254740992\r\n${':-9223372036854775808\r\n'.repeat(2)}`,
      ],
      ['return {true, false, 5, nil, 6}', '*3\r\n:1\r\n$-1\r\n:5\r\n'],
      ['return {1, {2, {3}}, {}}', '*3\r\n:1\r\n*2\r\n:2\r\n*1\r\n:3\r\n*0\r\n'],
      ['return {ok="fi\\r\\nne"}', '+fi  ne\r\n'],
      ['return {err="MY err\\n"}', '-MY err\r\n'],
      ['return {{err="MY err"}, {ok="x"}}', '*2\r\n-MY err\r\n+x\r\n'],
      ['return {double=1.5}', '$3\r\n1.5\r\n'],
      ['return {map={a=1}}', '*2\r\n$1\r\na\r\n:1\r\n'],
      ['return {set={a=true}}', '*1\r\n$1\r\na\r\n'],
      ['return {big_number="12\\n3"}', '$4\r\n12 3\r\n'],
      ['return {verbatim_string={format="txt", string="abc"}}', '$3\r\nabc\r\n'],
      ['return {[1]="a", x="b", [3]="c"}', '*1\r\n$1\r\na\r\n'],
      ['return function() end', '$-1\r\n'],
      ['return setmetatable({}, {__index=function() error("x") end})', '*0\r\n'],
      ['return _G', '*0\r\n'],
    ];
    for (const [script, reply] of cases) assert.equal(await run(script), reply, script);
    const deep = await run('local a = {} local b = {a} a[1] = b return a');
    assert.match(deep, /^(\*1\r\n)+-ERR reached lua stack limit\r\n$/);
  });

  test('replies become values', async () => {
    assert.equal(await call('set', 'k', 'v'), '+OK\r\n');
    assert.equal(await call('eval', 'return redis.call("GET", KEYS[1])', '1', 'k'), '$1\r\nv\r\n');
    assert.equal(await call('eval', 'return redis.call("get", KEYS[1]) == false', '1', 'none'), ':1\r\n');
    assert.equal(await run('return redis.call("set", "k", 0.1).ok'), '$2\r\nOK\r\n');
    assert.equal(await run('return redis.call("get", "k")'), '$19\r\n0.10000000000000001\r\n');
    assert.equal(await run('redis.setresp(3) return type(redis.call("get", "none"))'), '$3\r\nnil\r\n');
  });

  test('what may not be called', async () => {
    const place = (script: string) => `script: ${shaOf(script)}, on @user_script:1.\r\n`;
    const cases: readonly (readonly [script: string, error: string])[] = [
      ['redis.call()', 'ERR Please specify at least one argument for this redis lib call'],
      ['redis.call({})', 'ERR Lua redis lib command arguments must be strings or integers'],
      ['redis.call("nosuch")', 'ERR Unknown Redis command called from script'],
      ['redis.call("get")', 'ERR Wrong number of args calling Redis command from script'],
      ['redis.call("eval", "", 0)', 'ERR This Redis command is not allowed from script'],
      ['redis.call("client", "id")', 'ERR This Redis command is not allowed from script'],
      [
        'redis.call("xread", "block", 0, "streams", "s", "$")',
        'ERR xread command is not allowed with BLOCK option from scripts',
      ],
    ];
    for (const [script, error] of cases) assert.equal(await run(script), `-${error} ${place(script)}`);
    assert.equal(
      await call('eval_ro', 'redis.call("set", "a", 1)', '0'),
      `-ERR Write commands are not allowed from read-only scripts. ${place('redis.call("set", "a", 1)')}`,
    );
  });

  test('scripts are known by their SHA-1 until they are flushed', async () => {
    const sha = shaOf('return 7');
    assert.match(await call('evalsha', sha, '0'), /^-NOSCRIPT/);
    assert.equal(await call('script', 'load', 'return 7'), `$40\r\n${sha}\r\n`);
    assert.equal(await call('evalsha', sha.toUpperCase(), '0'), ':7\r\n');
    assert.equal(await call('script', 'exists', sha, 'x'), '*2\r\n:1\r\n:0\r\n');
    assert.equal(await call('script', 'flush'), '+OK\r\n');
    assert.match(await call('evalsha', sha, '0'), /^-NOSCRIPT/);
    assert.equal(await run('return 7'), ':7\r\n');
    assert.equal(await call('evalsha', sha, '0'), ':7\r\n');
    assert.match(
      await call('script', 'load', 'return return'),
      /^-ERR Error compiling script \(new function\): user_script:1:/,
    );
    assert.match(await call('script', 'kill'), /^-NOTBUSY/);
  });

  test('the first line', async () => {
    assert.equal(await run('#!lua flags=no-writes,allow-stale\nreturn 1'), ':1\r\n');
    assert.equal(await run('#!lua flags=what\nreturn 1'), '-ERR Unexpected flag in script shebang: what\r\n');
    assert.equal(await run('#!lua x=1\nreturn 1'), '-ERR Unknown lua shebang option: x=1\r\n');
    assert.equal(await run('#!python\nreturn 1'), '-ERR Unexpected engine in script shebang: #!python\r\n');
    assert.equal(await run('#!lua'), '-ERR Invalid script shebang\r\n');
    assert.match(
      await run('#!lua\nreturn foo'),
      /user_script:2: Script attempted to access nonexistent global variable 'foo'/,
    );
  });

  test('numbers of keys', async () => {
    assert.equal(
      await call('eval', 'return {KEYS[1], ARGV[1], #KEYS, #ARGV}', '1', 'k', 'a'),
      '*4\r\n$1\r\nk\r\n$1\r\na\r\n:1\r\n:1\r\n',
    );
    assert.equal(await call('eval', 'return 1', '-1'), "-ERR Number of keys can't be negative\r\n");
    assert.equal(
      await call('eval', 'return 1', '2', 'a'),
      "-ERR Number of keys can't be greater than number of args\r\n",
    );
    assert.equal(
      await call('eval', 'KEYS = 1', '0'),
      `-ERR user_script:1: Attempt to modify a readonly table script: ${shaOf('KEYS = 1')}, on @user_script:1.\r\n`,
    );
  });
});

function shaOf(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
