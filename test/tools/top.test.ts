import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { Snapshot } from '../../engine/live/snapshot.ts';
import { launch } from '../support/launch.ts';
import { freePort } from '../support/ports.ts';
import { missingPrograms } from '../support/programs.ts';
import { runProgram } from '../support/run-program.ts';
import { serverEntry, startServer } from '../support/server.ts';
import { VirtualTerminal } from '../support/virtual-terminal.ts';
import { TieredServer, until } from '../tiers/tiered-server.ts';

const top = join(dirname(dirname(serverEntry())), 'tools', 'top', 'main.js');
const limits = { timeout: 120_000 };

function run(args: readonly string[]) {
  return runProgram(process.execPath, [top, ...args]);
}

test('one frame as text and as JSON, with keys that would steer a terminal', limits, async () => {
  const tiered = await TieredServer.start(['--server-threads', '2', '--maxmemory', '64mb']);
  try {
    await tiered.call('SET', 'evil\u001b[2Jkey', 'v');
    await tiered.pipeline(Array.from({ length: 20_000 }, () => ['GET', 'evil\u001b[2Jkey']));
    await tiered.call('TIER', 'DEMOTE', 'evil\u001b[2Jkey');
    await until('the key is hot', async () => (await tiered.list('TIER', 'HOTKEYS')).length > 0);
    const port = String(tiered.server.port);
    const { code, stdout, stderr } = await run(['-p', port, '--once', '-i', '0.3']);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /ops\/s \d+ .*\n.*clients 2 of 10,000 /s);
    assert.match(stdout, /^NVMe +1 /m);
    assert.match(stdout, /^tier|\btier +\d+\.\d %/m);
    assert.match(stdout, /evil\\x1b\[2Jkey/);
    assert.match(stdout, /SLOTS used 1 largest 1/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    const json = await run(['-p', port, '--once', '--json', '-i', '0.3']);
    const snapshot = JSON.parse(json.stdout) as Snapshot;
    assert.ok((snapshot.operations.perSecond ?? 0) > 0);
    assert.equal(snapshot.keys, 1);
    assert.equal(snapshot.threads?.length, 3);
    assert.equal(snapshot.missing.length, 0);
    const get = snapshot.operations.commands.find(({ name }) => name === 'get');
    assert.equal(get?.calls, 20_000);
  } finally {
    await tiered.stop();
  }
});

test('who may not log in, or not see everything, is told so; no password is ever shown', limits, async () => {
  const server = await startServer(['--requirepass', 'hunter2', '--user', 'half', 'on', '>hunter3', '+info', '+ping']);
  try {
    const port = String(server.port);
    const none = await run(['-p', port, '--once']);
    assert.deepEqual([none.code, none.stdout], [1, '']);
    assert.match(none.stderr, /^stratakv-top: 127\.0\.0\.1:\d+: the server asks for a password.*\n$/);
    const wrong = await run(['-p', port, '--once', '-a', 'hunter9']);
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /WRONGPASS/);
    const half = await run(['-p', port, '--once', '-i', '0.2', '--user', 'half', '-a', 'hunter3']);
    assert.equal(half.code, 0, half.stderr);
    assert.match(half.stdout, /HOT KEYS +[^\n]*\n.*needs permission for TIER HOTKEYS/s);
    for (const { stdout, stderr } of [none, wrong, half]) assert.doesNotMatch(stdout + stderr, /hunter/);
  } finally {
    await server.stop();
  }
});

test('no server, no terminal, no sense: one line and exit status 1', limits, async () => {
  const port = String(await freePort());
  for (const [args, line] of [
    [['-p', port, '--once'], /^stratakv-top: 127\.0\.0\.1:\d+: connect ECONNREFUSED 127\.0\.0\.1:\d+\n$/],
    [['-p', port], /^stratakv-top: this is no terminal: --once .*\n$/],
    [['-i', 'often'], /^stratakv-top: --interval must be a number from 0\.2 to 3600\n$/],
  ] as const) {
    const { code, stdout, stderr } = await run(args);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, line);
  }
});

test('a plain redis-server is shown as far as it tells', {
  ...limits,
  skip: missingPrograms({ 'redis-server': 'redis-server' }),
}, async () => {
  const redis = await launch('redis');
  try {
    const { code, stdout, stderr } = await run(['-p', String(redis.port), '--once', '-i', '0.2']);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Redis \d+\.\d+/);
    assert.match(stdout, /TIERS\nnot known to this server/);
    assert.match(stdout, /^info +\d/m);
  } finally {
    await redis.stop();
  }
});

/** The program in a pseudo terminal, within a shell that tells afterwards how it left the terminal. */
class Terminal {
  readonly screen = new VirtualTerminal();
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  /** Path of the terminal, and the program's process. */
  tty = '';
  pid = 0;
  private before = '';
  private after: string | undefined;

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    const program = [process.execPath, top, ...args].map((word) => `'${word}'`).join(' ');
    const inner = `sh -c 'echo TTY $(tty) PID $$; exec ${program.replaceAll("'", `'\\''`)}'`;
    const shell = `stty cols 80 rows 24; ${inner}; echo STATUS $?; stty -a`;
    this.child = spawn('script', ['-qec', shell, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, TERM: 'xterm', LANG: 'C.UTF-8', ...env },
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => this.take(text));
    this.ended = new Promise((resolve) => this.child.once('close', () => resolve()));
  }

  press(keys: string): void {
    this.child.stdin?.write(keys);
  }

  sees(pattern: RegExp): Promise<void> {
    return until(`${pattern} in\n${this.screen.text}`, async () => pattern.test(this.screen.text));
  }

  resize(columns: number, rows: number): void {
    execFileSync('stty', ['-F', this.tty, 'cols', String(columns), 'rows', String(rows)]);
  }

  /** What the shell said after the program. */
  async rest(): Promise<string> {
    await this.ended;
    return this.after ?? '';
  }

  /** The shell speaks before the other screen is opened and after it is closed. */
  private take(text: string): void {
    if (this.tty === '') {
      this.before += text;
      const said = /TTY (\S+) PID (\d+)\r?\n/.exec(this.before);
      if (said === null) return;
      this.tty = said[1] ?? '';
      this.pid = Number(said[2]);
      text = this.before.slice(said.index + said[0].length);
    }
    if (this.after !== undefined) {
      this.after += text;
      return;
    }
    const leave = '\u001b[?1049l';
    const end = text.indexOf(leave);
    this.screen.write(end < 0 ? text : text.slice(0, end + leave.length));
    if (end >= 0) this.after = text.slice(end + leave.length);
  }
}

const noScript = missingPrograms({ script: 'bsdutils', stty: 'coreutils' });

test('in a terminal: keys, resize, and everything as before at the end', { ...limits, skip: noScript }, async () => {
  const server = await startServer(['--server-threads', '1']);
  const terminal = new Terminal(['-p', String(server.port), '-i', '0.2']);
  try {
    await terminal.sees(/ops\/s \d+/);
    assert.ok(terminal.screen.otherScreen && terminal.screen.cursorHidden);
    assert.equal(terminal.screen.lines.length, 24);
    assert.match(terminal.screen.text, /\*calls\/s/);
    terminal.press('s');
    await terminal.sees(/\*mean/);
    terminal.press('?');
    await terminal.sees(/longer and shorter interval/);
    terminal.press('h+');
    await terminal.sees(/every 0\.5 s/);
    terminal.press('p');
    await terminal.sees(/PAUSED/);
    terminal.press('p');
    await until('it goes on', async () => !/PAUSED/.test(terminal.screen.text));
    terminal.resize(120, 40);
    await until('it has the new size', async () => terminal.screen.lines.length === 40);
    await terminal.sees(/ops\/s \d+/);
    terminal.resize(60, 10);
    await terminal.sees(/60x10 is too small/);
    terminal.press('q');
    const rest = await terminal.rest();
    assert.match(rest, /STATUS 0/);
    assert.match(rest, / icanon .* echo /s);
    assert.ok(!terminal.screen.otherScreen && !terminal.screen.cursorHidden);
  } finally {
    terminal.child.kill('SIGKILL');
    await server.stop();
  }
});

test('a server that goes away and comes back; SIGTERM leaves the terminal as it was', {
  ...limits,
  skip: noScript,
}, async () => {
  const port = await freePort();
  const first = await startServer([], { port });
  const terminal = new Terminal(['-p', String(port), '-i', '0.2'], { NO_COLOR: '1' });
  try {
    await terminal.sees(/ops\/s \d+/);
    await first.stop();
    await terminal.sees(/trying again/);
    const second = await startServer([], { port });
    try {
      await until('it is connected again', async () => !/trying again/.test(terminal.screen.text));
      process.kill(terminal.pid, 'SIGTERM');
      const rest = await terminal.rest();
      assert.match(rest, / icanon .* echo /s);
      assert.ok(!terminal.screen.otherScreen && !terminal.screen.cursorHidden);
    } finally {
      await second.stop();
    }
  } finally {
    terminal.child.kill('SIGKILL');
  }
});

test('the program is where package.json says', () => {
  assert.ok(existsSync(top));
});
