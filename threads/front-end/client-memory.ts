import { totalmem } from 'node:os';
import type { Config } from '../../engine/config/config.ts';
import { effectiveDefaults } from '../../engine/config/effective.ts';
import type { MemoryShare } from '../../engine/config/kinds.ts';
import type { ClientSize } from '../../engine/server/answers.ts';
import { counters, type Statistics } from '../../engine/server/statistics.ts';

/** A client whose memory is counted. */
export interface CountedClient {
  /** Bytes of it that are in this thread's sum. */
  countedBytes: number;
  /** What it takes now; 0 when it must not be evicted. */
  readonly evictableBytes: number;
}

/** What the eviction of clients asks of all threads. */
export interface ClientEvictor {
  /** The largest clients of each thread. */
  sizes(): Promise<readonly (readonly ClientSize[])[]>;
  /** Closes a client of this thread. */
  evictNow(client: CountedClient): void;
  /** Closes clients; how many there were. */
  evict(ids: readonly number[]): Promise<readonly number[]>;
}

/** A lower limit is not taken seriously: nobody could say a word (redis 7.0.15). */
const LEAST_LIMIT_BYTES = 128 * 1024;
/** Clients of one thread that are looked at in one round. */
export const LARGEST_CLIENTS = 64;

/**
 * `maxmemory-clients`: the buffers of all clients of all threads together stay below it; above, the largest are closed first. Each thread keeps
 * its sum in shared memory, at every event of a client, and only while there is a limit. The thread that sees the total above the limit asks all
 * for their largest clients, and tells who must go.
 */
export class ClientMemory {
  /** Whether there is a limit: else nothing is counted. */
  active = false;
  private limitBytes = 0;
  private evicting = false;
  private readonly statistics: Statistics;
  private readonly evictor: ClientEvictor;

  /** @param clients of this thread */
  constructor(config: Config, statistics: Statistics, evictor: ClientEvictor, clients: () => Iterable<CountedClient>) {
    this.statistics = statistics;
    this.evictor = evictor;
    const follow = (share: MemoryShare) => {
      const { maxmemory } = effectiveDefaults(config, totalmem());
      const bytes = 'bytes' in share ? share.bytes : Math.floor((maxmemory * share.percent) / 100);
      this.active = bytes > 0;
      this.limitBytes = Math.max(bytes, LEAST_LIMIT_BYTES);
      for (const client of clients()) this.count(client);
    };
    config.watch('maxmemory-clients', follow);
    config.onChange('maxmemory', () => {
      follow(config.values['maxmemory-clients']);
      return undefined;
    });
  }

  /** After an event of the client. */
  count(client: CountedClient): void {
    const bytes = this.active ? client.evictableBytes : 0;
    const grown = bytes - client.countedBytes;
    if (grown === 0) return;
    client.countedBytes = bytes;
    this.statistics.add(counters.client_memory_bytes, grown);
    if (grown <= 0 || !this.isOver()) return;
    // It must go whoever else does: before it runs what it sends.
    if (bytes > this.limitBytes) this.evictor.evictNow(client);
    if (this.isOver()) this.evict();
  }

  /** The client is gone. */
  forget(client: CountedClient): void {
    this.statistics.add(counters.client_memory_bytes, -client.countedBytes);
    client.countedBytes = 0;
  }

  private isOver(): boolean {
    return this.active && this.statistics.total('client_memory_bytes') > this.limitBytes;
  }

  private evict(): void {
    if (this.evicting) return;
    this.evicting = true;
    this.rounds().finally(() => {
      this.evicting = false;
    });
  }

  private async rounds(): Promise<void> {
    while (this.isOver()) {
      const largest = (await this.evictor.sizes()).flat().sort((a, b) => b.bytes - a.bytes);
      let over = this.statistics.total('client_memory_bytes') - this.limitBytes;
      const ids: number[] = [];
      for (const { id, bytes } of largest) {
        if (over <= 0) break;
        ids.push(id);
        over -= bytes;
      }
      if (ids.length === 0) return;
      const evicted = await this.evictor.evict(ids);
      // They left by themselves, or may not be evicted any more: look again at their next event.
      if (evicted.every((count) => count === 0)) return;
    }
  }
}
