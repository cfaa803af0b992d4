import { setTimeout as sleep } from 'node:timers/promises';
import type { RespClient } from './resp-client.ts';

/** What INFO tells of the tiers; NaN for what a server does not tell. */
export interface TierFigures {
  usedMemory: number;
  hotKeys: number;
  coldKeys: number;
  indexBytes: number;
  /** Reads answered from RAM, and from disk. */
  hotReads: number;
  coldReads: number;
}

/** INFO fields by what they mean, the first name that is there wins. */
const names: Record<keyof TierFigures, readonly string[]> = {
  usedMemory: ['used_memory'],
  hotKeys: ['tier_hot_keys'],
  coldKeys: ['tier_cold_keys'],
  // Overhead is the index and, in a constant number of hot objects, their headers: differences show the index alone.
  indexBytes: ['tier_index_bytes', 'used_memory_index', 'used_memory_overhead'],
  hotReads: ['keyspace_hits'],
  coldReads: ['tier_cold_reads'],
};

export async function readTierFigures(control: RespClient): Promise<TierFigures> {
  const info = await control.info();
  const figure = (field: keyof TierFigures) =>
    Number(names[field].map((name) => info.get(name)).find((text) => text !== undefined) ?? Number.NaN);
  return {
    usedMemory: figure('usedMemory'),
    hotKeys: figure('hotKeys'),
    coldKeys: figure('coldKeys'),
    indexBytes: figure('indexBytes'),
    hotReads: figure('hotReads'),
    coldReads: figure('coldReads'),
  };
}

/** Waits, ten seconds at most, until no key changes its tier any more. */
export async function settleTiers(control: RespClient): Promise<TierFigures> {
  let last = await readTierFigures(control);
  for (let i = 0; i < 20; i++) {
    await sleep(500);
    const now = await readTierFigures(control);
    if (Number.isNaN(now.coldKeys) || now.coldKeys === last.coldKeys) return now;
    last = now;
  }
  return last;
}
