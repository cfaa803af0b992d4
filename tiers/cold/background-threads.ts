import { readdir, readFile } from 'node:fs/promises';
import { setPriority } from 'node:os';

/** RocksDB names its compaction threads so; those that flush memtables (`rocksdb:high`) keep their priority, for writers wait for them. */
const COMPACTION = 'rocksdb:low';
/** Niceness: they get a tenth of what a thread that serves clients gets when both want the same processor. */
const NICENESS = 10;

/**
 * Lets the compactions of this process yield to the threads that serve clients. RocksDB starts its threads when it first needs them, so
 * this is to be called again. Linux only, where a thread can have a niceness of its own.
 */
export class BackgroundThreads {
  private readonly done = new Set<string>();

  async yieldToServing(): Promise<void> {
    if (process.platform !== 'linux') return;
    for (const id of await readdir('/proc/self/task').catch(() => [])) {
      if (this.done.has(id)) continue;
      const name = await readFile(`/proc/self/task/${id}/comm`, 'latin1').catch(() => '');
      if (!name.startsWith(COMPACTION)) continue;
      this.done.add(id);
      try {
        setPriority(Number(id), NICENESS);
      } catch {
        // Gone, or not allowed: it competes as before.
      }
    }
  }
}
