import { randomBytes, randomFillSync } from 'node:crypto';
import { totalmem } from 'node:os';
import type { Config } from '../engine/config/config.ts';
import { effectiveDefaults } from '../engine/config/effective.ts';
import { createMonitorMemory } from '../engine/monitor/monitors.ts';
import { createTopics } from '../engine/pubsub/shared-registry.ts';
import { functionFolder, readFunctionFile } from '../engine/scripting/functions/function-file.ts';
import { createFunctionStore } from '../engine/scripting/functions/function-store.ts';
import { createScriptStore } from '../engine/scripting/script-store.ts';
import { createStatisticsMemory, type StatisticsMemory } from '../engine/server/statistics.ts';
import { createBroadcasts } from '../engine/tracking/state.ts';
import { MAX_DATABASES, MAX_SEGMENTS, SEGMENT_BYTES } from '../tiers/base/limits.ts';
import { createReadDoor } from '../tiers/cold/read-door.ts';
import { createReadTimes } from '../tiers/cold/read-times.ts';
import { writeSeed } from '../tiers/index/hash.ts';
import { SlotTables, tablesBytesFor } from '../tiers/index/slot-tables.ts';
import { createSharedMemory, type SharedMemory, setLimitBytes } from '../tiers/memory/shared-memory.ts';
import { createAccessSamples } from '../tiers/mrc/access-samples.ts';
import { queuesBytesFor } from '../tiers/policy/hot-queues.ts';
import { createPolicyMemory, type PolicyMemory } from '../tiers/policy/placer.ts';
import { createFetchRing } from './fetch-ring.ts';
import { createMail, type SharedMail } from './mailbox.ts';

/** Without a bound on memory nothing is evicted, until CONFIG SET gives one. */
const GHOSTS_FOR_BYTES = 64 * 2 ** 20;

/** Everything that the threads share, structured-cloneable. */
export interface SharedState {
  readonly statistics: StatisticsMemory;
  /** Int32 per front-end: connections it serves or is about to be handed. Changed by atomics, by every thread. */
  readonly clients: SharedArrayBuffer;
  readonly memory: SharedMemory;
  /** One per front-end: cold keys that it asks the tier thread for. */
  readonly fetchRings: readonly SharedArrayBuffer[];
  /** The policy's ghosts and words: changed by the tier thread, looked up by whoever brings objects to RAM. */
  readonly policy: PolicyMemory;
  /** Accesses to a sample of the keys: from the front-ends to the tier thread. */
  readonly accessSamples: SharedArrayBuffer;
  /** Who monitors, and the number of the next line. */
  readonly monitors: SharedArrayBuffer;
  /** 48 secret bytes, by which every front-end resumes the TLS sessions of all. */
  readonly tlsTicketKeys: SharedArrayBuffer;
  /** Scripts that all front-ends know. */
  readonly scripts: SharedArrayBuffer;
  /** Libraries of functions. */
  readonly functions: SharedArrayBuffer;
  /** The way of the front-ends to the tier thread's open store. */
  readonly readDoor: SharedArrayBuffer;
  /** How long reads of the cold tier take. */
  readonly readTimes: SharedArrayBuffer;
  /** Between all workers, the tier thread included. */
  readonly mail: SharedMail;
  /** See ChangedNames. */
  readonly broadcasts: SharedArrayBuffer;
  /** Who subscribes to what. */
  readonly topics: SharedArrayBuffer;
}

/** Reserves the shared memory. Throws an Error with a line for the operator when it cannot be had. */
export function createShared(config: Config): SharedState {
  const threads = config.values['server-threads'];
  const { databases } = config.values;
  if (databases > MAX_DATABASES) {
    throw new Error(`databases ${databases} is more than the ${MAX_DATABASES} that this server can hold: lower it.`);
  }
  const maxmemory = maxMemory(config);
  // CONFIG SET may raise maxmemory up to the machine's RAM: address space costs nothing until it is used.
  const arenaBytes = Math.min(Math.max(totalmem(), limitFor(maxmemory)), MAX_SEGMENTS * SEGMENT_BYTES);
  const memory = createSharedMemory({
    arenaBytes,
    limitBytes: maxmemory === 0 ? arenaBytes : limitFor(maxmemory),
    databases,
    tablesBytes: tablesBytesFor(databases),
    queuesBytes: queuesBytesFor(arenaBytes),
  });
  const [a = 0, b = 0, c = 0] = randomFillSync(new Uint32Array(3));
  writeSeed(memory, { a, b, c });
  new SlotTables(memory, threads).initialise();
  return {
    statistics: createStatisticsMemory(threads + 1),
    clients: new SharedArrayBuffer(threads * Int32Array.BYTES_PER_ELEMENT),
    memory,
    fetchRings: Array.from({ length: threads }, createFetchRing),
    policy: createPolicyMemory(maxmemory === 0 ? GHOSTS_FOR_BYTES : maxmemory),
    accessSamples: createAccessSamples(threads),
    monitors: createMonitorMemory(threads),
    tlsTicketKeys: createTicketKeys(),
    readDoor: createReadDoor(threads),
    readTimes: createReadTimes(threads),
    scripts: createScriptStore(),
    functions: createFunctionStore(savedFunctions(config)),
    mail: createMail(threads + 1),
    broadcasts: createBroadcasts(threads),
    topics: createTopics(),
  };
}

function savedFunctions(config: Config): Buffer | undefined {
  const folder = functionFolder(config);
  return folder === undefined ? undefined : readFunctionFile(folder);
}

function createTicketKeys(): SharedArrayBuffer {
  const keys = new SharedArrayBuffer(48);
  new Uint8Array(keys).set(randomBytes(48));
  return keys;
}

/** Bytes that the hot tier is to stay below, 0 for no bound. */
export function maxMemory(config: Config): number {
  return effectiveDefaults(config, totalmem()).maxmemory;
}

/** With a smaller `maxmemory` nothing can stay in RAM. */
const SMALLEST_BYTES = 64 * 1024;
/** What the hot tier gets then, so that values can still be read from disk. */
const READING_BYTES = 1024 * 1024;

/** Whether every write is to be refused, as Redis does, which takes more than that when it is empty. */
export function refusesWrites(config: Config): boolean {
  const bytes = maxMemory(config);
  return bytes > 0 && bytes < SMALLEST_BYTES;
}

/** What the hot tier is held below, 0 for no bound. */
export function hotTierBytes(config: Config): number {
  return refusesWrites(config) ? READING_BYTES : maxMemory(config);
}

/** What the arena may hold at most: maxmemory, and room for free blocks in slabs and in the threads' caches. */
export function limitFor(maxmemory: number): number {
  return maxmemory + Math.max(8 * 1024 * 1024, maxmemory / 16);
}

/** Carries a changed maxmemory into the arena. */
export function applyMaxMemory(memory: SharedMemory, config: Config): void {
  const maxmemory = maxMemory(config);
  setLimitBytes(memory, maxmemory === 0 ? memory.segments.length * SEGMENT_BYTES : limitFor(maxmemory));
}
