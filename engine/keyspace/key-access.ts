import type { Request } from '../../protocol/resp/request.ts';
import { assert } from '../../tiers/base/assert.ts';
import {
  COLD_VALUE_TYPE_MASK,
  ENTRY_EXPIRES,
  ENTRY_FREQUENCY_MASK,
  ENTRY_FREQUENCY_ONE,
  STATE_COLD,
  STATE_MASK,
  STATE_TOMBSTONE,
} from '../../tiers/index/layout.ts';
import { SlotTables } from '../../tiers/index/slot-tables.ts';
import type { StoreView } from '../../tiers/index/store-view.ts';
import { asHandle, NULL_HANDLE } from '../../tiers/memory/handle.ts';
import { OBJECT_ACCESS, OBJECT_TYPE, objectExpiry } from '../../tiers/memory/object.ts';
import type { ColdPlace } from '../../tiers/mover/promotion.ts';
import { ENCODING_TREE } from '../../tiers/tree/layout.ts';
import { type CommandError, errors } from '../commands/errors.ts';
import {
  type KeyAccess,
  type KeyNeed,
  NESTED_COLD,
  NESTED_READY,
  NESTED_UNLOCKED,
  type NestedAnswer,
} from '../dispatch/hooks.ts';
import { eventClass, type KeyEvents } from '../events/events.ts';
import type { MemberExpiry } from '../types/collection/member-expiry.ts';
import { type LfuRules, usedAccess } from './frequency.ts';
import { KeyRef, VALUE_NONE } from './key-ref.ts';
import type { ObjectWriter } from './object-writer.ts';
import { NO_ARGUMENT, SharedOtherKeys } from './other-keys.ts';
import { PieceLoader, type ReadRecords } from './piece-loader.ts';
import type { PiecesMissing } from './pieces-missing.ts';

/** Brings cold keys into RAM. */
export interface ColdFetcher {
  /**
   * Here and now, if that is likely to be quick: the key, `bytes[start, start + length)`, that was found cold when its slot's cold
   * generation was `generation`. False: ask for it by `fetch`. No slot is locked.
   */
  readNow(place: ColdPlace, generation: number, bytes: Buffer, start: number, length: number, nowMs: number): boolean;
  /** Asks for one; `wake` is called later, on this thread, when it can be looked up again. */
  fetch(place: ColdPlace, generation: number, key: Buffer): void;
  /** After one or more `fetch`: calls back when all of them are answered. */
  whenFetched(wake: (error?: CommandError) => void): void;
  /** Reads records by their keys: pieces of collections. */
  readonly readRecords: ReadRecords;
  /**
   * For a command that cannot wait, because what it belongs to has changed something already: the same as `readNow`, however long it takes, and with the
   * key's slot locked. Throws a CommandError when it cannot be done.
   */
  readHeld(place: ColdPlace, bytes: Buffer, start: number, length: number, nowMs: number): void;
  /** The same for records. */
  readRecordsHeld(keys: readonly Buffer[]): readonly (Buffer | undefined)[];
}

/** The keys of one of several commands that run under the same locks: `refs[base, base + count)`. */
interface Frame {
  readonly request: Request;
  readonly base: number;
  count: number;
  readonly need: KeyNeed;
}

/** So long a script waits for the slot of a key that it did not declare, when it has changed something already. */
const OUT_OF_ORDER_MS = 1000;
/** Keys that a command found out by itself are read here and now only when they are few. */
const MAX_READ_NOW = 64;

/**
 * The keys of the running command. Locks are taken in ascending order of slot header offsets, that is of (table, slot): the one
 * order in the whole server, so commands never deadlock.
 */
export class SharedKeyAccess implements KeyAccess {
  count = 0;
  keepsExpired = false;
  /** Expired keys removed by lookups since the last reset; the owner adds them to the statistics. */
  expired = 0;
  /** Keys found and not found by lookups that count, since the last reset; as above. */
  hits = 0;
  misses = 0;
  /** Off for commands that only peek, and while `CLIENT NO-TOUCH` is on: access clock and the policy's bits stay as they are. */
  touching = true;
  /** How the LFU counter moves, while an LFU policy is selected. */
  lfu: LfuRules | undefined;
  readonly others: SharedOtherKeys;
  /** Removes members of collections that are due; nothing does in a keyspace without collections. */
  memberExpiry: MemberExpiry | undefined;
  events: KeyEvents | undefined;
  private readonly store: StoreView;
  private readonly writer: ObjectWriter;
  private readonly fetcher: ColdFetcher | undefined;
  private readonly loader: PieceLoader | undefined;
  /** The writer's count when the running command, or all that it is part of, began. */
  private changesBefore = 0;
  /** Where the running command's keys begin in `refs`: other than 0 only within a transaction or a script. */
  private base = 0;
  /** Where the keys of all the commands of a transaction end in `refs`. */
  private top = 0;
  private readonly frames: Frame[] = [];
  /** Which databases were which tables when the frames were prepared. */
  private mappingVersion = 0;
  /** No other thread is active: slots need no locks. */
  alone = false;
  private readonly refs: KeyRef[] = [new KeyRef()];
  private readonly one: KeyRef;
  /** Offsets of the slot headers to lock, or locked, in ascending order. */
  private readonly order: number[] = [];
  private readonly cold: KeyRef[] = [];
  /** The requests that name them. */
  private readonly coldRequests: Request[] = [];
  private request: Request | undefined;
  private nowMs = 0;
  private accessClock = 0;
  /** Offset of the only slot header locked (0 when none or several), or how many entries of `order` are locked. */
  private lockedOne = -1;
  private lockedMany = 0;

  constructor(store: StoreView, writer: ObjectWriter, fetcher: ColdFetcher | undefined) {
    this.store = store;
    this.writer = writer;
    this.fetcher = fetcher;
    this.loader = fetcher && new PieceLoader(store, fetcher.readRecords);
    this.one = this.refs[0] ?? new KeyRef();
    this.others = new SharedOtherKeys(store, {
      lookUpNamed: (ref, view, start, length) => this.lookUpNamed(ref, view, start, length),
      touch: (ref) => this.touch(ref),
      countFound: (hits, misses) => {
        this.hits += hits;
        this.misses += misses;
      },
    });
  }

  /** Access clock of now: s since 1970, 24 bits. */
  get clock(): number {
    return this.accessClock;
  }

  at(n: number): KeyRef {
    const ref = this.refs[this.base + n];
    assert(ref !== undefined && n < this.count, `key ${n} of ${this.count}`);
    if (ref.epoch !== this.store.index.epoch) this.lookUp(ref);
    return ref;
  }

  begin(request: Request, nowMs: number): void {
    assert(this.lockedOne < 0 && this.lockedMany === 0, 'the last command released its keys');
    this.request = request;
    this.setTime(nowMs);
    this.writer.begin(request, nowMs);
    this.changesBefore = this.writer.changes;
    this.count = 0;
    this.others.begin();
  }

  add(argIndex: number, db: number, entryOnly = false): void {
    let ref = this.refs[this.base + this.count];
    if (ref === undefined) {
      ref = new KeyRef();
      this.refs.push(ref);
    }
    this.count++;
    this.place(ref, argIndex, db);
    ref.entryOnly = entryOnly;
  }

  countLookup(n: number): void {
    this.countFound(this.at(n));
  }

  private countFound(ref: KeyRef): void {
    if (ref.exists) this.hits++;
    else {
      this.misses++;
      if (this.events?.wants(eventClass.keyMiss) === true && !this.writer.current.is(0, 'object')) {
        this.events.notify(eventClass.keyMiss, 'keymiss', ref);
      }
    }
  }

  countLookups(): void {
    if (this.count === 1 && this.base === 0) {
      this.countFound(this.one);
      return;
    }
    for (let n = 0; n < this.count; n++) this.countLookup(n);
  }

  prepare(need: KeyNeed): boolean {
    this.lockFirst(this.count);
    this.forgetCold();
    this.lookUpAll(need);
    if (this.cold.length === 0) return true;
    this.release();
    return false;
  }

  /** Locks the slots of `refs[0, count)` and of the other keys, in ascending order. */
  private lockFirst(count: number): void {
    const { order } = this;
    order.length = 0;
    for (let n = 0; n < count; n++) order.push(this.refs[n]?.slotAt ?? -1);
    this.others.addTo(order);
    if (this.alone) return;
    order.sort(ascending);
    while (!this.lockInOrder()) {
      this.unlock();
      this.store.outOfOrder.wait();
    }
  }

  /** Locks all of `order`; false when a script that cannot keep the order should go first. */
  private lockInOrder(): boolean {
    const { outOfOrder, tables } = this.store;
    let last = -1;
    for (const slotAt of this.order) {
      if (slotAt !== last) {
        if (last === -1) tables.lock(slotAt);
        else if (!tables.tryLock(slotAt) && !tables.lockUnless(slotAt, () => outOfOrder.wanted)) return false;
      }
      last = slotAt;
      this.lockedMany++;
    }
    return true;
  }

  /**
   * Locks the slots of the running nested command that are not locked yet, in whatever order they come: see OutOfOrder. False when somebody who
   * cannot let go holds one for too long.
   */
  lockMore(): boolean {
    const { outOfOrder, tables } = this.store;
    const { order } = this;
    outOfOrder.begin();
    try {
      const until = performance.now() + OUT_OF_ORDER_MS;
      for (let n = this.base; n < this.base + this.count; n++) {
        const slotAt = this.refs[n]?.slotAt ?? -1;
        if (this.holds(slotAt)) continue;
        if (!tables.lockUnless(slotAt, () => performance.now() > until)) return false;
        order[this.lockedMany++] = slotAt;
        order.length = this.lockedMany;
      }
      return true;
    } finally {
      outOfOrder.end();
    }
  }

  /** Looks up the keys of the running command, and notes those whose values are missing. */
  private lookUpAll(need: KeyNeed): void {
    for (let n = this.base; n < this.base + this.count; n++) {
      const ref = this.refs[n];
      if (ref === undefined) continue;
      this.lookUp(ref);
      if (need === 'value' && !ref.entryOnly && ref.exists && ref.handle === NULL_HANDLE) this.noteCold(ref);
      else if (ref.handle !== NULL_HANDLE) this.touch(ref);
    }
  }

  /** Whether what runs under the present locks has changed anything: then it cannot start over. */
  get changed(): boolean {
    return this.writer.changes !== this.changesBefore;
  }

  /** Several commands are to run under the same locks: `addFrame` and `add` for the keys of each, `prepareFrames`, then `enterFrame` before each. */
  beginFrames(nowMs: number, alone: boolean): void {
    assert(this.lockedOne < 0 && this.lockedMany === 0, 'the last command released its keys');
    this.setTime(nowMs);
    this.changesBefore = this.writer.changes;
    this.setAlone(alone);
    this.base = 0;
    this.count = 0;
    this.frames.length = 0;
    this.others.begin();
  }

  /** Before the keys of a command are prepared: whether no other thread is active until `release`. */
  setAlone(alone: boolean): void {
    this.alone = alone;
    this.others.alone = alone;
  }

  /** The keys that are added from now on belong to this request. */
  addFrame(request: Request, need: KeyNeed): void {
    this.closeFrame();
    this.base += this.count;
    this.count = 0;
    this.request = request;
    this.frames.push({ request, base: this.base, count: 0, need });
  }

  prepareFrames(): boolean {
    this.closeFrame();
    this.top = this.base + this.count;
    this.lockFirst(this.top);
    this.forgetCold();
    this.mappingVersion = this.store.tables.mappingVersion;
    for (const frame of this.frames) {
      this.stepInto(frame);
      this.lookUpAll(frame.need);
    }
    if (this.cold.length === 0) return true;
    this.release();
    return false;
  }

  enterFrame(n: number): boolean {
    const { frames, store } = this;
    const frame = frames[n];
    assert(frame !== undefined, `command ${n} of ${frames.length}`);
    this.stepInto(frame);
    if (store.tables.mappingVersion === this.mappingVersion) return true;
    // A command before this one has exchanged databases: the keys are others now.
    for (let key = this.base; key < this.base + this.count; key++) {
      const ref = this.refs[key];
      if (ref === undefined) continue;
      ref.table = store.tables.tableOf(ref.db);
      ref.slotAt = SlotTables.at(ref.table, ref.slot);
    }
    this.lookUpAll(frame.need);
    return this.cold.length === 0;
  }

  private stepInto(frame: Frame): void {
    this.request = frame.request;
    this.base = frame.base;
    this.count = frame.count;
    this.writer.begin(frame.request, this.nowMs);
  }

  private closeFrame(): void {
    const frame = this.frames.at(-1);
    if (frame !== undefined) frame.count = this.count;
  }

  /** A command within the running one: `add` for its keys, `prepareNested`, `popFrame`. */
  pushFrame(request: Request): void {
    assert(this.request !== undefined, 'keys belong to a request');
    this.frames.push({ request: this.request, base: this.base, count: this.count, need: 'index' });
    this.base = Math.max(this.top, this.base + this.count);
    this.count = 0;
    this.request = request;
    this.writer.begin(request, this.nowMs);
  }

  prepareNested(need: KeyNeed): NestedAnswer {
    this.forgetCold();
    for (let n = this.base; n < this.base + this.count; n++) {
      if (!this.holds(this.refs[n]?.slotAt ?? -1)) return NESTED_UNLOCKED;
    }
    this.lookUpAll(need);
    return this.cold.length === 0 ? NESTED_READY : NESTED_COLD;
  }

  popFrame(): void {
    const frame = this.frames.pop();
    assert(frame !== undefined, 'a frame was pushed');
    this.request = frame.request;
    this.base = frame.base;
    this.count = frame.count;
    this.writer.begin(frame.request, this.nowMs);
  }

  /** Whether the running command, or what it belongs to, has locked the slot. */
  private holds(slotAt: number): boolean {
    return this.alone || this.lockedOne === slotAt || (this.lockedMany > 0 && this.order.includes(slotAt));
  }

  /** Brings the values that were found cold into RAM with their slots locked. Throws a CommandError when it cannot. */
  readHeld(): void {
    const { fetcher, cold, coldRequests, nowMs, others } = this;
    assert(fetcher !== undefined, 'only a cold tier has cold keys');
    for (const [n, ref] of cold.entries()) {
      const request = coldRequests[n];
      if (request === undefined) break;
      fetcher.readHeld(ref, request.bytes, request.start(ref.argIndex), request.length(ref.argIndex), nowMs);
    }
    for (const { ref, name } of others.cold) fetcher.readHeld(ref, name, 0, name.length, nowMs);
    this.forgetCold();
    others.cold = [];
    for (let n = this.base; n < this.base + this.count; n++) {
      const ref = this.refs[n];
      if (ref !== undefined) this.lookUp(ref);
    }
  }

  /** The same for nodes of a collection. */
  readPiecesHeld(missing: PiecesMissing): void {
    const { fetcher, loader } = this;
    assert(loader !== undefined && fetcher !== undefined, 'only a cold tier has pieces');
    loader.loadHeld(missing, this.nameOf(missing), (keys) => fetcher.readRecordsHeld(keys));
  }

  prepareOne(request: Request, argIndex: number, db: number, nowMs: number, need: KeyNeed): boolean {
    this.request = request;
    if (nowMs !== this.nowMs) this.setTime(nowMs);
    this.writer.begin(request, nowMs);
    this.changesBefore = this.writer.changes;
    const ref = this.one;
    this.count = 1;
    this.place(ref, argIndex, db);
    this.store.tables.lock(ref.slotAt);
    this.lockedOne = ref.slotAt;
    this.lookUp(ref);
    if (ref.handle !== NULL_HANDLE) {
      this.touch(ref);
      return true;
    }
    if (need === 'index' || !ref.exists) return true;
    this.forgetCold();
    this.noteCold(ref);
    this.release();
    return false;
  }

  fetchNow(): boolean {
    const { fetcher, cold, nowMs, others } = this;
    // Slots are all that a new try needs.
    if (cold.length === 0 && others.cold.length === 0) return true;
    assert(fetcher !== undefined, 'only a cold tier has cold keys');
    for (let n = 0; n < cold.length; n++) {
      const ref = cold[n];
      const request = this.coldRequests[n];
      if (ref === undefined || request === undefined) break;
      const { argIndex } = ref;
      const start = request.start(argIndex);
      if (!fetcher.readNow(ref, ref.coldGeneration, request.bytes, start, request.length(argIndex), nowMs))
        return false;
    }
    if (others.cold.length > MAX_READ_NOW) return false;
    for (const { ref, name } of others.cold) {
      if (!fetcher.readNow(ref, ref.coldGeneration, name, 0, name.length, nowMs)) return false;
    }
    return true;
  }

  fetch(wake: (error?: CommandError) => void): void {
    const { fetcher, others } = this;
    assert(fetcher !== undefined, 'only a cold tier has cold keys');
    for (const [n, ref] of this.cold.entries()) {
      const request = this.coldRequests[n];
      if (request !== undefined) fetcher.fetch(ref, ref.coldGeneration, request.copy(ref.argIndex));
    }
    for (const { ref, name } of others.cold) fetcher.fetch(ref, ref.coldGeneration, name);
    this.forgetCold();
    others.cold = [];
    fetcher.whenFetched(wake);
  }

  fetchPieces(missing: PiecesMissing, wake: (error?: CommandError) => void): void {
    const { loader } = this;
    assert(loader !== undefined, 'only a cold tier has pieces');
    assert(!this.changed, 'a command looks at everything that it needs before its first change');
    loader.load(missing, this.nameOf(missing), wake);
  }

  /** A copy of the name of the key whose pieces are missing; it is the running command's. */
  private nameOf({ ref }: PiecesMissing): Buffer {
    assert(this.request !== undefined, 'keys belong to a request');
    return ref.argIndex === NO_ARGUMENT ? this.others.nameCopy() : this.request.copy(ref.argIndex);
  }

  release(): void {
    this.unlock();
    if (this.frames.length > 0 || this.alone) this.leaveFrames();
  }

  private unlock(): void {
    const { tables } = this.store;
    if (this.lockedOne >= 0) {
      tables.unlock(this.lockedOne);
      this.lockedOne = -1;
    }
    if (this.lockedMany === 0) return;
    let last = -1;
    for (let i = 0; i < this.lockedMany; i++) {
      const slotAt = this.order[i] ?? -1;
      if (slotAt !== last) tables.unlock(slotAt);
      last = slotAt;
    }
    this.lockedMany = 0;
  }

  private leaveFrames(): void {
    this.frames.length = 0;
    this.base = 0;
    this.top = 0;
    this.setAlone(false);
  }

  /** Looks a key up (again): its slot is locked. An expired key is removed and counts as missing. */
  lookUp(ref: KeyRef): void {
    const { request } = this;
    assert(request !== undefined, 'keys belong to a request');
    this.lookUpNamed(ref, request.view, request.start(ref.argIndex), request.length(ref.argIndex));
  }

  private lookUpNamed(ref: KeyRef, view: DataView, start: number, length: number): void {
    const { store } = this;
    const { index } = store;
    let word1 = index.find(ref.slotAt, ref.position, ref.check, view, start, length);
    if ((word1 & ENTRY_EXPIRES) !== 0 && this.expiryOf(word1) <= this.nowMs) {
      if (this.keepsExpired) word1 = 0;
      else word1 = this.expireNow(ref, view, start, length);
    }
    ref.word1 = word1;
    ref.epoch = index.epoch;
    const state = word1 & STATE_MASK;
    if (word1 === 0 || state === STATE_TOMBSTONE) {
      ref.exists = false;
      ref.type = VALUE_NONE;
      ref.handle = NULL_HANDLE;
      ref.entry = word1 === 0 ? 0 : index.entry;
      return;
    }
    ref.exists = true;
    ref.entry = index.entry;
    const word0 = index.view.getUint32(index.entry, true);
    if (state === STATE_COLD) {
      ref.handle = NULL_HANDLE;
      ref.type = word0 & COLD_VALUE_TYPE_MASK;
      return;
    }
    const handle = asHandle(word0);
    ref.handle = handle;
    const objectView = store.arena.view(handle);
    const at = store.arena.offset(handle);
    const typeByte = objectView.getUint8(at + OBJECT_TYPE);
    ref.type = typeByte & 0xf;
    if ((typeByte & (ENCODING_TREE << 4)) !== 0 && this.memberExpiry?.isDue(objectView, at, this.nowMs) === true)
      this.removeDueMembers(ref, view, start, length, this.memberExpiry);
  }

  /** Removes a key whose time has come; answers what the index has in its place. */
  private expireNow(ref: KeyRef, view: DataView, start: number, length: number): number {
    const { store } = this;
    if (!store.removeKey(ref.slotAt, ref.position, view, start, length)) throw errors.oom;
    this.expired++;
    this.tellExpired(ref, view, start, length);
    return store.index.find(ref.slotAt, ref.position, ref.check, view, start, length);
  }

  /** A collection without any member that is due is looked up; one that has none left is removed. */
  private removeDueMembers(
    ref: KeyRef,
    view: DataView,
    start: number,
    length: number,
    memberExpiry: MemberExpiry,
  ): void {
    const { store, writer } = this;
    const empty = memberExpiry.purge(ref, this.nowMs, () => {
      writer.rewritten(ref);
      writer.touched(ref);
    });
    if (!empty) return;
    store.index.goTo(ref.slotAt, ref.position, ref.entry);
    if (!store.removeKey(ref.slotAt, ref.position, view, start, length)) throw errors.oom;
    this.expired++;
    this.tellExpired(ref, view, start, length);
    this.lookUpNamed(ref, view, start, length);
  }

  private tellExpired(ref: KeyRef, view: DataView, start: number, length: number): void {
    if (this.events?.wants(eventClass.expired) !== true) return;
    const name = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
    this.events.notifyName(eventClass.expired, 'expired', ref.db, name, start, length);
  }

  /** Its slot is locked. */
  private noteCold(ref: KeyRef): void {
    ref.coldGeneration = this.store.tables.coldGeneration(ref.slotAt);
    this.cold.push(ref);
    if (this.request !== undefined) this.coldRequests.push(this.request);
  }

  private forgetCold(): void {
    this.cold.length = 0;
    this.coldRequests.length = 0;
  }

  /** Expiry in ms of the key whose entry the index stands at. */
  private expiryOf(word1: number): number {
    const { index, arena } = this.store;
    if ((word1 & STATE_MASK) === STATE_COLD) return index.expiryAfter(index.view, index.entry);
    const handle = asHandle(index.view.getUint32(index.entry, true));
    return objectExpiry(arena.view(handle), arena.offset(handle));
  }

  /** Hit bookkeeping: the policy's two bits, and the access clock, which is written once a second at most. */
  private touch(ref: KeyRef): void {
    if (!this.touching) return;
    const { index, arena } = this.store;
    if ((ref.word1 & ENTRY_FREQUENCY_MASK) !== ENTRY_FREQUENCY_MASK) {
      ref.word1 += ENTRY_FREQUENCY_ONE;
      index.view.setInt32(ref.entry + 4, ref.word1, true);
    }
    const view = arena.view(asHandle(ref.handle));
    const at = arena.offset(asHandle(ref.handle)) + OBJECT_ACCESS;
    const access = view.getUint32(at, true);
    if (this.lfu !== undefined) {
      view.setUint32(at, usedAccess(access, this.accessClock, this.lfu), true);
      return;
    }
    if (((access ^ this.accessClock) & 0xffffff) !== 0)
      view.setUint32(at, ((access & 0xff000000) | this.accessClock) >>> 0, true);
  }

  private place(ref: KeyRef, argIndex: number, db: number): void {
    const { hasher, tables } = this.store;
    const request = this.request;
    assert(request !== undefined, 'keys belong to a request');
    ref.argIndex = argIndex;
    ref.db = db;
    ref.table = tables.tableOf(db);
    if (argIndex === 1 && request.hashed) {
      ref.slot = request.slot;
      ref.position = request.position;
      ref.check = request.check;
    } else {
      hasher.hash(request.view, request.start(argIndex), request.length(argIndex));
      ref.slot = hasher.slot;
      ref.position = hasher.position;
      ref.check = hasher.check;
    }
    ref.slotAt = SlotTables.at(ref.table, ref.slot);
  }

  private setTime(nowMs: number): void {
    this.nowMs = nowMs;
    this.accessClock = Math.floor(nowMs / 1000) & 0xffffff;
    this.store.versions.setTime(nowMs);
  }
}

function ascending(a: number, b: number): number {
  return a - b;
}
