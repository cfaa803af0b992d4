import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type LaunchedServer, launch } from '../support/launch.ts';
import { toPlain } from '../support/plain-reply.ts';
import { freePort } from '../support/ports.ts';
import { findProgram, missingPrograms } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { serverEntry, startServer } from '../support/server.ts';

const USERS = `user alice on allcommands allkeys &* >alice
user bob on -@all +@set +acl ~set* &* >bob

user carol off (+get ~x) ( +set ~y ) nopass
user default on nopass ~* &* +@all
`;

/** Contents that ACL LOAD refuses, with the same words. */
const broken: readonly string[] = [
  'user alice on nopass\nuser alice on nopass ~* -@all\n',
  'user default on\nuser default on nopass ~* -@all\n',
  'alice on nopass\n',
  'user\n',
  'User alice on\n',
  '# a comment\n',
  'user a\tb on\n',
  '\n\nuser alice on +nosuch +@nosuch\n',
  'user alice on foo bar baz\n',
  'user alice on #123\nuser bob ~* ~a\nuser carol allchannels &a\n',
  'user alice on <none +config|get|x\n',
  'user alice on (+get ~* ~x)\n',
];

/** Runs a server that does not start; everything it says. */
async function refusal(kind: 'stratakv' | 'redis', args: readonly string[]): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'stratakv-acl-'));
  const port = String(await freePort());
  const base = ['--port', port, '--bind', '127.0.0.1', '--dir', dir];
  const redis = findProgram('redis-server') ?? '';
  const [program, first] = kind === 'redis' ? [redis, []] : [process.execPath, [serverEntry()]];
  const storage = kind === 'redis' ? ['--save', ''] : ['--storage-provider', 'none'];
  const child = spawn(program, [...first, ...base, ...storage, ...args], {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => output.push(text));
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  rmSync(dir, { recursive: true, force: true });
  assert.equal(code, 1, `${kind} ${args.join(' ')}: ${output.join('')}`);
  return output.join('');
}

describe('ACL files against redis-server', {
  skip: missingPrograms({ 'redis-server': 'redis-server' }),
  timeout: 300_000,
}, () => {
  const dirs = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'stratakv-acl-')));
  const files = dirs.map((dir) => join(dir, 'users.acl'));
  const servers: LaunchedServer[] = [];
  const clients: RawClient[] = [];

  const write = (text: string) => {
    for (const file of files) writeFileSync(file, text);
  };
  const connect = async () => {
    for (const client of clients.splice(0)) client.close();
    for (const { port } of servers) clients.push(await RawClient.connect({ port }));
  };
  /** The reply of both, without the folders' names. */
  const same = async (...args: string[]): Promise<unknown> => {
    const replies = await Promise.all(clients.map((client) => client.call(...args)));
    const [ours, theirs] = replies.map((raw, i) =>
      toPlain(Buffer.from(raw.toString('latin1').replaceAll(dirs[i] ?? '', ''), 'latin1')),
    );
    assert.deepEqual(ours, theirs, args.join(' '));
    return ours;
  };

  before(async () => {
    write(USERS);
    servers.push(await launch('stratakv', { 'server-threads': '2', aclfile: files[0] ?? '' }));
    servers.push(await launch('redis', { aclfile: files[1] ?? '' }));
    await connect();
  });

  after(async () => {
    for (const client of clients) client.close();
    await Promise.all(servers.map((server) => server.stop()));
    for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
  });

  it('users of the file are there, and saved', async () => {
    await same('ACL', 'LIST');
    for (const user of ['alice', 'bob', 'carol', 'default']) await same('ACL', 'GETUSER', user);
    await same('ACL', 'SETUSER', 'eve', '+get', 'allkeys', '>eve', 'on');
    await same('ACL', 'SAVE');
    const [ours, theirs] = files.map((file) => readFileSync(file, 'latin1'));
    assert.equal(ours, theirs);
    assert.equal(ours?.split('\n').length, 6);
  });

  it('a file that is wrong changes nothing, and is told line by line', async () => {
    for (const text of broken) {
      write(text);
      assert.match(String(await same('ACL', 'LOAD')), /ERR/);
      await same('ACL', 'LIST');
    }
    for (const file of files) rmSync(file);
    assert.match(String(await same('ACL', 'LOAD')), /No such file or directory/);
  });

  it('loading disconnects all but the default user', async () => {
    write('user zoe on >zoe +@all ~*\n');
    await connect();
    const others = await Promise.all(servers.map(({ port }) => RawClient.connect({ port })));
    for (const other of others) assert.equal(String(await other.call('AUTH', 'alice', 'alice')), '+OK\r\n');
    await same('ACL', 'LOAD');
    for (const other of others) await assert.rejects(other.call('PING'));
    await same('ACL', 'LIST');
    await same('AUTH', 'alice', 'alice');
    await same('AUTH', 'zoe', 'zoe');
    // Who loads the file is disconnected too, after its reply.
    await same('ACL', 'LOAD');
    for (const client of clients) await assert.rejects(client.call('PING'));
    await connect();
    await same('ACL', 'WHOAMI');
  });

  it('a start with users that are wrong ends with the same words', async () => {
    const dir = dirs[0] ?? '';
    const bad = join(dir, 'bad.acl');
    writeFileSync(bad, 'user alice on nopass\n\nuser bob foo\n');
    // Which word of the line is wrong redis-server does not tell right.
    const cases: readonly (readonly [args: readonly string[], pattern: RegExp])[] = [
      [['--user', 'foo', '--user', 'foo'], /Error in user declaration 'foo': Duplicate user found\..*/],
      [['--user', 'foo', 'on', '~*', '~a'], /': Adding a pattern.*/],
      [['--user', 'foo', 'on', 'nonsense'], /': Syntax error/],
      [['--user', 'foo', 'on', '+nosuch'], /Error loading ACL rule '\+nosuch' for the user named 'foo': .*/],
      [['--aclfile', bad], /Aborting Redis startup because of ACL errors: .*/],
      [['--aclfile', join(dir, 'none.acl')], /Aborting Redis startup because of ACL errors: .*/],
      [['--aclfile', files[0] ?? '', '--user', 'foo', 'on'], /Configuring Redis with users defined in redis\.conf.*/],
    ];
    for (const [args, pattern] of cases) {
      const [ours, theirs] = await Promise.all([refusal('stratakv', args), refusal('redis', args)]);
      const [wanted = 'nothing'] = pattern.exec(theirs) ?? [];
      assert.ok(ours.includes(wanted), `${args.join(' ')}\n--- redis\n${theirs}\n--- ours\n${ours}`);
    }
  });
});

describe('users in redis.conf', { timeout: 300_000 }, () => {
  it('are there after a start, are rewritten, and are there again', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'stratakv-acl-'));
    const conf = join(dir, 'test.conf');
    writeFileSync(conf, '# users\nuser default on nopass ~* +@all -flushdb\nuser old on >x\nmaxmemory 100mb\n');
    const run = async (body: (client: RawClient) => Promise<void>) => {
      const server = await startServer([], { dir, configFile: conf });
      const client = await RawClient.connect({ port: server.port });
      await body(client).finally(() => client.close());
      await server.stop();
    };
    let lines: unknown;
    await run(async (client) => {
      assert.match(
        String(await client.call('FLUSHDB')),
        /^-NOPERM this user has no permissions to run the 'flushdb' command/,
      );
      assert.equal(String(await client.call('ACL', 'DELUSER', 'old')), ':1\r\n');
      await client.call('ACL', 'SETUSER', 'new', 'on', '>secret', '%R~a*', '(+get ~b)');
      await client.call('CONFIG', 'SET', 'requirepass', 'word');
      lines = toPlain(await client.call('ACL', 'LIST'));
      assert.equal(String(await client.call('CONFIG', 'REWRITE')), '+OK\r\n');
    });
    const text = readFileSync(conf, 'latin1');
    assert.ok(!text.includes('secret') && !text.includes('old'), text);
    assert.match(text, /^# users\nuser default on sanitize-payload #/);
    await run(async (client) => {
      assert.match(String(await client.call('PING')), /^-NOAUTH/);
      assert.equal(String(await client.call('AUTH', 'word')), '+OK\r\n');
      assert.deepEqual(toPlain(await client.call('ACL', 'LIST')), lines);
    });
    rmSync(dir, { recursive: true, force: true });
  });
});
