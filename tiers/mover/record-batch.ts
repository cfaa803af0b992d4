import { assert } from '../base/assert.ts';
import { copyBytes } from '../base/bytes.ts';
import {
  KEY_HEADER_BYTES,
  KEY_SLOT,
  OWNER_PIECE,
  PIECE_KEY_BYTES,
  PIECE_SLOT,
  pieceKey,
  sealRecord,
  VALUE_HEADER_BYTES,
  VALUE_HEADER_BYTES_WITH_EXPIRY,
  writeKeyHeader,
  writeValueHeader,
} from '../cold/record.ts';
import { ColdBatch } from '../cold/store.ts';
import type { StoreView } from '../index/store-view.ts';
import type { Handle } from '../memory/handle.ts';
import { KIND_OTHER } from '../memory/layout.ts';
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
import { ENCODING_TREE } from '../tree/layout.ts';
import { exportNode, exportRecord, nodeBytes, recordPayloadBytes } from '../tree/pieces.ts';
import { isTreeObject } from '../tree/walk.ts';

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
  /** For THEN_DEMOTE: heat of the cold entry; -1: what the object tells. */
  readonly heat: number;
}

/** A batch is written when it holds this much. */
const MAX_RECORDS = 512;
const MAX_BYTES = 1024 * 1024;

/** Collects copies of objects as records for the cold store, and remembers which objects they were. */
export class RecordBatch {
  readonly batch = new ColdBatch();
  readonly written: Written[] = [];
  /** What to do when the batch could not be written. */
  readonly undo: (() => void)[] = [];
  /** Record keys of the batch, one character per byte: what reads in flight are compared with. */
  readonly keys: string[] = [];
  /** Bytes of those records, and pieces, that take the place of others or delete them. */
  rewritten = 0;
  private pieceBytes = 0;
  private staging = Buffer.allocUnsafeSlow(MAX_BYTES + 64 * 1024);
  private stagingView = viewOf(this.staging);
  private used = 0;
  private readonly maxRecords: number;
  private readonly maxBytes: number;

  constructor(maxRecords: number = MAX_RECORDS, maxBytes: number = MAX_BYTES) {
    this.maxRecords = maxRecords;
    this.maxBytes = maxBytes;
  }

  get full(): boolean {
    return this.batch.count >= this.maxRecords || this.used >= this.maxBytes;
  }

  get empty(): boolean {
    return this.batch.count === 0;
  }

  clear(): void {
    this.batch.clear();
    this.written.length = 0;
    this.keys.length = 0;
    this.undo.length = 0;
    this.rewritten = 0;
    this.used = 0;
  }

  /** Leaves out the records of objects that `keep` denies. */
  retain(keep: (written: Written) => boolean): void {
    assert(this.batch.count === this.written.length, 'pieces are not taken back');
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

  /** Copies an object; its slot is locked. A tombstone becomes the deletion of its record. `replaces`: there is a record of it on disk. */
  add(
    store: StoreView,
    keyspaceId: number,
    slotAt: number,
    slot: number,
    position: number,
    check: number,
    handle: Handle,
    then: Written['then'],
    heat = -1,
    replaces = false,
  ): void {
    const { arena } = store;
    const view = arena.view(handle);
    const bytes = arena.bytes(handle);
    const at = arena.offset(handle);
    const keyLength = objectKeyLength(view, at);
    const objectLength = then === THEN_BURY ? 0 : objectValueLength(view, at);
    const isTree = then !== THEN_BURY && isTreeObject(view, at);
    const objectAt = objectValueAt(view, at);
    const valueLength = isTree ? recordPayloadBytes(store.allocator, view, objectAt, objectLength) : objectLength;
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
      if (isTree) exportRecord(store.allocator, to, from.bytes, valueAt + head, view, bytes, objectAt, objectLength);
      else copyBytes(to, from.bytes, valueAt + head, view, bytes, objectAt, objectLength);
      sealRecord(to, from.at, keyBytes, valueAt, head + valueLength);
      this.batch.put(key, from.bytes.subarray(valueAt, valueAt + head + valueLength));
      if (replaces) this.rewritten += keyBytes + head + valueLength;
    }
    this.keys.push(key.latin1Slice(0, keyBytes));
    this.written.push({ slotAt, position, check, handle, versionLow, versionHigh, then, heat });
  }

  /** Copies a node of a collection as a piece. */
  addPiece(
    store: StoreView,
    keyspaceId: number,
    type: number,
    identityHigh: number,
    identityLow: number,
    piece: number,
    node: Handle,
    height: number,
  ): void {
    const { arena } = store;
    const view = arena.view(node);
    const at = arena.offset(node);
    const length = nodeBytes(view, at, height);
    const from = this.reserve(PIECE_KEY_BYTES + VALUE_HEADER_BYTES_WITH_EXPIRY + length);
    const to = from.view;
    writeKeyHeader(to, from.at, keyspaceId, PIECE_SLOT, identityHigh, identityLow);
    to.setUint32(from.at + KEY_HEADER_BYTES, piece, false);
    const valueAt = from.at + PIECE_KEY_BYTES;
    const head = writeValueHeader(to, valueAt, type, ENCODING_TREE, 0, 0, -1);
    exportNode(to, from.bytes, valueAt + head, view, arena.bytes(node), at, length, height);
    sealRecord(to, from.at, PIECE_KEY_BYTES, valueAt, head + length);
    this.pieceBytes = PIECE_KEY_BYTES + head + length;
    this.batch.put(from.bytes.subarray(from.at, valueAt), from.bytes.subarray(valueAt, valueAt + head + length));
  }

  /** Says which key a collection belongs to: the one with this record key, which is written in the same batch. */
  addOwner(keyspaceId: number, identityHigh: number, identityLow: number, recordKey: Buffer): void {
    const key = pieceKey(keyspaceId, identityHigh, identityLow, OWNER_PIECE);
    const length = recordKey.length - KEY_SLOT;
    const record = Buffer.allocUnsafeSlow(PIECE_KEY_BYTES + VALUE_HEADER_BYTES + length);
    const view = viewOf(record);
    key.copy(record);
    writeValueHeader(view, PIECE_KEY_BYTES, KIND_OTHER, 0, 0, 0, -1);
    recordKey.copy(record, PIECE_KEY_BYTES + VALUE_HEADER_BYTES, KEY_SLOT);
    sealRecord(view, 0, PIECE_KEY_BYTES, PIECE_KEY_BYTES, VALUE_HEADER_BYTES + length);
    this.batch.put(key, record.subarray(PIECE_KEY_BYTES));
  }

  /** The record key of the object added last. */
  get lastKey(): Buffer {
    return this.batch.keyAt(this.batch.count - 1);
  }

  /** The piece is out of date from the moment when this batch is written. */
  deletePiece(keyspaceId: number, identityHigh: number, identityLow: number, piece: number): void {
    this.batch.delete(pieceKey(keyspaceId, identityHigh, identityLow, piece));
    // About as large as the one that was written last.
    this.rewritten += this.pieceBytes;
  }

  /** Nothing in the index leads to the record. */
  deleteRecord(recordKey: Buffer): void {
    this.batch.delete(recordKey);
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
