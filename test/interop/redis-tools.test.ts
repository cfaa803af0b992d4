import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { LaunchedServer } from '../support/launch.ts';
import { missingPrograms } from '../support/programs.ts';
import { encodeCommand } from '../support/raw-client.ts';
import { converse, type ProgramOptions, type ProgramResult, runProgram } from '../support/run-program.ts';
import { launchUnderTest } from './server-under-test.ts';

const skip = missingPrograms({ 'redis-cli': 'redis-tools', 'redis-benchmark': 'redis-tools' });
const skipInteractive = skip || missingPrograms({ script: 'bsdutils' });
const KEYS = 2_000;

let server: LaunchedServer;

before(async () => {
  server = await launchUnderTest();
});
after(() => server.stop());

/** redis-cli on the server; whatever it prints, a warning is not among it. */
async function cli(args: readonly string[], options: ProgramOptions = {}): Promise<ProgramResult> {
  const result = await runProgram('redis-cli', ['-p', String(server.port), ...args], options);
  assert.doesNotMatch(result.stdout + result.stderr, /warning|could not|unknown command/i);
  assert.equal(result.stderr, '');
  return result;
}

test('redis-cli --pipe loads keys', { skip }, async () => {
  const commands = Array.from({ length: KEYS }, (_, n) =>
    encodeCommand(['SET', `key:${n}`, `value ${n}`.repeat(1 + (n % 9))]),
  );
  const { code, stdout } = await cli(['--pipe'], { input: Buffer.concat(commands) });
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`errors: 0, replies: ${KEYS}\\b`));
});

test('redis-cli runs single commands and reads them from its input', { skip }, async () => {
  assert.equal((await cli(['SET', 'greeting', 'hello'])).stdout, 'OK\n');
  assert.equal((await cli(['GET', 'greeting'])).stdout, 'hello\n');
  assert.equal((await cli(['-3', 'GET', 'nothing'])).stdout, '\n');
  assert.equal((await cli([], { input: 'INCR counter\nINCR counter\n' })).stdout, '1\n2\n');
  assert.equal((await cli(['-n', '3', 'DBSIZE'])).stdout, '0\n');
  assert.match((await cli(['INFO', 'server'])).stdout, /redis_version:7\.0\.15/);
});

test('redis-cli works interactively on a terminal', { skip: skipInteractive }, async () => {
  // A reply is over when the next prompt is there: what is typed before that is dropped.
  const replied = (reply: string): RegExp => new RegExp(`${reply}[^]*127\\.0\\.0\\.1:${server.port}(\\[2\\])?> `);
  const { stdout } = await converse(
    'script',
    ['-qec', `stty cols 120; redis-cli -p ${server.port}`, '/dev/null'],
    [
      { say: '', hear: replied('') },
      // Typing a command makes redis-cli show its arguments, which it has from a table of its own or from COMMAND DOCS.
      { say: 'GET ', hear: /GET .*key/ },
      { say: 'interactive\r', hear: replied('\\(nil\\)') },
      { say: 'SET interactive yes\r', hear: replied('OK') },
      { say: 'GET interactive\r', hear: replied('"yes"') },
      { say: 'SELECT 2\r', hear: replied('OK') },
      { say: 'HELLO 3\r', hear: replied('"proto" => \\(integer\\) 3') },
      { say: 'NOPE\r', hear: replied("\\(error\\) ERR unknown command 'NOPE'") },
      { say: 'PING\r', hear: replied('PONG') },
      { say: 'QUIT\r', hear: /QUIT/ },
    ],
  );
  assert.doesNotMatch(stdout, /warning|could not/i);
});

test('redis-cli --scan sees every key', { skip }, async () => {
  const { stdout } = await cli(['--scan', '--pattern', 'key:*']);
  assert.equal(new Set(stdout.trim().split('\n')).size, KEYS);
});

test('redis-cli --bigkeys finds the biggest string', { skip }, async () => {
  await cli(['SET', 'huge', 'x'.repeat(100_000)]);
  const { stdout } = await cli(['--bigkeys']);
  assert.match(stdout, /Biggest string found .*huge.* has 100000 bytes/);
  assert.match(stdout, /Sampled \d+ keys in the keyspace!/);
});

test('redis-cli --memkeys finds the key that takes most memory', { skip }, async () => {
  const { stdout } = await cli(['--memkeys']);
  assert.match(stdout, /Biggest string found .*huge.* has \d{6} bytes/);
});

test('redis-cli --stat prints a line per interval', { skip }, async () => {
  const lines = (text: string): string[] => text.split('\n').filter((line) => /^\d+\s+\d/.test(line));
  const { stdout } = await cli(['--stat', '-i', '0.1'], { until: (text) => lines(text).length >= 4 });
  assert.match(stdout, /keys\s+mem\s+clients/);
  assert.match(lines(stdout)[0] ?? '', /^\d+\s+\d+\.\d+[KMG]\s/);
});

test('redis-cli --latency measures', { skip }, async () => {
  const { stdout } = await cli(['--latency', '-i', '0.3', '--raw'], { timeoutMs: 40_000 });
  assert.match(stdout, /^\d+ \d+ \d+\.\d+ \d+\s*$/);
});

test('redis-benchmark runs without a warning', { skip }, async () => {
  const args = [
    '-p',
    String(server.port),
    '-t',
    'set,get,incr,mset,ping',
    '-n',
    '5000',
    '-c',
    '20',
    '-P',
    '4',
    '--csv',
  ];
  const { code, stdout, stderr } = await runProgram('redis-benchmark', args);
  assert.equal(code, 0);
  assert.equal(stderr, '');
  assert.doesNotMatch(stdout, /warning|error/i);
  for (const name of ['PING_INLINE', 'PING_MBULK', 'SET', 'GET', 'INCR', 'MSET (10 keys)']) {
    assert.ok(stdout.includes(`"${name}","`), `${name} is missing:\n${stdout}`);
  }
});
