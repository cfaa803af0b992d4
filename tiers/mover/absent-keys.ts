import { KEY_HEADER_BYTES } from '../cold/record.ts';
import type { StoreView } from '../index/store-view.ts';
import { type ColdPlace, placeRecordKey } from './promotion.ts';

/** Names kept in each of two halves; the older half goes when the newer is full. */
const HALF = 65_536;

/**
 * Keys of slots that are not indexed yet, of which one thread knows that the disk has no living record. That stays true: a record only gets to the disk by
 * way of an entry in the index, an entry only leaves the index when its record is deleted or has expired, and a keyspace id is never used again. So nothing
 * has to be taken back, and what was forgotten is read once more.
 */
export class AbsentKeys {
  private readonly store: StoreView;
  private newer: Set<string> = new Set();
  private older: Set<string> = new Set();
  private scratch = Buffer.alloc(256);

  constructor(store: StoreView) {
    this.store = store;
  }

  add(recordKey: Buffer): void {
    this.addId(recordKey.latin1Slice(0, recordKey.length));
  }

  /** The same by the record key's bytes, one character each. */
  addId(id: string): void {
    if (this.newer.size >= HALF) {
      this.older = this.newer;
      this.newer = new Set();
    }
    this.newer.add(id);
  }

  /** The same by its place and its name, `view[start, start + length)`. */
  addName(place: ColdPlace, view: DataView, start: number, length: number): void {
    this.add(this.recordKey(place, view, start, length));
  }

  /** No slot is left that is not indexed. */
  clear(): void {
    this.newer = new Set();
    this.older = new Set();
  }

  has(place: ColdPlace, view: DataView, start: number, length: number): boolean {
    if (this.newer.size === 0) return false;
    const key = this.recordKey(place, view, start, length);
    const id = key.latin1Slice(0, key.length);
    return this.newer.has(id) || this.older.has(id);
  }

  /** Good until the next call. */
  private recordKey(place: ColdPlace, view: DataView, start: number, length: number): Buffer {
    const bytes = KEY_HEADER_BYTES + length;
    if (this.scratch.length < bytes) this.scratch = Buffer.alloc(bytes * 2);
    const { scratch } = this;
    placeRecordKey(this.store, scratch, place);
    Buffer.from(view.buffer, view.byteOffset + start, length).copy(scratch, KEY_HEADER_BYTES);
    return scratch.subarray(0, bytes);
  }
}
