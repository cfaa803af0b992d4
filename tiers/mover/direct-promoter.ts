import { KEY_HEADER_BYTES } from '../cold/record.ts';
import type { StoreView } from '../index/store-view.ts';
import { NULL_HANDLE } from '../memory/handle.ts';
import type { HotPolicy } from '../policy/policy.ts';
import { type ColdPlace, Promotion, placeRecordKey } from './promotion.ts';

/** Reads from the open cold store on the calling thread, whoever owns it. */
export interface DirectReader {
  /** Stops the thread for as long as the read takes. Undefined: no such record, or it cannot be read here and now, for whatever reason. */
  read(recordKey: Buffer): Buffer | undefined;
}

/** Keys up to this length get their record key in a buffer that is kept. */
const KEPT_KEY_BYTES = 128;

/**
 * Makes cold keys hot on a front-end's own thread, while the thread that owns the store moves others up and down. It handles what goes well
 * and nothing else: who gets false asks the owner's Promoter, which finds memory, and words for errors.
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
  private readonly reader: DirectReader;
  private readonly promotion: Promotion;
  /** By length of the key. */
  private readonly keys: Buffer[] = [];

  constructor(store: StoreView, reader: DirectReader, policy: Pick<HotPolicy, 'placement'>) {
    this.store = store;
    this.reader = reader;
    this.promotion = new Promotion(store, policy);
  }

  /**
   * Reads a cold key, `bytes[start, start + length)`, and links it; true when it is hot now. Between enter and leave of the exclusive
   * lock, no slot locked.
   */
  promote(place: ColdPlace, generation: number, bytes: Buffer, start: number, length: number, nowMs: number): boolean {
    const { promotion } = this;
    const recordKey = this.recordKey(place, bytes, start, length);
    const value = this.reader.read(recordKey);
    if (value === undefined) return false;
    this.reads++;
    this.bytesRead += recordKey.length + value.length;
    if (promotion.read(recordKey, value) !== undefined) return false;
    promotion.setTime(nowMs);
    const handle = promotion.build(place.table, recordKey, value);
    if (handle === NULL_HANDLE || !promotion.link(place, recordKey, handle, generation)) return false;
    this.promotions++;
    return true;
  }

  private recordKey(place: ColdPlace, bytes: Buffer, start: number, length: number): Buffer {
    let key = this.keys[length];
    if (key === undefined) {
      key = Buffer.allocUnsafeSlow(KEY_HEADER_BYTES + length);
      if (length <= KEPT_KEY_BYTES) this.keys[length] = key;
    }
    placeRecordKey(this.store, key, place);
    bytes.copy(key, KEY_HEADER_BYTES, start, start + length);
    return key;
  }
}
