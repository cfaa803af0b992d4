import { copyBytes } from '../base/bytes.ts';
import {
  KEY_HEADER_BYTES,
  sealRecord,
  VALUE_HEADER_BYTES_WITH_EXPIRY,
  writeKeyHeader,
  writeValueHeader,
} from '../cold/record.ts';
import { ColdBatch } from '../cold/store.ts';
import type { StoreView } from '../index/store-view.ts';
import type { Handle } from '../memory/handle.ts';
import {
  OBJECT_TYPE,
  OBJECT_VERSION_HIGH,
  OBJECT_VERSION_LOW,
  objectExpiry,
  objectKeyAt,
  objectKeyLength,
  objectValueAt,
  objectValueLength,
} from '../memory/object.ts';

/** What to do with an entry once its record is on disk. */
export const THEN_DEMOTE = 0;
export const THEN_MARK_CLEAN = 1;
export const THEN_BURY = 2;

/** An object whose record is on its way to disk, as it was when it was copied. */
export interface Written {
  readonly slotAt: number;
  readonly position: number;
  readonly check: number;
  readonly handle: Handle;
  readonly versionLow: number;
  readonly versionHigh: number;
  readonly then: typeof THEN_DEMOTE | typeof THEN_MARK_CLEAN | typeof THEN_BURY;
}

/** A batch is written when it holds this much. */
const MAX_RECORDS = 512;
const MAX_BYTES = 1024 * 1024;

/** Collects copies of objects as records for the cold store, and remembers which objects they were. */
export class RecordBatch {
  readonly batch = new ColdBatch();
  readonly written: Written[] = [];
  /** Record keys of the batch, one character per byte: what reads in flight are compared with. */
  readonly keys: string[] = [];
  private staging = Buffer.allocUnsafeSlow(MAX_BYTES + 64 * 1024);
  private stagingView = viewOf(this.staging);
  private used = 0;

  get full(): boolean {
    return this.batch.count >= MAX_RECORDS || this.used >= MAX_BYTES;
  }

  get empty(): boolean {
    return this.batch.count === 0;
  }

  clear(): void {
    this.batch.clear();
    this.written.length = 0;
    this.keys.length = 0;
    this.used = 0;
  }

  /** Leaves out the records of objects that `keep` denies. */
  retain(keep: (written: Written) => boolean): void {
    const kept = this.written.map(keep);
    this.batch.retain((at) => kept[at] === true);
    let to = 0;
    kept.forEach((stays, at) => {
      const written = this.written[at];
      const key = this.keys[at];
      if (!stays || written === undefined || key === undefined) return;
      this.written[to] = written;
      this.keys[to++] = key;
    });
    this.written.length = to;
    this.keys.length = to;
  }

  /** Copies an object; its slot is locked. A tombstone becomes the deletion of its record. */
  add(
    store: StoreView,
    keyspaceId: number,
    slotAt: number,
    slot: number,
    position: number,
    check: number,
    handle: Handle,
    then: Written['then'],
  ): void {
    const { arena } = store;
    const view = arena.view(handle);
    const bytes = arena.bytes(handle);
    const at = arena.offset(handle);
    const keyLength = objectKeyLength(view, at);
    const valueLength = then === THEN_BURY ? 0 : objectValueLength(view, at);
    const keyBytes = KEY_HEADER_BYTES + keyLength;
    const from = this.reserve(keyBytes + VALUE_HEADER_BYTES_WITH_EXPIRY + valueLength);
    const to = from.view;
    writeKeyHeader(to, from.at, keyspaceId, slot, position >>> 0, check >>> 0);
    copyBytes(to, from.bytes, from.at + KEY_HEADER_BYTES, view, bytes, objectKeyAt(view, at), keyLength);
    const key = from.bytes.subarray(from.at, from.at + keyBytes);
    const versionLow = view.getUint32(at + OBJECT_VERSION_LOW, true);
    const versionHigh = view.getUint32(at + OBJECT_VERSION_HIGH, true);
    if (then === THEN_BURY) {
      this.batch.delete(key);
    } else {
      const valueAt = from.at + keyBytes;
      const typeByte = view.getUint8(at + OBJECT_TYPE);
      const head = writeValueHeader(
        to,
        valueAt,
        typeByte & 0xf,
        typeByte >> 4,
        versionHigh,
        versionLow,
        objectExpiry(view, at),
      );
      copyBytes(to, from.bytes, valueAt + head, view, bytes, objectValueAt(view, at), valueLength);
      sealRecord(to, from.at, keyBytes, valueAt, head + valueLength);
      this.batch.put(key, from.bytes.subarray(valueAt, valueAt + head + valueLength));
    }
    this.keys.push(key.latin1Slice(0, keyBytes));
    this.written.push({ slotAt, position, check, handle, versionLow, versionHigh, then });
  }

  /** Room for a record in the staging buffer, or in a buffer of its own if it is large. */
  private reserve(bytes: number): { readonly bytes: Buffer; readonly view: DataView; readonly at: number } {
    if (this.used + bytes > this.staging.length) {
      const own = Buffer.allocUnsafeSlow(bytes);
      this.used += bytes;
      return { bytes: own, view: viewOf(own), at: 0 };
    }
    const at = this.used;
    this.used += bytes;
    return { bytes: this.staging, view: this.stagingView, at };
  }
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
}
