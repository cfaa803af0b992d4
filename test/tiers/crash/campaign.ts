import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../support/ports.ts';
import { Random } from '../../support/random.ts';
import { serverEntry } from '../../support/server.ts';
import { watchCheckpoints } from '../checkpoint-watch.ts';
import { TieredServer } from '../tiered-server.ts';
import { CrashWriter, type Promised } from './writer.ts';

export interface CampaignOptions {
  readonly runs: number;
  readonly seed: number;
  /** Milliseconds of load in each run at most. */
  readonly loadMs?: number;
  readonly say?: (text: string) => void;
}

export interface CampaignOutcome {
  readonly runs: number;
  readonly writethrough: number;
  readonly writeback: number;
  /** Runs after which the end of the store's log was cut off or overwritten. */
  readonly torn: number;
  /** Deaths while the server started, besides. */
  readonly killedStarting: number;
  /** Runs of writeback with a checkpoint that was complete for sure. */
  readonly withCheckpoint: number;
  readonly commands: number;
}

const WRITERS = 4;
/** Torn off or overwritten at the end of the store's log, at most. */
const TORN_BYTES = 64 * 1024;

/** For a first checkpoint. */
const MOST_WAITED_MS = 5000;

type Mode = 'writethrough' | 'writeback';

/** How one run ended, for the next one to check. */
interface End {
  readonly mode: Mode;
  readonly promised: Promised;
}

/** Servers on one data directory, each killed under load; the next one must have what was promised. Rejects with what is wrong, and when. */
export async function runCrashes(options: CampaignOptions): Promise<CampaignOutcome> {
  const { runs, seed, loadMs = 2000, say = () => {} } = options;
  const random = new Random(seed);
  const dir = mkdtempSync(join(tmpdir(), 'stratakv-crash-'));
  const writers = Array.from({ length: WRITERS }, (_, n) => new CrashWriter(n, new Random(seed * 1000 + n)));
  const counts = { writethrough: 0, writeback: 0, torn: 0, killedStarting: 0, withCheckpoint: 0 };
  let end: End = { mode: 'writethrough', promised: { durableAt: Number.MAX_VALUE, whole: true } };
  try {
    for (let run = 0; run <= runs; run++) {
      const mode: Mode = random.chance(0.5) ? 'writethrough' : 'writeback';
      const args = [
        ...['--maxmemory', random.chance(0.7) ? '8mb' : '64mb'],
        ...['--server-threads', String(random.integer(1, 3))],
        ...['--storage-flush-period', String(random.pick([1, 20, 100, 1000]))],
        ...['--storage-sync', random.chance(0.1) ? 'yes' : 'no'],
        ...['--storage-cache-mode', mode],
      ];
      const before = `run ${run} of seed ${seed}, after one of ${end.mode} (${JSON.stringify(end.promised)}); now ${args.join(' ')}`;
      if (random.chance(0.15)) {
        counts.killedStarting++;
        await killWhileStarting(dir, args, random.integer(50, 1500));
      }
      const tiered = await TieredServer.start(args, { dir }).catch((error: unknown) => {
        throw new Error(`${before}: it did not start`, { cause: error });
      });
      try {
        for (const writer of writers) await writer.check(tiered.client, end.promised);
      } catch (error) {
        await tiered.kill();
        throw new Error(before, { cause: error });
      }
      say(`${before}: ok, ${writers.reduce((sum, writer) => sum + writer.commands, 0)} commands so far`);
      if (run === runs) {
        await tiered.kill();
        break;
      }
      counts[mode]++;
      let durableAt = 0;
      const clients = await Promise.all([...writers, 0].map(() => tiered.connect()));
      const watched = watchCheckpoints(clients[WRITERS] ?? tiered.client, (at) => {
        durableAt = at;
      });
      const written = writers.map((writer, n) => writer.run(clients[n] ?? tiered.client));
      // A reply that is an error shows here, and not only when the connection is lost.
      const load = underLoad(writers, random.integer(50, 1500), loadMs, () => mode === 'writethrough' || durableAt > 0);
      await Promise.race([load, Promise.all(written)]);
      if (random.chance(0.5)) await sleep(random.integer(1, 50));
      await tiered.kill();
      await Promise.all([...written, watched]);
      if (durableAt > 0 && mode === 'writeback') counts.withCheckpoint++;
      end = {
        mode,
        promised: { durableAt: mode === 'writeback' ? durableAt : Number.MAX_VALUE, whole: mode === 'writethrough' },
      };
      if (random.chance(0.15) && tearLog(join(dir, 'flash'), random)) {
        counts.torn++;
        end = { mode, promised: { ...end.promised, durableAt: 0 } };
      }
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  return { runs, ...counts, commands: writers.reduce((sum, writer) => sum + writer.commands, 0) };
}

/** Until the writers have sent so many commands, and what is to be tested has happened; on a slow machine for no longer than `loadMs` and a while. */
async function underLoad(
  writers: readonly CrashWriter[],
  commands: number,
  loadMs: number,
  happened: () => boolean,
): Promise<void> {
  const total = () => writers.reduce((sum, writer) => sum + writer.commands, 0);
  const until = performance.now() + loadMs;
  const from = total();
  while (performance.now() < until || !happened()) {
    if (total() - from >= commands && happened()) return;
    if (performance.now() > until + MOST_WAITED_MS) return;
    await sleep(5);
  }
}

/** Starts a server and kills it, wherever it is by then. */
async function killWhileStarting(dir: string, args: readonly string[], afterMs: number): Promise<void> {
  const port = String(await freePort());
  const where = ['--port', port, '--bind', '127.0.0.1', '--dir', dir, '--storage-provider', 'flash', './flash'];
  const child = spawn(process.execPath, [serverEntry(), ...where, ...args], { cwd: dir, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('close', resolve));
  await sleep(afterMs);
  child.kill('SIGKILL');
  await ended;
}

/** What a power cut may leave: the newest log of the store ends early, or in nonsense. False when there is none. */
function tearLog(store: string, random: Random): boolean {
  const newest = readdirSync(store)
    .filter((name) => name.endsWith('.log'))
    .sort()
    .at(-1);
  if (newest === undefined) return false;
  const path = join(store, newest);
  const { size } = statSync(path);
  if (size === 0) return false;
  const bytes = random.integer(1, Math.min(size, TORN_BYTES));
  if (random.chance(0.5)) truncateSync(path, size - bytes);
  else {
    const file = openSync(path, 'r+');
    writeSync(file, random.bytes(bytes), 0, bytes, size - bytes);
    closeSync(file);
  }
  return true;
}
