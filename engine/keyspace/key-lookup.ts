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
import type { StoreView } from '../../tiers/index/store-view.ts';
import { asHandle, NULL_HANDLE } from '../../tiers/memory/handle.ts';
import { OBJECT_ACCESS, OBJECT_TYPE, objectBytes, objectExpiry } from '../../tiers/memory/object.ts';
import type { AbsentKeys } from '../../tiers/mover/absent-keys.ts';
import { ACCESS_HOT, type AccessRecorder } from '../../tiers/mrc/access-samples.ts';
import { ENCODING_TREE } from '../../tiers/tree/layout.ts';
import { errors } from '../commands/errors.ts';
import { eventClass, type KeyEvents } from '../events/events.ts';
import type { MemberExpiry } from '../types/collection/member-expiry.ts';
import { type LfuRules, usedAccess } from './frequency.ts';
import { type KeyRef, VALUE_NONE } from './key-ref.ts';
import type { ObjectWriter } from './object-writer.ts';

/** Keys whose slots are locked, looked up: what has expired is removed, and uses, hits and misses are booked. */
export class KeyLookup {
  keepsExpired = false;
  /** Expired keys removed by lookups since the last reset; the owner adds them to the statistics. */
  expired = 0;
  /** Keys found and not found by lookups that count, since the last reset; as above. */
  hits = 0;
  misses = 0;
  /**
   * Off for commands that only peek, while `CLIENT NO-TOUCH` is on, and when a command starts over: access clock and the policy's bits stay as they
   * are.
   */
  touching = true;
  /** Where accesses of a sample of the keys are noted. */
  samples: AccessRecorder | undefined;
  /** How the LFU counter moves, while an LFU policy is selected. */
  lfu: LfuRules | undefined;
  /** Removes members of collections that are due; nothing does in a keyspace without collections. */
  memberExpiry: MemberExpiry | undefined;
  events: KeyEvents | undefined;
  /** What is known not to be on disk of slots that are not indexed yet; with a cold tier. */
  absent: AbsentKeys | undefined;
  protected readonly store: StoreView;
  protected readonly writer: ObjectWriter;
  /** The request that names the keys. */
  protected request: Request | undefined;
  protected nowMs = 0;
  private accessClock = 0;

  constructor(store: StoreView, writer: ObjectWriter) {
    this.store = store;
    this.writer = writer;
  }

  /** Access clock of now: s since 1970, 24 bits. */
  get clock(): number {
    return this.accessClock;
  }

  /** Looks a key up (again): its slot is locked. An expired key is removed and counts as missing. */
  lookUp(ref: KeyRef): void {
    const { request } = this;
    assert(request !== undefined, 'keys belong to a request');
    this.lookUpNamed(ref, request.view, request.start(ref.argIndex), request.length(ref.argIndex));
  }

  protected lookUpNamed(ref: KeyRef, view: DataView, start: number, length: number): void {
    const { store } = this;
    const { index } = store;
    let word1 = index.find(ref.slotAt, ref.position, ref.check, view, start, length);
    ref.unknown = word1 === 0 && !store.tables.isIndexed(ref.slotAt) && !this.isAbsent(ref, view, start, length);
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
    this.removed(ref, view, start, length);
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
    this.removed(ref, view, start, length);
    this.expired++;
    this.tellExpired(ref, view, start, length);
    this.lookUpNamed(ref, view, start, length);
  }

  private isAbsent(ref: KeyRef, view: DataView, start: number, length: number): boolean {
    return this.absent?.has(ref, view, start, length) === true;
  }

  /** The key was just removed: if no tombstone stands for it, there is nothing on disk, which a slot that is not indexed yet cannot tell. */
  protected removed(ref: KeyRef, view: DataView, start: number, length: number): void {
    const { tables, index } = this.store;
    if (this.absent === undefined || tables.isIndexed(ref.slotAt)) return;
    if (index.find(ref.slotAt, ref.position, ref.check, view, start, length) !== 0) return;
    this.absent.addName(ref, view, start, length);
  }

  private tellExpired(ref: KeyRef, view: DataView, start: number, length: number): void {
    if (this.events?.wants(eventClass.expired) !== true) return;
    const name = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
    this.events.notifyName(eventClass.expired, 'expired', ref.db, name, start, length);
  }

  protected countFound(ref: KeyRef): void {
    if (ref.exists) this.hits++;
    else {
      this.misses++;
      if (this.events?.wants(eventClass.keyMiss) === true && !this.writer.current.is(0, 'object')) {
        this.events.notify(eventClass.keyMiss, 'keymiss', ref);
      }
    }
  }

  /** Expiry in ms of the key whose entry the index stands at. */
  private expiryOf(word1: number): number {
    const { index, arena } = this.store;
    if ((word1 & STATE_MASK) === STATE_COLD) return index.expiryAfter(index.view, index.entry);
    const handle = asHandle(index.view.getUint32(index.entry, true));
    return objectExpiry(arena.view(handle), arena.offset(handle));
  }

  /** Hit bookkeeping: the policy's two bits, and the access clock, which is written once a second at most. */
  protected touch(ref: KeyRef): void {
    if (!this.touching) return;
    const { index, arena } = this.store;
    if ((ref.word1 & ENTRY_FREQUENCY_MASK) !== ENTRY_FREQUENCY_MASK) {
      ref.word1 += ENTRY_FREQUENCY_ONE;
      index.view.setInt32(ref.entry + 4, ref.word1, true);
    }
    const view = arena.view(asHandle(ref.handle));
    const object = arena.offset(asHandle(ref.handle));
    const { samples } = this;
    if (samples !== undefined) {
      if (samples.wants(ref.check))
        samples.record(ref.table, ref.slot, ref.position, ref.check, ACCESS_HOT, objectBytes(view, object));
      if (samples.countsAsTurn()) samples.recordTurn(ref.table, ref.slot, ref.position, ref.check);
    }
    const at = object + OBJECT_ACCESS;
    const access = view.getUint32(at, true);
    if (this.lfu !== undefined) {
      view.setUint32(at, usedAccess(access, this.accessClock, this.lfu), true);
      return;
    }
    if (((access ^ this.accessClock) & 0xffffff) !== 0)
      view.setUint32(at, ((access & 0xff000000) | this.accessClock) >>> 0, true);
  }

  /** Notes an access to a key that is not in RAM, for those who look at samples. */
  protected sampleUnheld(ref: KeyRef, kind: number): void {
    const { samples } = this;
    if (!this.touching || samples === undefined) return;
    if (samples.wants(ref.check)) samples.record(ref.table, ref.slot, ref.position, ref.check, kind, 0);
    if (samples.countsAsTurn()) samples.recordTurn(ref.table, ref.slot, ref.position, ref.check);
  }

  protected setTime(nowMs: number): void {
    this.nowMs = nowMs;
    this.accessClock = Math.floor(nowMs / 1000) & 0xffffff;
    this.store.versions.setTime(nowMs);
  }
}
