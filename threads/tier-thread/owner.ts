import { mkdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CommandError } from '../../engine/commands/errors.ts';
import type { Config } from '../../engine/config/config.ts';
import { EventSender } from '../../engine/events/mail.ts';
import { mailJob } from '../../engine/jobs/appointment-mail.ts';
import { VALUE_CRON } from '../../engine/keyspace/key-ref.ts';
import { noIndex, type TierRequest } from '../../engine/server/link.ts';
import type { Mail } from '../../engine/server/mail.ts';
import { Statistics } from '../../engine/server/statistics.ts';
import { ChangedNames } from '../../engine/tracking/state.ts';
import { JOB_DUE, JOB_PARTS } from '../../engine/types/job/job.ts';
import { withFaultsFromFile } from '../../tiers/cold/faults-from-file.ts';
import { newDataDirectory, readDataDirectory, writeDataDirectory } from '../../tiers/cold/meta.ts';
import { openColdStore } from '../../tiers/cold/open-store.ts';
import { ReadDoorOwner } from '../../tiers/cold/read-door.ts';
import { KEY_HEADER_BYTES } from '../../tiers/cold/record.ts';
import { ReopeningStore } from '../../tiers/cold/reopening-store.ts';
import { ColdStoreError } from '../../tiers/cold/store.ts';
import { readSeed, writeSeed } from '../../tiers/index/hash.ts';
import { SlotTables } from '../../tiers/index/slot-tables.ts';
import { StoreView } from '../../tiers/index/store-view.ts';
import { newFigures } from '../../tiers/mover/figures.ts';
import { MemoryPressure } from '../../tiers/mover/pressure.ts';
import { AccessSamples } from '../../tiers/mrc/access-samples.ts';
import { LivePolicy } from '../../tiers/policy/live-policy.ts';
import type { LogLevel, TierThreadStart } from '../messages.ts';
import { ColdTier } from './cold-tier.ts';
import { FrontEndPorts } from './front-end-ports.ts';
import { type ColdStatus, HotTier } from './hot-tier.ts';
import { isInsightRequest } from './insights.ts';

/** What owns the cold store and moves values between the tiers. */
export interface TierOwner {
  /** Answers a TierRequest. Rejects with a CommandError (`IOERR ...`) when the store fails. */
  answer(request: TierRequest): Promise<unknown>;
  /** Whether keys that nobody looks up expire: DEBUG SET-ACTIVE-EXPIRE. */
  setActiveExpire(enabled: boolean): void;
  /** CONFIG RESETSTAT. */
  resetStatistics(): void;
  /** Stops moving and closes the store. Nothing is saved that a checkpoint did not save. */
  close(): Promise<void>;
}

type Log = (level: LogLevel, text: string) => void;

/** Pages that the mover may use beyond the arena's limit: it needs memory (tombstones, index pages) to free memory. */
const RESERVE_PAGES = 512;

/** After the disk was full: opening writes what the log holds into tables, which takes up to two write buffers. */
const REOPEN_FREE_BYTES = 16 * 2 ** 20;

/**
 * Opens the tiers. Rejects with a line for the operator when the store cannot be opened.
 * `start.frontEndPorts` are the direct ways to the front-ends.
 */
export async function openTiers(start: TierThreadStart, config: Config, log: Log, mail: Mail): Promise<TierOwner> {
  const { memory } = start.shared;
  const provider = config.values['storage-provider'];
  const tiered = provider.kind !== 'none';
  const figures = newFigures();
  const pressure = new MemoryPressure(memory, start.threads + 1);
  const policy = new LivePolicy(start.shared.policy, config.values['tier-policy']);
  const statistics = new Statistics(start.shared.statistics, start.thread);
  const events = new EventSender(mail, config);
  const changed = new ChangedNames(start.shared.broadcasts);
  const samples = new AccessSamples(start.shared.accessSamples);
  const parts = {
    config,
    log,
    figures,
    pressure,
    policy,
    memory,
    statistics,
    mail,
    changed,
    events,
    samples,
    readTimes: start.shared.readTimes,
  };
  if (provider.kind === 'none') {
    const store = new StoreView({ memory, thread: start.thread, tiered, reservePages: RESERVE_PAGES });
    tellEvents(store, events);
    const hot = new HotTier(
      { ...parts, store, ports: new FrontEndPorts(start.frontEndPorts, start.shared.fetchRings) },
      undefined,
      undefined,
    );
    return {
      answer: async (request) => {
        if (request.kind === 'status') return hot.status(noCold);
        return isInsightRequest(request) ? hot.answerInsight(request) : 0;
      },
      setActiveExpire: (enabled) => hot.setActiveExpire(enabled),
      resetStatistics: () => hot.resetStatistics(),
      close: async () => hot.close(),
    };
  }
  const path = resolve(provider.path);
  mkdirSync(path, { recursive: true });
  const openStore = async () => withFaultsFromFile(await openColdStore(path, {}));
  const door = new ReadDoorOwner(start.shared.readDoor);
  const cold = new ReopeningStore(await openStore(), {
    beforeClose: () => door.close(),
    afterOpen: (handle) => {
      if (handle !== undefined) door.open(handle);
    },
    open: openStore,
    mayOpen: async ({ kind }) => kind !== 'full' || (await freeBytes(path)) >= REOPEN_FREE_BYTES,
    onReopened: (problem) => {
      if (problem === undefined) log('notice', 'Cold tier opened again after a failed write');
      else log('warning', `Cannot open the cold tier again: ${problem.message}`);
    },
  });
  const found = await readDataDirectory(cold);
  const directory = found ?? newDataDirectory(() => {});
  const known = found !== undefined;
  if (known) {
    const [a, b, c] = found.hashSeed;
    writeSeed(memory, { a, b, c });
  }
  // Built after the seed is known: every key is hashed with it.
  const through = config.values['storage-cache-mode'] === 'writethrough';
  const store = new StoreView({ memory, thread: start.thread, tiered, through, reservePages: RESERVE_PAGES });
  tellEvents(store, events);
  const seed = readSeed(memory);
  const tier = new ColdTier({
    ...parts,
    store,
    cold,
    path,
    ports: new FrontEndPorts(start.frontEndPorts, start.shared.fetchRings),
    onLoaded: (table, slot, type, key, value, payloadAt) => {
      // A damaged record is found when its key is read.
      if (type !== VALUE_CRON || value.length < payloadAt + JOB_PARTS) return;
      const dueMs = value.readDoubleLE(payloadAt + JOB_DUE);
      mailJob(mail, start.threads, table, slot, dueMs, key.subarray(KEY_HEADER_BYTES));
    },
    directory: known ? found : { ...directory, hashSeed: [seed.a, seed.b, seed.c] },
  });
  if (!known) await writeDataDirectory(cold, tier.currentDirectory());
  await tier.load();
  return {
    answer: (request) => tier.answer(request).catch(asCommandError),
    setActiveExpire: (enabled) => tier.hot?.setActiveExpire(enabled),
    resetStatistics: () => tier.hot?.resetStatistics(),
    close: () => tier.close(),
  };
}

function tellEvents(store: StoreView, events: EventSender): void {
  store.onGone = (cause, slotAt, key, start, length) => {
    const { tables } = store;
    if (events.wants(cause)) events.send(cause, tables.databaseOf(SlotTables.tableAt(slotAt)), key, start, length);
  };
}

async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

function asCommandError(error: unknown): never {
  if (error instanceof ColdStoreError) throw new CommandError(`IOERR ${error.message}`);
  throw error;
}

const noCold: ColdStatus = {
  provider: 'none',
  path: '',
  engine: '',
  coldBytes: 0,
  coldDeadBytes: 0,
  readQueue: 0,
  engineFigures: undefined,
  index: noIndex,
};
