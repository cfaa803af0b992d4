import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Fault, FaultyCall } from '../../tiers/cold/faulty-store.ts';
import { TieredServer, until } from './tiered-server.ts';

/** Longer than any test waits: what is delayed so stands until the test lets it go, by ending the server. */
const FOR_EVER_MS = 600_000;
const HOT = 100;

class FaultyServer {
  readonly tiered: TieredServer;
  private readonly folder: string;

  private constructor(tiered: TieredServer, folder: string) {
    this.tiered = tiered;
    this.folder = folder;
  }

  static async start(args: readonly string[]): Promise<FaultyServer> {
    const folder = mkdtempSync(join(tmpdir(), 'strata-faults-'));
    writeFileSync(join(folder, 'faults'), '{}');
    const env = { ...process.env, STRATAKV_COLD_FAULTS: join(folder, 'faults') };
    return new FaultyServer(await TieredServer.start(args, { env }), folder);
  }

  /** From some ms later on. */
  set(faults: Partial<Record<FaultyCall, Fault>>): void {
    // Whole or not at all: the server reads it at any time.
    writeFileSync(join(this.folder, 'next'), JSON.stringify(faults));
    renameSync(join(this.folder, 'next'), join(this.folder, 'faults'));
  }

  removeFolder(): void {
    rmSync(this.folder, { recursive: true });
  }
}

async function readHot(tiered: TieredServer, times: number): Promise<void> {
  for (let n = 0; n < times; n++) assert.equal(await tiered.call('GET', `hot:${n % HOT}`), `value ${n % HOT}`);
}

async function fill(tiered: TieredServer): Promise<void> {
  for (let n = 0; n < HOT; n++) assert.equal(await tiered.call('SET', `hot:${n}`, `value ${n}`), 'OK');
  for (let n = 0; n < HOT; n++) assert.equal(await tiered.call('SET', `cold:${n}`, `value ${n}`), 'OK');
  const names = Array.from({ length: HOT }, (_, n) => `cold:${n}`);
  assert.equal(await tiered.call('TIER', 'DEMOTE', ...names), String(HOT));
}

test('a disk that does not answer holds readers of cold keys only', { timeout: 300_000 }, async () => {
  const server = await FaultyServer.start(['--maxmemory', '100mb', '--server-threads', '1']);
  const { tiered } = server;
  try {
    await fill(tiered);
    server.set({ getMany: { delayMs: 50 } });
    const reader = await tiered.connect();
    // 50 ms for each: until the file was read, and then.
    await until('reads are slow', async () => {
      const from = performance.now();
      await tiered.call('TIER', 'DEMOTE', 'cold:0');
      await reader.ask('GET', 'cold:0');
      return performance.now() - from >= 50;
    });
    server.set({ getMany: { delayMs: FOR_EVER_MS } });
    // The first may go before the server has seen that. The others stand, whatever is done meanwhile.
    let tries = 0;
    await until('a cold read is held while all else is answered', async () => {
      const client = await tiered.connect();
      let answered = false;
      void client.ask('GET', `cold:${++tries}`).then(
        () => {
          answered = true;
        },
        () => {},
      );
      await readHot(tiered, 2000);
      assert.equal(await tiered.call('SET', 'hot:new', 'x'), 'OK');
      assert.equal(await tiered.call('SET', 'cold:99', 'a new value needs no read'), 'OK');
      assert.equal(await tiered.call('GET', 'cold:99'), 'a new value needs no read');
      return !answered;
    });
    reader.close();
  } finally {
    await tiered.kill();
    server.removeFolder();
  }
});

test('errors of reads are told to readers of cold keys only', { timeout: 300_000 }, async () => {
  const server = await FaultyServer.start(['--maxmemory', '100mb', '--server-threads', '1']);
  const { tiered } = server;
  try {
    await fill(tiered);
    server.set({ getMany: { errorRate: 1 } });
    let n = 0;
    await until('reads fail', async () => ((await tiered.call('GET', `cold:${n++}`)) ?? '').startsWith('-IOERR'));
    await readHot(tiered, 500);
    server.set({});
    await until('reads work again', async () => (await tiered.call('GET', 'cold:99')) === 'value 99');
  } finally {
    assert.equal(await tiered.stop(), 0);
    server.removeFolder();
  }
});

test('a disk that takes 50 ms for a write slows writers down when memory is full, and readers of hot keys not at all', {
  timeout: 300_000,
}, async () => {
  const server = await FaultyServer.start(['--maxmemory', '8mb', '--server-threads', '1']);
  const { tiered } = server;
  try {
    await fill(tiered);
    server.set({ write: { delayMs: 50 } });
    const writers = await Promise.all(Array.from({ length: 10 }, () => tiered.connect()));
    let writing = true;
    const written = writers.map(async (writer, n) => {
      for (let at = 0; at < 2000; at++) {
        const reply = await writer.ask('SET', `w:${n}:${at}`, 'v'.repeat(1000));
        assert.equal(reply.text.toString(), 'OK');
      }
    });
    const all = Promise.all(written).then(() => {
      writing = false;
    });
    let reads = 0;
    for (; writing; reads += HOT) await readHot(tiered, HOT);
    await all;
    assert.ok(reads >= HOT);
    assert.ok((await tiered.figure('cold_keys')) > 5000, 'most of it had to go to the slow disk');
    server.set({});
    for (const writer of writers) writer.close();
  } finally {
    assert.equal(await tiered.stop(), 0);
    server.removeFolder();
  }
});
