import { assert } from '../../tiers/base/assert.ts';
import { copyBytes } from '../../tiers/base/bytes.ts';
import { SLOTS } from '../../tiers/base/limits.ts';
import { SlotTables } from '../../tiers/index/slot-tables.ts';
import type { StoreView } from '../../tiers/index/store-view.ts';
import { NULL_HANDLE } from '../../tiers/memory/handle.ts';
import type { Slice } from '../../tiers/tree/slice.ts';
import type { OtherKeys } from '../commands/context.ts';
import { KeyRef } from './key-ref.ts';

/** `KeyRef.argIndex` of a key that no argument names. */
export const NO_ARGUMENT = -1;

/** Values that are asked for at a time. */
const MAX_COLD = 16384;

/** Thrown by `settle`: the command is to run again, with more slots locked or more values in RAM. It must not have changed anything by then. */
export class KeysMissing extends Error {
  override name = 'KeysMissing';
}

/** A key that was found on disk only. */
export interface ColdKey {
  readonly ref: KeyRef;
  readonly name: Buffer;
}

/** What the owner does with a reference that stands for a name of ours; its slot is locked. */
export interface OtherKeysHost {
  lookUpNamed(ref: KeyRef, view: DataView, start: number, length: number): void;
  touch(ref: KeyRef): void;
  countFound(hits: number, misses: number): void;
}

/**
 * Keys that the running command finds out by itself. Slots are locked in ascending order and before a command begins, so what is not locked yet
 * is noted, and the command runs again with it: the slots of all that it asks for are locked together with those of its declared keys, and it
 * sees one state of them all. Slots only ever come in addition while it is tried, so it ends, whatever others do to the keys meanwhile.
 */
export class SharedOtherKeys implements OtherKeys {
  /** Values that were cold. */
  cold: ColdKey[] = [];
  /** Whether the next `begin` is a new try of the same command, which keeps what is locked. */
  again = false;
  /** No other thread is active: nothing needs to be locked. */
  alone = false;
  private readonly store: StoreView;
  private readonly host: OtherKeysHost;
  private readonly ref = new KeyRef();
  /** The last name asked for. */
  private name = Buffer.alloc(256);
  private nameView = viewOf(this.name);
  private nameLength = 0;
  /** 1 for each slot that is, or is to be, locked for these keys, in `table`; and their list. */
  private readonly marked = new Uint8Array(SLOTS);
  private readonly slots: number[] = [];
  /** How many of `slots` are locked. */
  private locked = 0;
  private table = -1;
  private hits = 0;
  private misses = 0;

  constructor(store: StoreView, host: OtherKeysHost) {
    this.store = store;
    this.host = host;
    this.ref.argIndex = NO_ARGUMENT;
  }

  /** A command begins. */
  begin(): void {
    if (this.slots.length > 0 && !this.again) {
      for (const slot of this.slots) this.marked[slot] = 0;
      this.slots.length = 0;
    }
    this.locked = 0;
    this.hits = 0;
    this.misses = 0;
    if (this.cold.length > 0) this.cold = [];
  }

  /** Adds the slots to lock to `order`, as offsets of their headers. */
  addTo(order: number[]): void {
    for (const slot of this.slots) order.push(SlotTables.at(this.table, slot));
    this.locked = this.slots.length;
  }

  find(db: number, name: Slice): KeyRef | undefined {
    const { hasher, tables } = this.store;
    const { ref } = this;
    this.remember(name);
    hasher.hash(this.nameView, 0, this.nameLength);
    const table = tables.tableOf(db);
    assert(this.slots.length === 0 || table === this.table, 'these keys are all of one database');
    this.table = table;
    ref.db = db;
    ref.table = table;
    ref.slot = hasher.slot;
    ref.position = hasher.position;
    ref.check = hasher.check;
    ref.slotAt = SlotTables.at(table, ref.slot);
    if (this.marked[ref.slot] !== 1) {
      this.marked[ref.slot] = 1;
      this.slots.push(ref.slot);
    }
    // While some are not locked the command will not get further than to ask.
    if (!this.alone && this.locked < this.slots.length) return undefined;
    this.host.lookUpNamed(ref, this.nameView, 0, this.nameLength);
    if (ref.exists) this.hits++;
    else this.misses++;
    if (ref.unknown || (ref.exists && ref.handle === NULL_HANDLE)) {
      ref.coldGeneration = tables.coldGeneration(ref.slotAt);
      // The next try notes the others.
      if (this.cold.length < MAX_COLD) this.cold.push({ ref: Object.assign(new KeyRef(), ref), name: this.nameCopy() });
      return undefined;
    }
    if (ref.exists) this.host.touch(ref);
    return ref;
  }

  settle(): void {
    if ((!this.alone && this.locked < this.slots.length) || this.cold.length > 0) throw new KeysMissing();
  }

  countLookups(): void {
    this.host.countFound(this.hits, this.misses);
    this.hits = 0;
    this.misses = 0;
  }

  /** A copy of the last name. */
  nameCopy(): Buffer {
    return Buffer.from(this.name.subarray(0, this.nameLength));
  }

  private remember(name: Slice): void {
    if (name.length > this.name.length) {
      this.name = Buffer.alloc(name.length * 2);
      this.nameView = viewOf(this.name);
    }
    copyBytes(this.nameView, this.name, 0, name.view, name.bytes, name.at, name.length);
    this.nameLength = name.length;
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
