// npm run bench:restart -- [--keys 1000000] [--value-bytes 100] [--maxmemory 512mb] [--dir /tmp] [--threads 1] [--clients 4] [--no-redis]
// How soon a server answers after its start, and how well while its index fills: a directory with so many cold keys is built, then the server is
// started on it after a first build, after SHUTDOWN and after kill -9. Writes bench/results/restart.json.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildColdDirectory, coldKeyName } from './support/cold-directory.ts';
import { Histogram, type LatencySummary } from './support/histogram.ts';
import { FastRandom } from './support/key-picker.ts';
import { findPeers, ownPlan } from './support/peers.ts';
import { residentBytes } from './support/process-stats.ts';
import { describeMachine, machineLine, thousands, writeResult } from './support/report.ts';
import { RespClient } from './support/resp-client.ts';
import { freePort } from './support/server-process.ts';

const { values: flags } = parseArgs({
  options: {
    keys: { type: 'string', default: '1000000' },
    'value-bytes': { type: 'string', default: '100' },
    maxmemory: { type: 'string', default: '512mb' },
    dir: { type: 'string', default: tmpdir() },
    threads: { type: 'string', default: '1' },
    clients: { type: 'string', default: '4' },
    'no-redis': { type: 'boolean', default: false },
  },
});
const keys = Number(flags.keys);
const START_TIMEOUT_MS = 600_000;
const log = (line: string) => console.error(line);

interface Start {
  readonly name: string;
  /** From spawn to the first reply to PING, and to the first GET of a random key. */
  readonly pingMs: number;
  readonly getMs: number;
  readonly dbsizeAtOnce: number;
  /** From spawn until every key is in the index; 0: not asked. */
  readonly indexedMs: number;
  readonly gets: LatencySummary;
  readonly residentMib: number;
}

class Running {
  readonly child: ChildProcess;
  readonly port: number;
  readonly startedAt = performance.now();
  private readonly logFile: string;

  constructor(command: string, args: readonly string[], port: number, folder: string) {
    this.port = port;
    this.logFile = join(folder, 'server.log');
    const out = openSync(this.logFile, 'w');
    this.child = spawn(command, args, { cwd: folder, stdio: ['ignore', out, out] });
    closeSync(out);
    process.once('exit', () => this.child.kill('SIGKILL'));
  }

  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  /** A connection on which PING was answered. */
  async connect(): Promise<RespClient> {
    while (this.elapsedMs < START_TIMEOUT_MS && this.child.exitCode === null) {
      const client = await RespClient.open(this.port).catch(() => undefined);
      const pong = await client?.send('PING').catch(() => '');
      if (client !== undefined && pong === 'PONG') return client;
      client?.close();
      await sleep(2);
    }
    throw new Error(`the server did not start:\n${readFileSync(this.logFile, 'utf8').slice(-2000)}`);
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill(signal);
    await gone;
  }
}

/** Starts the server, and reads random keys until the index is filled, at least for a second. */
async function measure(name: string, running: Running): Promise<Start> {
  const control = await running.connect();
  const pingMs = running.elapsedMs;
  const random = new FastRandom(Date.now());
  const pick = (): string => coldKeyName(random.nextUint32() % keys);
  const key = pick();
  const value = await control.send('STRLEN', key);
  if (Number(value) !== Number(flags['value-bytes'])) throw new Error(`STRLEN ${key} is ${value}`);
  const getMs = running.elapsedMs;
  const dbsizeAtOnce = Number(await control.send('DBSIZE'));
  const histogram = new Histogram();
  let indexedMs = 0;
  const read = async (): Promise<void> => {
    const client = await RespClient.open(running.port);
    while (indexedMs === 0 || running.elapsedMs < getMs + 1000) {
      const from = performance.now();
      const reply = await client.send('GET', pick());
      histogram.record(Math.round((performance.now() - from) * 1000));
      if (reply === null) throw new Error('a key is missing');
    }
    client.close();
  };
  const readers = Array.from({ length: Number(flags.clients) }, read);
  while (indexedMs === 0) {
    const info = await control.info('tiers');
    if ((info.get('tier_index_loading') ?? '0') === '0') indexedMs = running.elapsedMs;
    else await sleep(50);
  }
  await Promise.all(readers);
  const size = Number(await control.send('DBSIZE'));
  if (size !== keys) throw new Error(`DBSIZE is ${size} when all is indexed`);
  control.close();
  const start = {
    name,
    pingMs: Math.round(pingMs),
    getMs: Math.round(getMs),
    dbsizeAtOnce,
    indexedMs: Math.round(indexedMs),
    gets: histogram.summary(),
    residentMib: Math.round(residentBytes(running.child.pid ?? 0).now / 2 ** 20),
  };
  log(JSON.stringify(start));
  return start;
}

mkdirSync(flags.dir, { recursive: true });
const folder = mkdtempSync(join(flags.dir, 'strata-restart-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const plan = ownPlan({ threads: Number(flags.threads), tiered: true, maxmemory: flags.maxmemory });
const from = performance.now();
await buildColdDirectory(join(folder, 'flash'), keys, Number(flags['value-bytes']), (done) =>
  log(`${thousands(done)} keys written`),
);
log(`built in ${((performance.now() - from) / 1000).toFixed(1)} s`);

const begin = async (): Promise<Running> => {
  const port = await freePort();
  return new Running(plan.command, plan.args(port, folder), port, folder);
};
const starts: Start[] = [];
let running = await begin();
starts.push(await measure('first start', running));
await running.end('SIGTERM');
running = await begin();
starts.push(await measure('after SHUTDOWN', running));
await running.end('SIGKILL');
running = await begin();
starts.push(await measure('after kill -9', running));
await running.end('SIGTERM');

/** redis-server with as many keys in an RDB file: from spawn until it answers. */
async function redisStart(command: string): Promise<{ readonly keys: number; readonly answerMs: number }> {
  const port = await freePort();
  const args = ['--port', String(port), '--dir', folder, '--save', '', '--appendonly', 'no'];
  let server = new Running(command, args, port, folder);
  const filler = await server.connect();
  const count = Math.min(keys, 1_000_000);
  await filler.send(
    'EVAL',
    `for n = 0, ${count - 1} do redis.call('SET', 'key:' .. n, string.rep('v', ${flags['value-bytes']})) end`,
    '0',
  );
  await filler.send('SAVE');
  filler.close();
  await server.end('SIGKILL');
  server = new Running(command, args, port, folder);
  const client = await server.connect();
  const answerMs = Math.round(server.elapsedMs);
  client.close();
  await server.end('SIGKILL');
  return { keys: count, answerMs };
}

const peer = flags['no-redis'] ? undefined : findPeers().find(({ name }) => name === 'redis-server');
const redis = peer === undefined ? undefined : await redisStart(peer.path);
const machine = describeMachine();
const us = (value: number): string => thousands(Math.round(value));
console.log(
  `${thousands(keys)} cold keys, ${flags['value-bytes']} byte values, maxmemory ${flags.maxmemory}, ${machineLine(machine)}\n`,
);
console.log(
  '| start | PING (ms) | GET (ms) | indexed (ms) | keys/s | GETs | p50 (us) | p99 | p99.9 | max | RSS (MiB) |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |');
for (const { name, pingMs, getMs, indexedMs, gets, residentMib } of starts) {
  const rate = thousands(Math.round(keys / ((indexedMs - pingMs) / 1000 || 1)));
  const times = [gets.p50Us, gets.p99Us, gets.p999Us, gets.maxUs].map(us).join(' | ');
  console.log(
    `| ${name} | ${pingMs} | ${getMs} | ${indexedMs} | ${rate} | ${thousands(gets.count)} | ${times} | ${residentMib} |`,
  );
}
if (redis !== undefined)
  console.log(`\nredis-server answers ${redis.answerMs} ms after its start with ${thousands(redis.keys)} keys in RDB.`);
writeResult('restart', { machine, flags, starts, redis });
