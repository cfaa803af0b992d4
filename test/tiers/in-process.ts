import assert from 'node:assert/strict';
import { SharedKeyAccess } from '../../engine/keyspace/key-access.ts';
import type { KeyRef } from '../../engine/keyspace/key-ref.ts';
import { ObjectWriter } from '../../engine/keyspace/object-writer.ts';
import { PieceLoader } from '../../engine/keyspace/piece-loader.ts';
import { PiecesMissing } from '../../engine/keyspace/pieces-missing.ts';
import { SharedKeyspace } from '../../engine/keyspace/shared-keyspace.ts';
import { Request } from '../../protocol/resp/request.ts';
import { MemoryDisk, MemoryStore } from '../../tiers/cold/memory-store.ts';
import { type DataDirectory, newDataDirectory, readDataDirectory } from '../../tiers/cold/meta.ts';
import type { ColdStore } from '../../tiers/cold/store.ts';
import { readSeed, writeSeed } from '../../tiers/index/hash.ts';
import { SlotTables } from '../../tiers/index/slot-tables.ts';
import { StoreView } from '../../tiers/index/store-view.ts';
import { type StoreFigures, verifyStore } from '../../tiers/index/verify.ts';
import type { SharedMemory } from '../../tiers/memory/shared-memory.ts';
import { StorageAdmission } from '../../tiers/mover/admission.ts';
import { Checkpoint } from '../../tiers/mover/checkpoint.ts';
import { ColdExpiry } from '../../tiers/mover/cold-expiry.ts';
import { CollectionSettler } from '../../tiers/mover/collection-settler.ts';
import { CommitWords } from '../../tiers/mover/commit-words.ts';
import { Commits } from '../../tiers/mover/commits.ts';
import { DirectPromoter } from '../../tiers/mover/direct-promoter.ts';
import { DirectoryKeeper } from '../../tiers/mover/directory.ts';
import { ExpirySweep } from '../../tiers/mover/expiry-sweep.ts';
import { newFigures } from '../../tiers/mover/figures.ts';
import { IndexLoader } from '../../tiers/mover/index-loader.ts';
import { Mover } from '../../tiers/mover/mover.ts';
import { Pace } from '../../tiers/mover/pace.ts';
import { MemoryPressure } from '../../tiers/mover/pressure.ts';
import { Promoter } from '../../tiers/mover/promoter.ts';
import type { ColdPlace } from '../../tiers/mover/promotion.ts';
import { TreeMover } from '../../tiers/mover/tree-mover.ts';
import { BatchWriter } from '../../tiers/mover/writer.ts';
import { QUEUE_MAIN, QUEUE_SMALL } from '../../tiers/policy/hot-queues.ts';
import { LivePolicy } from '../../tiers/policy/live-policy.ts';
import type { TierPolicyName } from '../../tiers/policy/names.ts';
import { createPolicyMemory, Placer } from '../../tiers/policy/placer.ts';
import { testMemory } from '../../tiers/testing/memory.ts';
import { GatedStore } from './gated-store.ts';

const CLIENT = 0;
const MOVER = 1;

export interface InProcessOptions {
  readonly limitBytes?: number;
  readonly databases?: number;
  readonly tierPolicy?: TierPolicyName;
  /** Write-through: `commits` writes, and nothing else. */
  readonly through?: boolean;
  /** What an earlier one left: a restart. */
  readonly disk?: MemoryDisk;
  /** Between the gates and the memory store, e.g. a FaultyStore. */
  readonly wrap?: (store: ColdStore) => ColdStore;
  /** The index is not filled until the test does it. */
  readonly unloaded?: boolean;
  /** The client's clock; the loader's too. */
  readonly nowMs?: number;
}

/** Both tiers in one thread: the parts of the tier thread over a memory store, and a client that works as a front-end does. */
export class InProcessTiers {
  readonly disk: MemoryDisk;
  readonly memory: SharedMemory;
  readonly cold: GatedStore;
  readonly figures = newFigures();
  readonly pressure: MemoryPressure;
  /** The mover's view, and the client's. */
  readonly store: StoreView;
  readonly client: StoreView;
  readonly directory: DirectoryKeeper;
  readonly writer: BatchWriter;
  readonly trees: TreeMover;
  readonly checkpoint: Checkpoint;
  readonly commits: Commits | undefined;
  readonly promoter: Promoter;
  /** The client's own way to the disk, as a front-end has it. */
  readonly direct: DirectPromoter;
  readonly mover: Mover;
  readonly policy: LivePolicy;
  readonly admission = new StorageAdmission();
  readonly sweep: ExpirySweep;
  readonly expiry: ColdExpiry;
  readonly settler: CollectionSettler;
  readonly loader: IndexLoader;
  readonly logged: string[] = [];
  /** Whether the index may grow. */
  room: () => Promise<boolean> = () => this.mover.free();
  /** The client's clock. */
  nowMs: number;
  db = 0;
  private readonly access: SharedKeyAccess;
  private readonly keyspace: SharedKeyspace;
  private readonly pieces: PieceLoader;
  private readonly request = new Request();

  static async open(options: InProcessOptions = {}): Promise<InProcessTiers> {
    const disk = options.disk ?? new MemoryDisk();
    const plain = new MemoryStore(disk);
    const cold = new GatedStore(options.wrap?.(plain) ?? plain);
    await cold.open();
    const found = await readDataDirectory(cold);
    const tiers = new InProcessTiers(options, disk, cold, found);
    for (const [db] of found?.databases ?? []) {
      if (db < tiers.store.tables.databases) await tiers.loader.add(tiers.store.tables.tableOf(db));
    }
    if (options.unloaded !== true) await tiers.loader.run();
    return tiers;
  }

  private constructor(
    {
      limitBytes = 8 * 2 ** 20,
      databases = 2,
      nowMs = 1_700_000_000_000,
      through = false,
      tierPolicy = 'adaptive',
    }: InProcessOptions,
    disk: MemoryDisk,
    cold: GatedStore,
    found: DataDirectory | undefined,
  ) {
    this.disk = disk;
    this.nowMs = nowMs;
    this.cold = cold;
    this.memory = testMemory(limitBytes, databases);
    const [a, b, c] = found?.hashSeed ?? [1, 2, 3];
    writeSeed(this.memory, { a, b, c });
    new SlotTables(this.memory, MOVER).initialise();
    this.store = new StoreView({ memory: this.memory, thread: MOVER, tiered: true, through, reservePages: 64 });
    this.client = new StoreView({ memory: this.memory, thread: CLIENT, tiered: true, through });
    const seed = readSeed(this.memory);
    const directory = found ?? { ...newDataDirectory(() => {}), hashSeed: [seed.a, seed.b, seed.c] as const };
    const { tables } = this.store;
    tables.setNextKeyspaceId(directory.nextKeyspaceId);
    const ids = new Map(directory.databases);
    for (let db = 0; db < databases; db++) tables.setKeyspaceId(db, ids.get(db) ?? tables.newKeyspaceId());
    const policyMemory = createPolicyMemory(limitBytes);
    const policy = new LivePolicy(policyMemory, tierPolicy);
    this.policy = policy;
    this.pressure = new MemoryPressure(this.memory, 2);
    this.directory = new DirectoryKeeper(tables, directory);
    this.writer = new BatchWriter(this.store, cold, this.directory, this.figures, () => false);
    this.trees = new TreeMover(this.store, this.writer, this.figures);
    this.checkpoint = new Checkpoint(this.store, this.writer, this.trees, new Pace());
    this.promoter = new Promoter(this.store, cold, policy, this.figures);
    const reader = {
      ready: true,
      read: (key: Buffer) => disk.records.get(key.toString('latin1')),
      readMany: (keys: readonly Buffer[], settle: (values: readonly (Buffer | undefined)[]) => void) => {
        void cold.getMany(keys).then(settle);
      },
    };
    this.direct = new DirectPromoter(this.client, reader, policy);
    this.writer.onWritten = (keys) => this.promoter.outdate(keys);
    this.mover = new Mover(this.store, this.pressure, policy, this.figures, this.writer, this.trees);
    this.mover.setPolicy('noeviction', true);
    this.mover.setAdmission(this.admission);
    this.admission.policyName = () => policy.name;
    this.checkpoint.admission = this.admission;
    const { unsaved } = this.store;
    if (unsaved !== undefined) {
      const commits = new Commits(this.store, unsaved, this.writer, this.trees, new CommitWords(this.memory));
      this.commits = commits;
      this.trees.commit = this.checkpoint.commit = this.mover.commit = () => commits.run();
    }
    this.promoter.makeRoom = () => this.mover.freeClean();
    this.promoter.makeRoomLater = (bytes) => this.mover.freeFor(bytes);
    this.sweep = new ExpirySweep(this.store, this.figures);
    this.expiry = new ColdExpiry(this.store, cold, this.writer, this.figures);
    this.sweep.onCold = this.expiry.note;
    this.settler = new CollectionSettler({ store: this.store, cold, writer: this.writer });
    this.promoter.settle = (recordKey, value) => this.settler.counts(recordKey, value);
    this.loader = new IndexLoader({
      store: this.store,
      cold,
      settler: this.settler,
      onLoaded: undefined,
      onExpired: this.expiry.leftOut,
      now: () => this.nowMs,
      room: () => this.room(),
      log: (_level, text) => this.logged.push(text),
      retryMs: 5,
    });
    const writer = new ObjectWriter(this.client);
    writer.placer = new Placer(policyMemory);
    this.access = new SharedKeyAccess(this.client, writer, undefined);
    this.access.absent = this.direct.absent;
    this.keyspace = new SharedKeyspace(this.client, writer, this.access, {
      names: () => Promise.reject(new Error('names are not read here')),
      index: (table, keyspaceId, from, to) => this.loader.want(table, keyspaceId, from, to),
    });
    this.pieces = new PieceLoader(this.client, (keys) => cold.getMany(keys));
  }

  set(key: string, value: string, expireAtMs = -1): void {
    this.withKey(key, value, (ref) => {
      this.keyspace.strings.set(ref, this.request.bytes, this.request.start(1), this.request.length(1), expireAtMs);
    });
  }

  /** Whether there was one. */
  delete(key: string): boolean {
    return this.withKey(key, '', (ref) => this.keyspace.delete(ref));
  }

  /**
   * Runs `body` on a key as the dispatcher runs a command: fetches what is cold first, and the pieces of a collection that it meets on disk, and
   * starts over. Rejects with the error of a read.
   */
  async run<T>(key: string, body: (keyspace: SharedKeyspace, ref: KeyRef) => T): Promise<T> {
    for (;;) {
      while (isOnDisk(this.where(key))) await this.fetch(key);
      let missing: Promise<void> | undefined;
      const done = this.withKey(key, '', (ref) => {
        try {
          return { result: body(this.keyspace, ref) };
        } catch (error) {
          if (!(error instanceof PiecesMissing)) throw error;
          missing = new Promise((resolve, reject) => {
            this.pieces.load(error, Buffer.from(key), (problem) => (problem ? reject(problem) : resolve()));
          });
          return undefined;
        }
      });
      if (done !== undefined) return done.result;
      await missing;
    }
  }

  /** RENAME of a key that exists. */
  async rename(from: string, to: string): Promise<void> {
    for (;;) {
      while (isOnDisk(this.where(from))) await this.fetch(from);
      while (isUnknown(this.where(to))) await this.fetch(to);
      let missing: Promise<void> | undefined;
      this.withKeys(from, to, (source, target) => {
        try {
          this.keyspace.move(source, target);
        } catch (error) {
          if (!(error instanceof PiecesMissing)) throw error;
          missing = new Promise((resolve, reject) => {
            this.pieces.load(error, Buffer.from(from), (problem) => (problem ? reject(problem) : resolve()));
          });
        }
      });
      if (missing === undefined) return;
      await missing;
    }
  }

  expireAt(key: string, atMs: number): void {
    this.withKey(key, '', (ref) => this.keyspace.setExpireAt(ref, atMs));
  }

  /** The value in RAM: undefined without the key; fails when it is cold. */
  hot(key: string): string | undefined {
    return this.withKey(key, '', (ref) => {
      if (!ref.exists) return undefined;
      assert.notEqual(ref.handle, 0, `${key} is cold`);
      return this.keyspace.strings.copy(ref, 0, this.keyspace.strings.length(ref)).toString();
    });
  }

  where(key: string): string {
    if (this.isUnknown(key)) return 'unknown';
    return this.withKey(key, '', (ref) => {
      const { tier, dirty } = this.keyspace.residency(ref);
      return dirty && tier === 'hot' ? 'hot dirty' : tier;
    });
  }

  /** Asks for a cold key as a front-end does; answers when it can be looked up again. Rejects with the error. */
  fetch(key: string): Promise<void> {
    const name = Buffer.from(key);
    const { hasher, tables } = this.client;
    hasher.hash(new DataView(name.buffer, name.byteOffset, name.length), 0, name.length);
    const { slot, position, check } = hasher;
    const table = tables.tableOf(this.db);
    return new Promise((resolve, reject) => {
      const done = (error?: string, absent?: string) => {
        if (absent !== undefined) this.direct.absent.addId(absent);
        if (error === undefined) resolve();
        else reject(new Error(error));
      };
      this.promoter.request({ table, slot, position, check, key: name, done });
      this.promoter.pump();
    });
  }

  /** Settles what a key is that nobody has looked for on disk yet. */
  async known(key: string): Promise<void> {
    while (this.isUnknown(key)) await this.fetch(key);
  }

  /** Reads a cold key as a front-end does by itself; whether what it read was linked. */
  fetchDirectly(key: string): Promise<boolean> {
    const { place, generation, name } = this.place(key);
    const recordKey = this.direct.recordKey(place, name);
    const link = (value: Buffer | undefined | null): boolean => {
      if (!value) return false;
      this.client.exclusive.enter();
      try {
        return this.direct.link(place, generation, recordKey, value, this.nowMs) === 'hot';
      } finally {
        this.client.exclusive.leave();
      }
    };
    return new Promise((resolve) => this.direct.reader.readMany([recordKey], ([value]) => resolve(link(value))));
  }

  /** The same on the spot, with what was known of the key's place before. */
  readNow({ place, generation, name }: ReturnType<InProcessTiers['place']>): boolean {
    this.client.exclusive.enter();
    try {
      return this.direct.promoteNow(place, generation, name, 0, name.length, this.nowMs);
    } finally {
      this.client.exclusive.leave();
    }
  }

  /** Where a key stands, and its slot's cold generation. */
  place(key: string): {
    readonly place: ColdPlace;
    readonly generation: number;
    readonly name: Buffer;
  } {
    const name = Buffer.from(key);
    const { hasher, tables } = this.client;
    hasher.hash(new DataView(name.buffer, name.byteOffset, name.length), 0, name.length);
    const { slot, position, check } = hasher;
    const place = { table: tables.tableOf(this.db), slot, position, check };
    return { place, generation: tables.coldGeneration(SlotTables.at(place.table, slot)), name };
  }

  /** The value wherever it is, as GET would answer. */
  async get(key: string): Promise<string | undefined> {
    while (isOnDisk(this.where(key))) await this.fetch(key);
    return this.hot(key);
  }

  /** Everything leaves RAM: the bound is nothing for a moment. */
  async demoteAll(): Promise<void> {
    this.pressure.setMax(1);
    await this.mover.free();
    this.pressure.setMax(0);
  }

  /** Removes what is due in both tiers, as the tier thread does in the background. */
  async expire(): Promise<void> {
    this.sweep.run(this.nowMs, 10_000);
    await this.expiry.run(this.nowMs);
  }

  flush(db: number): void {
    this.client.exclusive.enter();
    this.client.exclusive.run(() => this.keyspace.flush(db));
    this.client.exclusive.leave();
  }

  swap(a: number, b: number): void {
    this.client.exclusive.enter();
    this.client.exclusive.run(() => this.keyspace.swap(a, b));
    this.client.exclusive.leave();
  }

  /** Flushes database 0, which has what `key` was, until the same table serves it again; `key` is of now, and cold. */
  async flushAround(key: string): Promise<void> {
    const { tables } = this.store;
    const table = tables.tableOf(0);
    do {
      this.flush(0);
      for (let each = 0; each < tables.tables; each++) this.store.clearTable(each);
      this.set(key, 'of now');
    } while (tables.tableOf(0) !== table);
    await this.demoteAll();
    assert.equal(this.where(key), 'cold');
  }

  /** Objects that the policy's queues hold. */
  get hotObjects(): number {
    return this.store.queues.length(QUEUE_SMALL) + this.store.queues.length(QUEUE_MAIN);
  }

  size(db = 0): number {
    return this.keyspace.size(db);
  }

  /** Checks that all that is shared fits together. */
  verify(): StoreFigures {
    this.client.allocator.flushCaches();
    this.store.allocator.flushCaches();
    return verifyStore(this.memory, this.store);
  }

  /** The process dies here and is started anew on the same disk, with the same clock. */
  async restart(options: InProcessOptions = {}): Promise<InProcessTiers> {
    this.disk.locked = false;
    return InProcessTiers.open({ nowMs: this.nowMs, ...options, disk: this.disk });
  }

  /** Whether nobody knows yet if there is such a key. */
  private isUnknown(key: string): boolean {
    const { access, client } = this;
    client.exclusive.enter();
    try {
      this.name(key, '');
      access.begin(this.request, this.nowMs);
      access.add(0, this.db);
      return !access.prepare('index');
    } finally {
      access.release();
      client.exclusive.leave();
    }
  }

  private withKeys(from: string, to: string, body: (from: KeyRef, to: KeyRef) => void): void {
    const names = [Buffer.from(from), Buffer.from(to)];
    const bytes = Buffer.concat(names);
    const { request, access, client } = this;
    request.attach(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
    request.push(0, from.length);
    request.push(from.length, to.length);
    client.exclusive.enter();
    try {
      access.begin(request, this.nowMs);
      access.add(0, this.db);
      access.add(1, this.db);
      access.prepare('index');
      body(access.at(0), access.at(1));
    } finally {
      access.release();
      client.exclusive.leave();
    }
  }

  private withKey<T>(key: string, value: string, body: (ref: ReturnType<SharedKeyAccess['at']>) => T): T {
    const { request, access, client } = this;
    this.name(key, value);
    client.exclusive.enter();
    try {
      access.begin(request, this.nowMs);
      access.add(0, this.db);
      assert.ok(access.prepare('index'), `${key} was looked for on disk`);
      return body(access.at(0));
    } finally {
      access.release();
      client.exclusive.leave();
    }
  }

  private name(key: string, value: string): void {
    const name = Buffer.from(key);
    const bytes = Buffer.concat([name, Buffer.from(value)]);
    const { request } = this;
    request.attach(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
    request.push(0, name.length);
    request.push(name.length, bytes.length - name.length);
  }
}

function isUnknown(place: string): boolean {
  return place === 'unknown';
}

/** Or may be. */
function isOnDisk(place: string): boolean {
  return place === 'cold' || isUnknown(place);
}
