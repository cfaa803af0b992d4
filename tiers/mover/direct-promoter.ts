import { KEY_HEADER_BYTES } from '../cold/record.ts';
import { SlotTables } from '../index/slot-tables.ts';
import type { StoreView } from '../index/store-view.ts';
import { NULL_HANDLE } from '../memory/handle.ts';
import type { Placement } from '../policy/policy.ts';
import { AbsentKeys } from './absent-keys.ts';
import { type ColdPlace, Promotion, placeRecordKey } from './promotion.ts';

/** Reads from the open cold store of another thread. */
export interface DirectReader {
  /** Whether a read has a chance. */
  readonly ready: boolean;
  /** Stops the thread for as long as the read takes. Undefined: no such record; null: it cannot be read here and now, for whatever reason. */
  read(recordKey: Buffer): Buffer | undefined | null;
  /**
   * Without stopping it: `settle` is called once, with values in the order of the keys, as above, or with none at all when they cannot be read. The keys
   * must stay as they are until then.
   */
  readMany(recordKeys: readonly Buffer[], settle: (values: readonly (Buffer | undefined | null)[]) => void): void;
}

/**
 * What became of a record that was read. `absent`: it is of a slot that is not indexed yet, and there is none that lives; `other`: not what is wanted, or
 * damaged: a matter for the owner's thread.
 */
export type Linked = 'hot' | 'absent' | 'no-memory' | 'other';

/** A record that was read and found no memory. */
interface Unlinked {
  readonly recordKey: Buffer;
  readonly generation: number;
  readonly value: Buffer;
}

/** Keys up to this length get their record key in a buffer that is kept. */
const KEPT_KEY_BYTES = 128;

/**
 * Makes cold keys hot on a front-end's own thread, while the thread that owns the store moves others up and down. It handles what goes well
 * and nothing else: who gets `no-memory` asks the owner for some and links what was read then; who gets `other` asks the owner's Promoter, which has
 * words for errors.
 *
 * What keeps an old record out is the slot's cold generation. It was noted under the slot's lock when the key was found cold, before the
 * read; from then on a newer record can only reach the disk by way of a hot object, and the key only be cold again by a transition that
 * counts the generation up under the same lock. If it is unchanged when the object is linked, the record is the one that the entry means.
 */
export class DirectPromoter {
  /** Since the owner last took them. */
  reads = 0;
  promotions = 0;
  bytesRead = 0;
  private readonly store: StoreView;
  readonly reader: DirectReader;
  private readonly promotion: Promotion;
  /** By length of the key. */
  private readonly keys: Buffer[] = [];
  private unlinked: Unlinked | undefined;
  /** What was looked for on disk and is not there. */
  readonly absent: AbsentKeys;

  constructor(store: StoreView, reader: DirectReader, policy: Placement) {
    this.store = store;
    this.reader = reader;
    this.promotion = new Promotion(store, policy);
    this.absent = new AbsentKeys(store);
  }

  /**
   * Reads a cold key, `bytes[start, start + length)`, and links it; true when it can be looked up again. Between enter and leave of the exclusive
   * lock, no slot locked. What finds no memory is kept for `takeUnlinked`.
   */
  promoteNow(
    place: ColdPlace,
    generation: number,
    bytes: Buffer,
    start: number,
    length: number,
    nowMs: number,
  ): boolean {
    const recordKey = this.keptRecordKey(place, bytes, start, length);
    const value = this.reader.read(recordKey);
    if (value === null) return false;
    const linked =
      value === undefined ? this.missing(place, recordKey) : this.link(place, generation, recordKey, value, nowMs);
    if (linked === 'no-memory')
      this.unlinked = { recordKey: Buffer.from(recordKey), generation, value: value ?? Buffer.alloc(0) };
    return linked === 'hot' || linked === 'absent';
  }

  /**
   * The value of the record that `promoteNow` read last and found no memory for, if it has this key and no key has left its slot since; it is
   * forgotten.
   */
  takeUnlinked(recordKey: Buffer, generation: number): Buffer | undefined {
    const { unlinked } = this;
    if (unlinked?.generation !== generation || !unlinked.recordKey.equals(recordKey)) return undefined;
    this.unlinked = undefined;
    return unlinked.value;
  }

  /**
   * The same with the key's slot locked by the caller, however long the read takes: what is read is what the entry means. `unread`: the store does not
   * answer here and now; `no-memory`: there is no room for it; `damaged`: the record makes no sense; `absent` as in `Linked`.
   */
  promoteHeld(
    place: ColdPlace,
    bytes: Buffer,
    start: number,
    length: number,
    nowMs: number,
  ): 'hot' | 'absent' | 'unread' | 'no-memory' | 'damaged' {
    const { promotion } = this;
    const recordKey = this.keptRecordKey(place, bytes, start, length);
    const value = this.reader.read(recordKey);
    if (value === undefined && this.isUnknownHeld(place, recordKey)) {
      this.absent.add(recordKey);
      return 'absent';
    }
    if (value === undefined || value === null) return 'unread';
    this.reads++;
    this.bytesRead += recordKey.length + value.length;
    if (promotion.read(recordKey, value) !== undefined) return 'damaged';
    promotion.setTime(nowMs);
    // Of a collection in pieces another record may be the newer one, which takes the owner's thread to settle.
    if (promotion.hasPieces && this.isUnknownHeld(place, recordKey)) return 'unread';
    const handle = promotion.build(place.table, recordKey, value);
    if (handle === NULL_HANDLE) return 'no-memory';
    // The key may be cold no more: a command that names it twice had it read before.
    const link = promotion.linkHeld(place, recordKey, handle);
    if (link === 'linked') this.promotions++;
    else if (link === 'no-memory') return link;
    else if (link === 'expired') this.absent.add(recordKey);
    return 'hot';
  }

  private isUnknownHeld(place: ColdPlace, recordKey: Buffer): boolean {
    const slotAt = SlotTables.at(place.table, place.slot);
    const view = new DataView(recordKey.buffer, recordKey.byteOffset, recordKey.length);
    const length = recordKey.length - KEY_HEADER_BYTES;
    return this.store.isUnknown(slotAt, place.position, place.check, view, KEY_HEADER_BYTES, length);
  }

  /** The disk has no such record. Locks as for `promoteNow`. */
  missing(place: ColdPlace, recordKey: Buffer): Linked {
    if (!this.isUnknown(place, recordKey)) return 'other';
    this.absent.add(recordKey);
    return 'absent';
  }

  private isUnknown(place: ColdPlace, recordKey: Buffer): boolean {
    const view = new DataView(recordKey.buffer, recordKey.byteOffset, recordKey.length);
    return this.promotion.isUnknown(place, view, KEY_HEADER_BYTES, recordKey.length - KEY_HEADER_BYTES);
  }

  private keptRecordKey(place: ColdPlace, bytes: Buffer, start: number, length: number): Buffer {
    let recordKey = this.keys[length];
    if (recordKey === undefined) {
      recordKey = Buffer.allocUnsafeSlow(KEY_HEADER_BYTES + length);
      if (length <= KEPT_KEY_BYTES) this.keys[length] = recordKey;
    }
    placeRecordKey(this.store, recordKey, place);
    bytes.copy(recordKey, KEY_HEADER_BYTES, start, start + length);
    return recordKey;
  }

  /** The record key of a cold key, to be read by `readMany`. */
  recordKey(place: ColdPlace, key: Buffer): Buffer {
    const recordKey = Buffer.allocUnsafe(KEY_HEADER_BYTES + key.length);
    placeRecordKey(this.store, recordKey, place);
    key.copy(recordKey, KEY_HEADER_BYTES);
    return recordKey;
  }

  /** Links a record that was just read. Locks as for `promoteNow`. */
  link(place: ColdPlace, generation: number, recordKey: Buffer, value: Buffer, nowMs: number): Linked {
    this.reads++;
    this.bytesRead += recordKey.length + value.length;
    return this.linkRead(place, generation, recordKey, value, nowMs);
  }

  /** Links a record that found no memory when it was read. */
  linkRead(place: ColdPlace, generation: number, recordKey: Buffer, value: Buffer, nowMs: number): Linked {
    const { promotion } = this;
    if (promotion.read(recordKey, value) !== undefined) return 'other';
    promotion.setTime(nowMs);
    // Of a collection in pieces another record may be the newer one, which takes the owner's thread to settle.
    if (promotion.hasPieces && this.isUnknown(place, recordKey)) return 'other';
    const handle = promotion.build(place.table, recordKey, value);
    if (handle === NULL_HANDLE) return 'no-memory';
    switch (promotion.link(place, recordKey, handle, generation)) {
      case 'linked':
        this.promotions++;
        return 'hot';
      case 'no-memory':
        return 'no-memory';
      case 'expired':
        this.absent.add(recordKey);
        return 'absent';
      default:
        return 'other';
    }
  }
}
