// Compares CONFIG with a real redis-server 7.0: names, defaults, error texts, canonical values. Without one on PATH it says so.
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseCommandLine } from '../../protocol/conf/command-line.ts';
import { ConfError } from '../../protocol/conf/conf-file.ts';
import { diskFiles } from '../../protocol/conf/files.ts';
import { Config } from './config.ts';
import type { AnyDirective } from './directive.ts';
import { directiveNames, directives, findDirective } from './directives.ts';
import { loadConf } from './load.ts';

const version = spawnSync('redis-server', ['--version'], { encoding: 'utf8' }).stdout ?? '';
const missing = /v=7\.0\./.test(version) ? false : 'no redis-server 7.0 on PATH';

let folder = '';
let server: ChildProcess | undefined;
let socket: Socket | undefined;
let received = '';

/** Sends one command and gives the raw reply; replies of CONFIG are complete when PING's `+PONG` follows. */
async function raw(...args: string[]): Promise<string> {
  assert.ok(socket);
  received = '';
  const bulk = (word: string) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`;
  socket.write(`*${args.length}\r\n${args.map(bulk).join('')}PING\r\n`);
  for (let i = 0; i < 5000 && !received.endsWith('+PONG\r\n'); i++) await sleep(i < 100 ? 0 : 1);
  return received.slice(0, -'+PONG\r\n'.length);
}

async function get(name: string): Promise<Map<string, string>> {
  const words = (await raw('CONFIG', 'GET', name)).split('\r\n').filter((_, i) => i % 2 === 0);
  const pairs = new Map<string, string>();
  for (let i = 1; i + 1 < words.length; i += 2) pairs.set(words[i] ?? '', words[i + 1] ?? '');
  return pairs;
}

before(async () => {
  if (missing) return;
  folder = mkdtempSync(join(tmpdir(), 'stratakv-redis-'));
  const path = join(folder, 's');
  writeFileSync(join(folder, 'redis.conf'), `# top\nport 0\nunixsocket ${path}\nenable-protected-configs yes\nhz 20\n`);
  server = spawn('redis-server', [join(folder, 'redis.conf')], { cwd: folder, stdio: 'ignore' });
  for (let i = 0; i < 200 && socket === undefined; i++) {
    await sleep(20);
    const attempt = connect(path);
    socket = await new Promise<Socket | undefined>((done) => {
      attempt.once('connect', () => done(attempt)).once('error', () => done(undefined));
    });
  }
  assert.ok(socket, 'redis-server did not come up');
  socket.setEncoding('utf8').on('data', (text: string) => {
    received += text;
  });
});

after(() => {
  socket?.destroy();
  server?.kill('SIGKILL');
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
});

/** Where ours is meant to differ: more threads' directive, its folder, what the test itself has set. */
const differs = new Set(['io-threads', 'dir', 'unixsocket', 'port', 'enable-protected-configs', 'hz']);

test('every directive of redis-server is known and has its default', { skip: missing }, async () => {
  const theirs = await get('*');
  assert.ok(theirs.size > 150);
  const ours = new Map(new Config().get(['*']));
  for (const [name, value] of theirs) {
    assert.ok(ours.has(name), `${name} is missing`);
    if (!differs.has(name)) assert.equal(ours.get(name), value, name);
  }
});

const common = [
  '',
  'yes',
  'NO',
  'x|y',
  '0',
  '1',
  '-1',
  '007',
  '70000',
  '1mb',
  '1.5gb',
  '2k',
  '5%',
  '101%',
  '-99999999999',
  '9223372036854775807',
  '9223372036854775808',
  'a/b',
];
const special: Readonly<Record<string, readonly string[]>> = {
  'maxmemory-policy': ['Allkeys-LRU', 'noeviction x', 'volatile-ttl'],
  'shutdown-on-sigterm': ['save now', 'now save', 'save nosave', 'default save', 'save  now', 'SAVE', 'default'],
  'notify-keyspace-events': ['KEA', 'Ex', 'g$lshzxetd', 'AKEnm', 'KEg$lshzxetdmn', 'z z', 'Kn'],
  save: [
    '1 2',
    '1',
    '0 1',
    '1 -1',
    '1 2 3 4',
    '1  2',
    ' 1 2',
    'a b',
    '99999999999999999999 1',
    '3600 1 300 100 60 10000',
  ],
  'client-output-buffer-limit': [
    'normal 1mb 2mb 3',
    'slave 1 2 3',
    'replica 1 2 4',
    'pubsub 1k 1k 60 normal 0 0 0',
    'master 1 2 3',
    'normal a 2 3',
    'normal 1 2 -3',
    'normal 1 2 3x',
    'normal 1 2',
  ],
  'oom-score-adj-values': ['0 200 800', '1 2', '-2001 0 1', 'a b c', '1 2 3 4'],
  'latency-tracking-info-percentiles': [
    '50 99 99.9',
    '100',
    '101',
    '50.000',
    '99.99999999',
    '1e1',
    '0.1  1',
    '+5',
    '.5',
    'abc',
  ],
  'cluster-announce-hostname': ['good-host.example', 'a_b', 'a'.repeat(300)],
  'proc-title-template': ['{title} {bogus}', '{config-file}', '{', 'plain'],
  loglevel: ['WARNING', 'nothing'],
  'repl-backlog-size': ['1', '20kb'],
  dir: ['/nonexist', '/etc/passwd', '/tmp'],
};
/** Not set on the real server: they would change sockets, the process, or need what this build of Redis lacks. */
const untouched = new Set([
  'port',
  'tls-port',
  'bind',
  'maxclients',
  'requirepass',
  'activedefrag',
  'oom-score-adj',
  'oom-score-adj-values',
  'watchdog-period',
  'appendonly',
  'timeout',
  'maxmemory',
  'maxmemory-clients',
  'replica-announced',
]);
const values = (name: string) => [
  ...(untouched.has(name) && !(name in special) ? [] : common),
  ...(special[name] ?? []),
];

test('CONFIG SET answers with the same words and stores the same texts', {
  skip: missing,
  timeout: 300_000,
}, async () => {
  const theirs = await get('*');
  const ours = new Config();
  ours.apply([['enable-protected-configs', 'yes']]);
  const wrong: string[] = [];
  for (const name of theirs.keys()) {
    if (name.startsWith('tls-') || name === 'appendonly' || name === 'activedefrag') continue;
    for (const value of values(name)) {
      if (name === 'dir' && value === '') continue;
      const reply = (await raw('CONFIG', 'SET', name, value)).trim();
      const mine = ours.set([[name, value]]);
      const answer = mine === undefined ? '+OK' : `-${mine}`;
      const shown = reply === '+OK' ? (await get(name)).get(name) : undefined;
      const same = answer === reply && (shown === undefined || shown === new Map(ours.get([name])).get(name));
      if (!same)
        wrong.push(
          `${name} '${value.slice(0, 30)}': ${answer} ${ours.text(findDirective(name)?.name ?? 'port')}, redis-server: ${reply} ${shown}`,
        );
    }
  }
  assert.deepEqual(wrong, []);
});

test('several pairs: which fault is named', { skip: missing }, async () => {
  const ours = new Config();
  const lists = [
    ['maxmemory', '1', 'maxmemory', '2'],
    ['min-slaves-to-write', '1', 'min-replicas-to-write', '0'],
    ['bogus', '1', 'port', 'x'],
    ['hz', 'x', 'bogus', '1'],
    ['databases', '1', 'bogus', '1'],
    ['bogus', '1', 'databases', '1'],
    ['databases', '1', 'maxmemory', 'x'],
    ['maxmemory', '7', 'hz', 'x'],
    ['Hz', '11', 'HZ', '12'],
    ['user', 'x'],
  ];
  for (const list of lists) {
    const pairs: [string, string][] = [];
    for (let i = 0; i + 1 < list.length; i += 2) pairs.push([list[i] ?? '', list[i + 1] ?? '']);
    const mine = ours.set(pairs);
    assert.equal(mine === undefined ? '+OK' : `-${mine}`, (await raw('CONFIG', 'SET', ...list)).trim(), list.join(' '));
  }
});

test('faults at start: same report', { skip: missing, timeout: 300_000 }, () => {
  const starts = [
    ['--port', '1', '2'],
    ['--maxmemory', '--'],
    ['--loglevel', '--verbose'],
    ['--port'],
    ['--save', '60 1', '30', '2'],
    ['--save', 'a', 'b'],
    ['--save', '--databases', 'x'],
    ['--save', '--hz', '7', '--databases', '0'],
    ['--client-output-buffer-limit', 'normal', '0', '0'],
    ['--rename-command', 'a'],
    ['--replicaof', 'x'],
    ['--unixsocketperm', '999'],
    ['--unixsocketperm', '7777'],
    ['--hz', '1', '--', '--tcp-backlog', 'x'],
    ['--proc-title-template', '--foo bar', '--databases', 'x'],
    ['--requirepass', 'a"b\\c\n', '--databases', 'x'],
    ['--databases 5', '--databases', 'x'],
    ['--appendfilename', 'a/b'],
  ];
  for (const argv of starts) {
    const real = spawnSync('redis-server', argv, { encoding: 'utf8', cwd: folder, timeout: 60_000 });
    const line = parseCommandLine(argv);
    assert.ok(line.kind === 'serve');
    let mine = 'accepted';
    try {
      loadConf(new Config(), `\n${line.options}`, diskFiles);
    } catch (error) {
      assert.ok(error instanceof ConfError);
      mine = error.report('7.0.15').replace(/ \(did you mean .*\)/, '');
    }
    assert.equal(mine, real.stderr, argv.join(' '));
  }
});

test('CONFIG REWRITE writes lines that redis-server writes too, and that both read', { skip: missing }, async () => {
  const path = join(folder, 'redis.conf');
  const text = readFileSync(path, 'utf8');
  const ours = new Config();
  loadConf(ours, text, diskFiles);
  const changed = [
    'maxmemory',
    '100mb',
    'hz',
    '10',
    'client-output-buffer-limit',
    'pubsub 1mb 1k 5',
    'slave-priority',
    '7',
    'notify-keyspace-events',
    'Kg',
    'maxmemory-clients',
    '5%',
    'shutdown-on-sigterm',
    'now save',
  ];
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < changed.length; i += 2) pairs.push([changed[i] ?? '', changed[i + 1] ?? '']);
  assert.equal(ours.set(pairs), undefined);
  // Undo what the tests above have set, so that only these differ from the defaults.
  for (const name of directiveNames()) {
    const directive: AnyDirective = directives[name];
    if (!directive.immutable && !untouched.has(name) && !differs.has(name))
      await raw('CONFIG', 'SET', name, directive.default);
  }
  assert.equal((await raw('CONFIG', 'SET', ...changed)).trim(), '+OK');
  assert.equal((await raw('CONFIG', 'REWRITE')).trim(), '+OK');
  const theirs = readFileSync(path, 'utf8').split('\n');
  for (const line of ours.rewrite(text).split('\n')) {
    assert.ok(
      theirs.includes(line) ||
        theirs.includes(line.replace(/^unixsocket (.*)$/, 'unixsocket "$1"')) ||
        /^unixsocket /.test(line),
      `${line} not in\n${theirs.join('\n')}`,
    );
  }
  const both = new Config();
  loadConf(both, theirs.join('\n'), diskFiles);
  assert.equal(both.text('maxmemory'), '104857600');
  writeFileSync(join(folder, 'ours.conf'), ours.rewrite(text));
  const check = execFileSync('sh', ['-c', `redis-server ${join(folder, 'ours.conf')} --bogus x 2>&1 || true`], {
    encoding: 'utf8',
  });
  assert.match(check, />>> 'bogus "x"'/);
});
