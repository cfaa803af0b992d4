import { existsSync } from 'node:fs';
import { CommandError } from '../../engine/commands/errors.ts';
import type { ColdName, NameRange } from '../../engine/keyspace/key-scanner.ts';
import type { TierRequest, TierStatus } from '../../engine/server/link.ts';
import { BackgroundThreads } from '../../tiers/cold/background-threads.ts';
import { readEngineFigures } from '../../tiers/cold/engine-figures.ts';
import type { DataDirectory } from '../../tiers/cold/meta.ts';
import { KEY_CHECK, KEY_HEADER_BYTES, KEY_POSITION, keyspaceRange, slotRange } from '../../tiers/cold/record.ts';
import { type ColdStore, ColdStoreError } from '../../tiers/cold/store.ts';
import {
  ENTRY_DIRTY,
  ENTRY_FREQUENCY_MASK,
  ENTRY_ON_DISK,
  STATE_COLD,
  STATE_DEMOTING,
  STATE_HOT,
  STATE_MASK,
} from '../../tiers/index/layout.ts';
import { SlotTables, TABLE_USED } from '../../tiers/index/slot-tables.ts';
import { usedBytes } from '../../tiers/memory/allocator.ts';
import { asHandle } from '../../tiers/memory/handle.ts';
import { KIND_INDEX } from '../../tiers/memory/layout.ts';
import { OBJECT_QUEUE } from '../../tiers/memory/object.ts';
import { Checkpoint } from '../../tiers/mover/checkpoint.ts';
import { ColdExpiry } from '../../tiers/mover/cold-expiry.ts';
import { CollectionSettler } from '../../tiers/mover/collection-settler.ts';
import { CommitWords } from '../../tiers/mover/commit-words.ts';
import { Commits } from '../../tiers/mover/commits.ts';
import { DirectoryKeeper } from '../../tiers/mover/directory.ts';
import { HeatListWriter } from '../../tiers/mover/heat-list.ts';
import { IndexLoader, type OnLoaded } from '../../tiers/mover/index-loader.ts';
import { Pace } from '../../tiers/mover/pace.ts';
import { Promoter } from '../../tiers/mover/promoter.ts';
import { RecordBatch, THEN_DEMOTE } from '../../tiers/mover/record-batch.ts';
import { dropSlotCounts, writeSlotCounts } from '../../tiers/mover/slot-counts.ts';
import { makeCold } from '../../tiers/mover/transitions.ts';
import { type TreeItem, TreeMover } from '../../tiers/mover/tree-mover.ts';
import { Warmer } from '../../tiers/mover/warmer.ts';
import { BatchWriter } from '../../tiers/mover/writer.ts';
import { isTreeObject } from '../../tiers/tree/walk.ts';
import { HotTier, type HotTierParts } from './hot-tier.ts';
import { admitToStorage } from './storage-admission.ts';
import { StorageGuard } from './storage-guard.ts';

export interface ColdTierParts extends HotTierParts {
  readonly cold: ColdStore;
  readonly path: string;
  readonly directory: DataDirectory;
  /** For each record that is indexed after the start. */
  readonly onLoaded: OnLoaded;
}

/** `maxstorage` is looked after so often, the engine's threads with every fifth time. */
const STORAGE_EVERY_MS = 100;
const CHECKS_PER_YIELD = 5;
/** A start waits so long for the index before it serves: long enough for small data, short enough for everybody. */
const FIRST_FILL_MS = 200;
/** For tests of what happens while the index fills: it does not while this file exists, but for slots that somebody waits for. */
const HOLD_INDEX = process.env.STRATAKV_HOLD_INDEX;
/** Of maxmemory. */
const INDEX_SHARE = 0.75;
/** What the next start begins with is written this often, or less often so that it costs few bytes a second; and how long an orderly end takes for it. */
const HINTS_EVERY_MS = 60_000;
const HINT_BYTES_PER_MS = 500;
const LAST_HINTS_MS = 2000;
/** A periodic checkpoint takes this part of storage-flush-period, unless there is more to write than that allows. */
const CHECKPOINT_SPREAD = 0.5;
/** The log says once per so many ms that the store fails. */
const COMPLAIN_EVERY_MS = 10_000;

/** The cold tier at work: reads, demotion, checkpoints, clearing, and the answers about it. */
export class ColdTier {
  private readonly parts: ColdTierParts;
  private readonly directory: DirectoryKeeper;
  private readonly writer: BatchWriter;
  private readonly trees: TreeMover;
  private readonly checkpoint: Checkpoint;
  private readonly pace = new Pace();
  private readonly promoter: Promoter;
  private readonly expiry: ColdExpiry;
  /** With write-through. */
  private readonly commits: Commits | undefined;
  private readonly settler: CollectionSettler;
  private readonly loader: IndexLoader;
  private readonly warmer: Warmer;
  private readonly heat: HeatListWriter;
  private hints: Promise<void> = Promise.resolve();
  private hintsAtMs = 0;
  hot: HotTier | undefined;
  private readonly loaded: DataDirectory;
  private timer: NodeJS.Timeout | undefined;
  private storageTimer: NodeJS.Timeout | undefined;
  private readonly background = new BackgroundThreads();
  private readonly guard: StorageGuard;
  private checkpointing: Promise<void> | undefined;
  private clearing: Promise<void> | undefined;
  private complainedAtMs = 0;
  private closed = false;

  constructor(parts: ColdTierParts) {
    this.parts = parts;
    const { store, cold, figures, policy, config } = parts;
    const { tables } = store;
    this.loaded = parts.directory;
    tables.setNextKeyspaceId(parts.directory.nextKeyspaceId);
    const ids = new Map(parts.directory.databases);
    for (let db = 0; db < tables.databases; db++) {
      tables.setKeyspaceId(tables.tableOf(db), ids.get(db) ?? tables.newKeyspaceId());
    }
    this.directory = new DirectoryKeeper(tables, parts.directory);
    this.writer = new BatchWriter(store, cold, this.directory, figures, () => config.values['storage-sync']);
    this.trees = new TreeMover(store, this.writer, figures);
    this.checkpoint = new Checkpoint(store, this.writer, this.trees, this.pace);
    this.promoter = new Promoter(store, cold, policy, figures);
    const { log } = parts;
    const onRoom = (room: boolean) => this.hot?.setColdRoom(room);
    this.guard = new StorageGuard({ config, log, store, cold, writer: this.writer, figures, onRoom });
    this.expiry = new ColdExpiry(store, cold, this.writer, figures);
    const { unsaved } = store;
    if (unsaved !== undefined) {
      const words = new CommitWords(parts.memory);
      this.commits = new Commits(store, unsaved, this.writer, this.trees, words);
      this.commits.onDone = () => parts.ports.committed((thread) => words.takeWaits(thread));
      this.trees.commit = this.checkpoint.commit = () => this.commit();
    }
    this.warmer = new Warmer(store, cold, this.promoter, parts.pressure);
    this.heat = new HeatListWriter(store, cold);
    this.writer.onWritten = (keys) => this.promoter.outdate(keys);
    this.settler = new CollectionSettler({ store, cold, writer: this.writer });
    this.promoter.settle = (recordKey, value) => this.settler.counts(recordKey, value);
    this.loader = new IndexLoader({
      store,
      cold,
      settler: this.settler,
      onLoaded: parts.onLoaded,
      onExpired: this.expiry.leftOut,
      now: Date.now,
      room: () => this.indexRoom(),
      log: parts.log,
      ...(HOLD_INDEX !== undefined && { held: () => existsSync(HOLD_INDEX) }),
    });
  }

  /** What a new data directory begins with. */
  currentDirectory(): DataDirectory {
    return this.directory.take();
  }

  /** Begins to work, and to fill the index from disk: what is not indexed yet is read from there. */
  async load(): Promise<void> {
    const { store, cold, ports, config, log } = this.parts;
    for (const [db] of this.loaded.databases) {
      // `databases` was lowered: what lies beyond stays on disk, unseen, until it is raised again.
      if (db >= store.tables.databases) continue;
      await this.loader.add(store.tables.tableOf(db));
    }
    const hot = new HotTier(this.parts, this.writer, this.trees);
    hot.sweepCold(this.expiry);
    admitToStorage(config, log, hot.mover, this.checkpoint, this.parts.policy);
    this.hot = hot;
    if (this.commits !== undefined) hot.mover.commit = () => this.commit();
    this.promoter.makeRoom = () => hot.mover.freeClean();
    this.promoter.makeRoomLater = (bytes) => hot.mover.freeFor(bytes);
    this.promoter.afterPromotions = () => {
      const { pressure } = this.parts;
      if (pressure.max > 0 && pressure.usedBytes() > pressure.highWater) void hot.mover.free();
    };
    this.promoter.more = () => ports.takeFetches();
    this.promoter.sleep = () => ports.sleep();
    ports.listen({
      onFetch: (requests) => {
        for (const request of requests) this.promoter.request(request);
        this.promoter.pump();
      },
      onNames: (ranges) => this.names(ranges),
      onIndex: (table, keyspaceId, from, to) => this.loader.want(table, keyspaceId, from, to),
      onRead: (keys) => {
        this.parts.figures.coldReads += keys.length;
        return cold.getMany(keys);
      },
      onCommit: () => {
        void this.commits?.serve().then(() => this.complain());
      },
      onFree: (bytes) => hot.mover.freeFor(bytes),
      onEvict: async () => {
        await hot.mover.free();
        this.complain();
      },
    });
    let checks = 0;
    this.storageTimer = setInterval(() => {
      void this.guard.check();
      this.hintNow();
      if (++checks % CHECKS_PER_YIELD === 0) void this.background.yieldToServing();
    }, STORAGE_EVERY_MS);
    const checkpoint = () => {
      const periodMs = config.values['storage-flush-period'];
      const startedAt = performance.now();
      // They begin a period apart, and there are always some rests between them.
      const next = () => schedule(Math.max(periodMs / 2, periodMs - (performance.now() - startedAt)));
      // One that somebody asked for goes on in its hurry.
      if (this.checkpointing === undefined) this.pace.start(periodMs * CHECKPOINT_SPREAD);
      void this.runCheckpoint().catch(asLogged).finally(next);
    };
    const schedule = (ms: number) => {
      if (!this.closed) this.timer = setTimeout(checkpoint, ms);
    };
    // The figures and the log have it; the values stay dirty for the next one.
    const asLogged = (error: unknown) => {
      if (!(error instanceof ColdStoreError)) throw error;
      this.complain();
    };
    schedule(config.values['storage-flush-period']);
    this.hintsAtMs = performance.now() + HINTS_EVERY_MS;
    // Nobody waits for it.
    void this.warmer.run();
    await this.fillIndex();
  }

  /** Begins to fill the index. Small ones are complete when this resolves, which it does soon. */
  private async fillIndex(): Promise<void> {
    const { log } = this.parts;
    const startedAt = performance.now();
    const filled = this.loader.run().then(() => {
      const { keys, damaged } = this.loader.figures;
      this.parts.ports.allIndexed();
      if (damaged > 0) log('warning', `${damaged} damaged records on disk were left out`);
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(3);
      if (keys > 0 && !this.closed) log('notice', `Cold tier loaded: ${keys} keys in ${seconds} seconds`);
    });
    let timer: NodeJS.Timeout | undefined;
    const soon = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FIRST_FILL_MS);
    });
    await Promise.race([filled, soon]);
    clearTimeout(timer);
  }

  /** Whether the index may grow. Not beyond its share of maxmemory: the rest serves what is read from disk for want of an index. */
  private async indexRoom(): Promise<boolean> {
    const { pressure, memory } = this.parts;
    const { max, highWater } = pressure;
    if (max === 0) return true;
    if (usedBytes(new DataView(memory.control), KIND_INDEX) > max * INDEX_SHARE) return false;
    if (pressure.usedBytes() <= highWater) return true;
    return (await this.hot?.mover.free()) === true || pressure.usedBytes() < max;
  }

  /** Writes what the next start begins with, now and then. Not before what this start began with is used up. */
  private hintNow(): void {
    if (performance.now() < this.hintsAtMs || this.warmer.figures.warming || this.closed) return;
    this.hintsAtMs = Number.POSITIVE_INFINITY;
    this.hints = this.writeHints(true, () => this.closed).then((bytes) => {
      this.hintsAtMs = performance.now() + Math.max(HINTS_EVERY_MS, bytes / HINT_BYTES_PER_MS);
    });
  }

  /** Answers the bytes of the list of hot keys, if it is written. Only hints: that they cannot be written is no failure. */
  private async writeHints(heat: boolean, stop: () => boolean): Promise<number> {
    const { store, cold } = this.parts;
    try {
      for (let db = 0; db < store.tables.databases; db++)
        await writeSlotCounts(cold, store.tables, store.tables.tableOf(db));
      return heat ? await this.heat.write(stop) : 0;
    } catch (error) {
      if (!(error instanceof ColdStoreError)) throw error;
      this.parts.figures.lastError = error.message;
      return 0;
    }
  }

  async answer(request: TierRequest): Promise<unknown> {
    switch (request.kind) {
      case 'checkpoint':
      case 'reload':
        return this.runCheckpoint(true);
      case 'status':
        return this.status();
      case 'hot-keys':
      case 'miss-ratios':
      case 'reset-miss-ratios':
      case 'slots':
        return this.hot?.answerInsight(request, (ranges) => this.names(ranges));
      case 'demote':
        return this.demote(request.db, Buffer.from(request.key));
      case 'promote':
        return this.promote(request.db, Buffer.from(request.key));
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    this.commits?.close();
    clearTimeout(this.timer);
    clearInterval(this.storageTimer);
    this.hot?.close();
    // A list that was not used up stays as it is.
    const used = !this.warmer.figures.warming;
    await this.warmer.close();
    await this.loader.close();
    this.pace.hurry();
    await this.checkpointing?.catch(() => {});
    this.guard.close();
    await this.guard.closed();
    await this.expiry.close();
    await this.hints;
    const untilMs = performance.now() + LAST_HINTS_MS;
    await this.writeHints(used, () => performance.now() > untilMs);
    await this.parts.cold.close();
  }

  /** A checkpoint that runs is joined, unless `fresh` asks for one that begins now. */
  private async runCheckpoint(fresh = false): Promise<void> {
    if (fresh) {
      this.pace.hurry();
      await this.checkpointing?.catch(() => {});
    }
    // What it stands for is the moment when it began.
    const startedAtMs = Date.now();
    const changes = this.parts.statistics.total('keyspace_changes');
    this.checkpointing ??= this.checkpoint
      .run(fresh)
      .then(() => {
        const { figures } = this.parts;
        figures.checkpoints++;
        figures.lastCheckpointMs = startedAtMs;
        figures.savedChanges = changes;
        this.clearFlushed();
      })
      .finally(() => {
        this.checkpointing = undefined;
      });
    await this.checkpointing;
  }

  /** Deletes the records of flushed databases in the background; a restart goes on with what is left. */
  private clearFlushed(): void {
    const { cold, figures } = this.parts;
    const ids = [...this.directory.pending];
    if (ids.length === 0 || this.clearing !== undefined || this.closed) return;
    const clear = async (): Promise<void> => {
      for (const id of ids) {
        if (this.closed) return;
        await cold.deleteRange(keyspaceRange(id));
        await dropSlotCounts(cold, id);
        this.directory.cleared(id);
      }
    };
    this.clearing = clear()
      .catch((error: unknown) => {
        if (!(error instanceof ColdStoreError)) throw error;
        figures.lastError = error.message;
      })
      .finally(() => {
        this.clearing = undefined;
      });
  }

  private async names(ranges: readonly NameRange[]): Promise<ColdName[][]> {
    const lists: ColdName[][] = [];
    for (const { keyspaceId, slot, from, to } of ranges) {
      const names: ColdName[] = [];
      const iterator = this.parts.cold.iterate(slotRange(keyspaceId, slot, from), { values: false });
      try {
        for (let more = true; more; ) {
          const chunk = await iterator.nextChunk();
          if (chunk === undefined) break;
          for (const key of chunk.keys) {
            const position = key.readUInt32BE(KEY_POSITION);
            if (position > to) {
              more = false;
              break;
            }
            names.push({ position, check: key.readUInt32BE(KEY_CHECK), key: key.subarray(KEY_HEADER_BYTES) });
          }
        }
      } finally {
        await iterator.close();
      }
      lists.push(names);
    }
    return lists;
  }

  /** Write-through: what has changed so far is in the store's log afterwards. */
  private commit(): Promise<void> {
    return this.commits?.run() ?? Promise.resolve();
  }

  /** 1 when the key was hot and is cold now. */
  private async demote(db: number, key: Buffer): Promise<number> {
    await this.commit();
    const { store } = this.parts;
    const { tables, index, hasher, queues, arena, exclusive } = store;
    if (db >= tables.databases) throw new CommandError('ERR DB index is out of range');
    const view = new DataView(key.buffer, key.byteOffset, key.length);
    let written = 0;
    let clean = 0;
    let large: TreeItem | undefined;
    const batch = new RecordBatch();
    await this.writer.write(batch, () => {
      hasher.hash(view, 0, key.length);
      const { slot, position, check } = hasher;
      const table = tables.tableOf(db);
      const slotAt = SlotTables.at(table, slot);
      tables.lock(slotAt);
      const word1 = index.find(slotAt, position, check, view, 0, key.length);
      if ((word1 & STATE_MASK) === STATE_HOT) {
        const handle = asHandle(index.view.getUint32(index.entry, true));
        if (isTreeObject(arena.view(handle), arena.offset(handle))) {
          large = { slotAt, position, check, handle, evict: true };
        } else if ((word1 & ENTRY_DIRTY) === 0) clean = makeCold(store, slotAt, position, check) ? 1 : 0;
        else if (this.commits === undefined && tables.tableState(table) === TABLE_USED) {
          const place = arena.view(handle).getUint32(arena.offset(handle) + OBJECT_QUEUE, true);
          queues.remove(place);
          arena.view(handle).setUint32(arena.offset(handle) + OBJECT_QUEUE, 0, true);
          index.view.setUint32(
            index.entry + 4,
            ((word1 & ~(STATE_MASK | ENTRY_FREQUENCY_MASK)) | ENTRY_ON_DISK | STATE_DEMOTING) >>> 0,
            true,
          );
          batch.add(store, tables.keyspaceId(table), slotAt, slot, position, check, handle, THEN_DEMOTE);
          written = 1;
        }
      }
      tables.unlock(slotAt);
    });
    if (large !== undefined) return (await this.trees.demote(large)) ? 1 : 0;
    if (written === 0) return clean;
    exclusive.enter();
    const state = this.stateOf(db, key, view);
    exclusive.leave();
    return state === STATE_COLD ? 1 : 0;
  }

  /** 1 when the key was cold and is hot now. */
  private async promote(db: number, key: Buffer): Promise<number> {
    const { store } = this.parts;
    const { tables, hasher } = store;
    if (db >= tables.databases) throw new CommandError('ERR DB index is out of range');
    const view = new DataView(key.buffer, key.byteOffset, key.length);
    const state = this.stateOf(db, key, view);
    hasher.hash(view, 0, key.length);
    const { slot, position, check } = hasher;
    const table = tables.tableOf(db);
    // Without an entry it may be on disk, while its slot is not indexed.
    if (state !== STATE_COLD && (state !== 0 || tables.isIndexed(SlotTables.at(table, slot)))) return 0;
    const error = await new Promise<string | undefined>((done) => {
      this.promoter.request({ table, slot, position, check, key, done });
      this.promoter.pump();
    });
    if (error !== undefined) throw new CommandError(error);
    return state === STATE_COLD || this.stateOf(db, key, view) === STATE_HOT ? 1 : 0;
  }

  private stateOf(db: number, key: Buffer, view: DataView): number {
    const { tables, index, hasher } = this.parts.store;
    hasher.hash(view, 0, key.length);
    const slotAt = SlotTables.at(tables.tableOf(db), hasher.slot);
    tables.lock(slotAt);
    const word1 = index.find(slotAt, hasher.position, hasher.check, view, 0, key.length);
    tables.unlock(slotAt);
    return word1 & STATE_MASK;
  }

  private async status(): Promise<TierStatus | undefined> {
    const { cold, path } = this.parts;
    return this.hot?.status({
      provider: 'flash',
      path,
      engine: `${cold.engine.name} ${cold.engine.version}`,
      coldBytes: await cold.estimateBytes(),
      coldDeadBytes: this.guard.deadBytes,
      readQueue: this.promoter.queued,
      engineFigures: readEngineFigures(cold),
      index: { loading: this.loader.loading, ...this.loader.figures, ...this.warmer.figures },
    });
  }

  /** Says in the log, now and then, that the store fails. */
  private complain(): void {
    const { figures, log } = this.parts;
    const nowMs = Date.now();
    if (this.writer.failedAtMs === 0 || nowMs - this.complainedAtMs < COMPLAIN_EVERY_MS) return;
    this.complainedAtMs = nowMs;
    log(
      'warning',
      `Cannot write to the cold tier: ${figures.lastError}. Values stay in RAM; free disk space or repair the disk.`,
    );
  }
}
