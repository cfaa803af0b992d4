import type { Request } from '../../protocol/resp/request.ts';
import { assert } from '../../tiers/base/assert.ts';
import { SlotTables } from '../../tiers/index/slot-tables.ts';
import type { StoreView } from '../../tiers/index/store-view.ts';
import { NULL_HANDLE } from '../../tiers/memory/handle.ts';
import { ACCESS_ABSENT, ACCESS_COLD } from '../../tiers/mrc/access-samples.ts';
import type { CommandError } from '../commands/errors.ts';
import {
  type KeyAccess,
  type KeyNeed,
  NESTED_COLD,
  NESTED_READY,
  NESTED_UNLOCKED,
  type NestedAnswer,
} from '../dispatch/hooks.ts';
import { type ColdFetcher, ColdKeys } from './cold-keys.ts';
import { KeyLookup } from './key-lookup.ts';
import { KeyRef } from './key-ref.ts';
import type { ObjectWriter } from './object-writer.ts';
import { NO_ARGUMENT, SharedOtherKeys } from './other-keys.ts';
import { PieceLoader } from './piece-loader.ts';
import type { PiecesMissing } from './pieces-missing.ts';
import { SlotLocks } from './slot-locks.ts';

export type { ColdFetcher } from './cold-keys.ts';

/** The keys of one of several commands that run under the same locks: `refs[base, base + count)`. */
interface Frame {
  readonly request: Request;
  readonly base: number;
  count: number;
  readonly need: KeyNeed;
}

/** The keys of the running command, or of all the commands that run under the same locks. */
export class SharedKeyAccess extends KeyLookup implements KeyAccess {
  count = 0;
  /** Reads of `readPiecesMidway` since whoever counts them took them. */
  heldReads = 0;
  readonly others: SharedOtherKeys;
  private readonly fetcher: ColdFetcher | undefined;
  private readonly loader: PieceLoader | undefined;
  private readonly locks: SlotLocks;
  private readonly cold: ColdKeys;
  /** The writer's count when the running command, or all that it is part of, began. */
  private changesBefore = 0;
  /** Where the running command's keys begin in `refs`: other than 0 only within a transaction or a script. */
  private base = 0;
  /** Where the keys of all the commands of a transaction end in `refs`. */
  private top = 0;
  private readonly frames: Frame[] = [];
  /** The keys of the script whose command runs, if `isNested`. */
  private readonly outer: { request: Request | undefined; base: number; count: number } = {
    request: undefined,
    base: 0,
    count: 0,
  };
  private isNested = false;
  /** Which databases were which tables when the frames were prepared. */
  private mappingVersion = 0;
  private readonly refs: KeyRef[] = [new KeyRef()];
  private readonly one: KeyRef;

  constructor(store: StoreView, writer: ObjectWriter, fetcher: ColdFetcher | undefined) {
    super(store, writer);
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
    this.locks = new SlotLocks(store);
    this.cold = new ColdKeys(store, fetcher, this.others);
  }

  at(n: number): KeyRef {
    const ref = this.refs[this.base + n];
    assert(ref !== undefined && n < this.count, `key ${n} of ${this.count}`);
    if (ref.epoch !== this.store.index.epoch) this.lookUp(ref);
    return ref;
  }

  begin(request: Request, nowMs: number): void {
    assert(this.locks.areFree, 'the last command released its keys');
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

  countLookups(): void {
    if (this.count === 1 && this.base === 0) {
      this.countFound(this.one);
      return;
    }
    for (let n = 0; n < this.count; n++) this.countLookup(n);
  }

  prepare(need: KeyNeed): boolean {
    this.lockFirst(this.count);
    this.cold.forget();
    this.lookUpAll(need);
    if (this.cold.areNone) return true;
    this.release();
    return false;
  }

  /** Locks the slots of `refs[0, count)` and of the other keys. */
  private lockFirst(count: number): void {
    const list = this.locks.list();
    for (let n = 0; n < count; n++) list.push(this.refs[n]?.slotAt ?? -1);
    this.others.addTo(list);
    this.locks.lockAll();
  }

  lockMore(): boolean {
    return this.locks.lockMore(this.slots());
  }

  private *slots(): Iterable<number> {
    for (let n = this.base; n < this.base + this.count; n++) yield this.refs[n]?.slotAt ?? -1;
  }

  /** Looks up the keys of the running command, and notes those whose values are missing. */
  private lookUpAll(need: KeyNeed): void {
    for (let n = this.base; n < this.base + this.count; n++) {
      const ref = this.refs[n];
      if (ref === undefined) continue;
      this.lookUp(ref);
      if (ref.unknown || (need === 'value' && !ref.entryOnly && ref.exists && ref.handle === NULL_HANDLE))
        this.noteCold(ref);
      else if (ref.handle !== NULL_HANDLE) this.touch(ref);
      else this.sampleUnheld(ref, ref.exists ? ACCESS_COLD : ACCESS_ABSENT);
    }
  }

  /** Whether what runs under the present locks has changed anything: then it cannot start over. */
  get changed(): boolean {
    return this.writer.changes !== this.changesBefore;
  }

  /** Several commands are to run under the same locks: `addFrame` and `add` for the keys of each, `prepareFrames`, then `enterFrame` before each. */
  beginFrames(nowMs: number, alone: boolean): void {
    assert(this.locks.areFree, 'the last command released its keys');
    this.setTime(nowMs);
    this.changesBefore = this.writer.changes;
    this.setAlone(alone);
    this.base = 0;
    this.count = 0;
    this.frames.length = 0;
    this.others.begin();
  }

  /** Before the keys of a command are prepared: whether no other thread is active until `release`. */
  get alone(): boolean {
    return this.locks.alone;
  }

  setAlone(alone: boolean): void {
    this.locks.alone = alone;
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
    this.cold.forget();
    this.mappingVersion = this.store.tables.mappingVersion;
    for (const frame of this.frames) {
      this.stepInto(frame);
      this.lookUpAll(frame.need);
    }
    if (this.cold.areNone) return true;
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
    return this.cold.areNone;
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
    const { outer } = this;
    assert(this.request !== undefined && !this.isNested, 'a command within the running one has none within it');
    this.isNested = true;
    outer.request = this.request;
    outer.base = this.base;
    outer.count = this.count;
    this.base = Math.max(this.top, this.base + this.count);
    this.count = 0;
    this.request = request;
    this.writer.begin(request, this.nowMs);
  }

  prepareNested(need: KeyNeed): NestedAnswer {
    this.cold.forget();
    for (let n = this.base; n < this.base + this.count; n++) {
      if (!this.locks.holds(this.refs[n]?.slotAt ?? -1)) return NESTED_UNLOCKED;
    }
    this.lookUpAll(need);
    return this.cold.areNone ? NESTED_READY : NESTED_COLD;
  }

  popFrame(): void {
    const { outer } = this;
    assert(this.isNested && outer.request !== undefined, 'a frame was pushed');
    this.isNested = false;
    this.request = outer.request;
    this.base = outer.base;
    this.count = outer.count;
    this.writer.begin(outer.request, this.nowMs);
  }

  /** The key was just deleted. */
  forget(ref: KeyRef): void {
    const { request } = this;
    if (request !== undefined)
      this.removed(ref, request.view, request.start(ref.argIndex), request.length(ref.argIndex));
  }

  readHeld(): void {
    this.cold.readHeld(this.nowMs);
    for (let n = this.base; n < this.base + this.count; n++) {
      const ref = this.refs[n];
      if (ref !== undefined) this.lookUp(ref);
    }
  }

  readPiecesHeld(missing: PiecesMissing): void {
    const { fetcher, loader } = this;
    assert(loader !== undefined && fetcher !== undefined, 'only a cold tier has pieces');
    loader.loadHeld(missing, this.nameOf(missing), (keys) => fetcher.readRecordsHeld(keys));
  }

  /**
   * For a command that meets nodes on disk after its first change to a collection: reads them here and now, with the slot locked. False: it has changed nothing
   * yet, or the store cannot be read here.
   */
  readPiecesMidway(missing: PiecesMissing): boolean {
    const { fetcher, writer } = this;
    if (!writer.begun || fetcher?.readsHeld !== true) return false;
    try {
      this.heldReads++;
      this.readPiecesHeld(missing);
    } catch (error) {
      // What was changed before has to reach the disk.
      writer.changed(missing.ref);
      throw error;
    }
    return true;
  }

  prepareOne(request: Request, argIndex: number, db: number, nowMs: number, need: KeyNeed): boolean {
    this.request = request;
    if (nowMs !== this.nowMs) this.setTime(nowMs);
    this.writer.begin(request, nowMs);
    this.changesBefore = this.writer.changes;
    const ref = this.one;
    this.count = 1;
    this.place(ref, argIndex, db);
    this.locks.lockOne(ref.slotAt);
    this.lookUp(ref);
    if (ref.handle !== NULL_HANDLE) {
      this.touch(ref);
      return true;
    }
    if (!ref.unknown && (need === 'index' || !ref.exists)) {
      this.sampleUnheld(ref, ref.exists ? ACCESS_COLD : ACCESS_ABSENT);
      return true;
    }
    this.cold.forget();
    this.noteCold(ref);
    this.release();
    return false;
  }

  fetchNow(): boolean {
    return this.cold.readNow(this.nowMs);
  }

  fetch(wake: (error?: CommandError) => void): void {
    this.cold.fetch(wake);
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
    this.locks.unlock();
    if (this.frames.length > 0 || this.isNested || this.alone) this.leaveFrames();
  }

  private leaveFrames(): void {
    this.frames.length = 0;
    this.isNested = false;
    this.base = 0;
    this.top = 0;
    this.setAlone(false);
  }

  private noteCold(ref: KeyRef): void {
    assert(this.request !== undefined, 'keys belong to a request');
    this.cold.note(ref, this.request);
    this.sampleUnheld(ref, ACCESS_COLD);
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
}
