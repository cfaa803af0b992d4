import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { PATIENCE_MS } from '../support/patience.ts';
import { freePort } from '../support/ports.ts';
import { missingPrograms } from '../support/programs.ts';
import { projectRoot } from '../support/project.ts';
import { converse, runProgram } from '../support/run-program.ts';

const planner = join(projectRoot, 'dist/tools/plan/main.js');
const folder = mkdtempSync(join(tmpdir(), 'stratakv-plan-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const plan = (...args: string[]) => runProgram(process.execPath, [planner, ...args]);

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Requests of 300 keys, the first ones more often: large enough for curves, small enough to take no time. */
function traceText(): string {
  const lines = ['time,key,size,op,ttl'];
  for (let index = 0; index < 6000; index++) {
    const key = Math.floor(300 * ((index * 7919) % 6000) ** 2 * (1 / 6000) ** 2);
    lines.push(`${1_700_000_000 + (index >> 3)},user:${key},${200 + key},${index % 10 === 0 ? 'set' : 'get'},0`);
  }
  return `${lines.join('\n')}\n`;
}

const small = ['--ram', '8mb..32mb', '--nvme', '0,64mb'];

test('a trace is planned as text, as JSON and as a page', async () => {
  const trace = file('trace.csv', traceText());
  const page = join(folder, 'plan.html');
  const text = await plan(trace, ...small, '--hit-ratio', '0.5', '--html', page, '--width', '100');
  assert.equal(text.code, 0, text.stderr);
  assert.equal(text.stderr, `The page with charts is ${page}\n`);
  assert.match(text.stdout, /^trace +trace\.csv$/m);
  assert.match(text.stdout, /^RAM x NVMe$/m);
  assert.match(text.stdout, /^Answer for hit ratio ≥ 50\.0 %$/m);
  for (const line of text.stdout.split('\n')) assert.ok(line.length <= 100, line);
  assert.match(readFileSync(page, 'utf8'), /^<!doctype html>/);

  const json = await plan('plan', trace, ...small, '--json', '--quiet');
  assert.equal(json.code, 0, json.stderr);
  assert.equal(json.stderr, '');
  const made = JSON.parse(json.stdout);
  assert.deepEqual(made.source, { kind: 'trace', name: 'trace.csv' });
  assert.equal(made.facts.totals.requests, 6000);
  assert.equal(made.cells.length, 6);
  for (const { ramHitRatio, nvmeHitRatio, missRatio } of made.cells)
    assert.ok(Math.abs(ramHitRatio + nvmeHitRatio + missRatio - 1) < 1e-9);
  assert.ok(readdirSync(folder).every((name) => !name.endsWith('.part')));
});

test('a description is planned; an impossible target is told after the table, with status 1', async () => {
  const words = 'keys=5k,size=log-normal:300,1.2,skew=0.8,writes=10%,requests=50k';
  const described = await plan('--describe', words, '--ram', '1mb,4mb', '--nvme', '0', '--hit-ratio', '1');
  assert.equal(described.code, 1);
  assert.match(described.stdout, /^description +keys=5k,size=log-normal:300,1\.2/m);
  assert.match(described.stdout, /^RAM x NVMe$/m);
  assert.match(described.stderr, /^stratakv-plan: [^\n]+\n$/);
});

test('what is wrong is told in one line on standard error, with status 1', async () => {
  const trace = file('good.csv', traceText());
  const cases: [string[], RegExp][] = [
    [[join(folder, 'none.csv')], /none\.csv: there is no such file/],
    [[folder], /is a directory/],
    [[file('empty.csv', '')], /empty\.csv: the file is empty/],
    [[file('header.csv', 'time,key,size,op,ttl\n')], /header\.csv: there is no request in it/],
    [[file('mixed.csv', 'time,key,size,op,ttl\n1,a,10,get,0\n2,b,ten,get,0\n')], /mixed\.csv: line 3 \(byte 38\): /],
    [[file('column.csv', 'time,name,size\n1,a,10\n')], /column\.csv: line 1 .*no column is named key/],
    [[file('cut.bin', Buffer.alloc(24 * 50 + 7, 1)), '--format', 'oracleGeneral'], /cut\.bin: byte \d+: /],
    [[trace, '--format', 'cvs'], /--format: there is no `cvs`; did you mean csv\?/],
    [[trace, '--hit-ratoi', '0.9'], /unknown option `--hit-ratoi`; did you mean --hit-ratio\?/],
    [[trace, '--hit-ratio', '95'], /--hit-ratio: `95` is not a share/],
    [[trace, '--ram', '0'], /--ram: 0 bytes/],
    [[trace, '--prices', file('prices.json', '{"currency": 1}')], /prices\.json: /],
    [[trace, '--device', join(folder, 'no.json')], /--device: .*no\.json cannot be read/],
    [[trace, '--html', trace], /is the input/],
    [['--server', `127.0.0.1:${await freePort()}`], /127\.0\.0\.1:\d+/],
    [['--server', 'localhost'], /is not an address/],
    [[trace, '--server', 'localhost:1'], /one of them/],
    [['verify', trace], /which server\?/],
    [['--describe', 'key=10'], /there is no `key`; did you mean keys\?/],
    [['plna', trace], /no command and no trace `plna`; did you mean plan\?/],
    [['probe', join(folder, 'none')], /none/],
    [[], /nothing to plan for/],
  ];
  const results = await Promise.all(cases.map(([args]) => plan(...args)));
  cases.forEach(([args, words], index) => {
    const { code, stdout = '', stderr = '' } = results[index] ?? { code: null };
    assert.equal(code, 1, `${args.join(' ')}: ${stderr}`);
    assert.match(stderr, /^stratakv-plan: [^\n]+\n$/, args.join(' '));
    assert.match(stderr, words);
    if (args.length > 0) assert.equal(stdout, '');
  });
});

test('each command has a page of help that fits a screen', async () => {
  for (const command of ['plan', 'probe', 'verify', 'generate']) {
    const { code, stdout, stderr } = await plan(command, '--help');
    assert.equal(code, 0, stderr);
    const lines = stdout.split('\n');
    assert.match(stdout, new RegExp(`^usage: stratakv-plan \\[?${command}`));
    assert.ok(lines.length <= 50, `${command}: ${lines.length} lines`);
    for (const line of lines) assert.ok(line.length <= 100, line);
  }
});

const emptyPlace = (name: string) => {
  const place = join(folder, name);
  mkdirSync(place);
  return place;
};

test('interrupted while it reads, it ends with status 130 and leaves nothing behind', async () => {
  const place = emptyPlace('reading');
  const child = spawn(process.execPath, [planner, '-', '--html', join(place, 'plan.html')], {
    cwd: place,
    env: { ...process.env, TMPDIR: place },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  // Once it has taken more than a pipe holds, it is reading.
  child.stdin.on('error', () => {});
  const text = `time,key,size,op,ttl\n${'1700000000,user:1,200,get,0\n'.repeat(200_000)}`;
  await new Promise<void>((resolve) => child.stdin.write(text, () => resolve()));
  child.kill('SIGINT');
  const status = await ended;
  clearTimeout(timer);
  assert.equal(status, 130);
  assert.deepEqual(readdirSync(place), []);
});

test('on a terminal a bar tells how far it is; Ctrl-C ends it there, with the cursor back', {
  skip: missingPrograms({ script: 'bsdutils' }),
}, async () => {
  const place = emptyPlace('simulating');
  const words = 'keys=1m,size=512,skew=0.9';
  const command = `cd ${place} && TMPDIR=${place} '${process.execPath}' '${planner}' --describe ${words} --ram 1gb..16gb:40 --nvme 0,1gb..64gb`;
  const { stdout } = await converse(
    'script',
    ['-qec', `${command}; echo "status $?"`, '/dev/null'],
    [
      { say: '', hear: /simulating .* [1-9]\d?%/ },
      { say: '\x03', hear: /status 130/ },
    ],
  );
  assert.ok(stdout.lastIndexOf('\x1b[?25h') > stdout.lastIndexOf('\x1b[?25l'), 'the cursor is hidden still');
  const shares = [...stdout.matchAll(/ (\d+)% /g)].map(([, share]) => Number(share));
  assert.deepEqual(
    shares,
    [...shares].sort((a, b) => a - b),
  );
  assert.deepEqual(readdirSync(place), []);
});
