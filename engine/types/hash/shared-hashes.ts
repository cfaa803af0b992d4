import type { Request } from '../../../protocol/resp/request.ts';
import { copyBytes } from '../../../tiers/base/bytes.ts';
import { ORDER_HASH, PACKED_MAX_BYTES, type TreeShape } from '../../../tiers/tree/layout.ts';
import { Slice } from '../../../tiers/tree/slice.ts';
import type { CollectionLimits } from '../../config/collection-limits.ts';
import { type KeyRef, VALUE_HASH } from '../../keyspace/key-ref.ts';
import type { Collection } from '../collection/collection.ts';
import type { Collections } from '../collection/collections.ts';
import type { MemberOwner } from '../collection/member-expiry.ts';

/** Encoding numbers: what Redis would keep the hash in. It never goes back to the first. */
export const LISTPACK = 0;
export const HASHTABLE = 1;

/** Half a leaf is what a lookup compares on average: short leaves make it cheap, long ones have fewer headers and slots above them. */
export const hashShape: TreeShape = {
  order: ORDER_HASH,
  valued: true,
  fixedKeys: false,
  leafBytes: 512,
  packedBytes: PACKED_MAX_BYTES,
};

/**
 * Hashes in shared memory: entries are field and value. `open` a key's hash, then look at it through `entries`; the methods that
 * take no KeyRef are about the hash opened last. Types and arguments are for the caller to check beforehand.
 */
export class SharedHashes implements MemberOwner {
  readonly collections: Collections;
  /** The cursor. After `find` and the methods that store, it stands at the field. */
  readonly entries: Collection;
  private readonly field: Slice = new Slice();
  private readonly value: Slice = new Slice();

  constructor(collections: Collections) {
    this.collections = collections;
    this.entries = collections.cursor(hashShape);
  }

  /** Opens an existing key's hash. */
  open(ref: KeyRef): Collection {
    return this.entries.open(ref);
  }

  /** Opens the key's hash for changes, an empty new one if the key is missing. */
  openForWrite(ref: KeyRef): Collection {
    if (!ref.exists) this.collections.create(ref, VALUE_HASH, LISTPACK);
    return this.entries.open(ref);
  }

  /** `listpack` or `hashtable`. */
  encodingName(ref: KeyRef): 'listpack' | 'hashtable' {
    return this.isListpack(ref) ? 'listpack' : 'hashtable';
  }

  isListpack(ref: KeyRef): boolean {
    return this.collections.encoding(ref) === LISTPACK;
  }

  /** Finds the field that an argument names. */
  find(request: Request, argIndex: number): boolean {
    return this.entries.find(fromRequest(this.field, request, argIndex));
  }

  /** The same once the hash has begun to change: the field was looked for before. */
  findLoaded(request: Request, argIndex: number): boolean {
    return this.entries.findLoaded(fromRequest(this.field, request, argIndex));
  }

  /** Stores an argument as the value of the field that another one names. True when the field is new. */
  set(request: Request, fieldIndex: number, valueIndex: number): boolean {
    return this.put(fromRequest(this.field, request, fieldIndex), fromRequest(this.value, request, valueIndex));
  }

  /** The same for a value that a command worked out from the old one: when the field expires stays as it is. */
  setBytes(request: Request, fieldIndex: number, value: Buffer): boolean {
    const { buffer, byteOffset, length } = value;
    const view = new DataView(buffer, byteOffset, length);
    return this.put(fromRequest(this.field, request, fieldIndex), this.value.set(view, value, 0, length), false);
  }

  /** Stores a value under a field; both stay as they are meanwhile. A field that is overwritten expires no more. True when it is new. */
  put(field: Slice, value: Slice, overwrites = true): boolean {
    const { entries } = this;
    const found = entries.find(field);
    if (found) {
      if (overwrites) entries.overwritten();
      entries.resizeValue(value.length);
    } else entries.insert(field, value.length);
    copyBytes(entries.leafView, entries.leafBytes, entries.valueAt, value.view, value.bytes, value.at, value.length);
    return !found;
  }

  spread(ref: KeyRef): void {
    this.collections.toTree(ref, 1, 0, hashShape);
  }

  hasMember(ref: KeyRef, member: Slice): boolean {
    return this.entries.open(ref).find(member);
  }

  removeMember(ref: KeyRef, member: Slice): void {
    if (this.entries.open(ref).find(member)) this.entries.remove();
  }

  isEmpty(ref: KeyRef): boolean {
    return this.entries.open(ref).count === 0;
  }

  /** Before several fields go in, of at most `longest` bytes: what will not stay packed is not filled as if it did. */
  expect(ref: KeyRef, limits: CollectionLimits, longest: number): void {
    if (this.entries.isFlat) this.recode(ref, limits, longest);
  }

  /**
   * Follows Redis's rule for the hash's encoding before or after fields and values of at most `longest` bytes go in. The cursor stands nowhere
   * when it changes.
   */
  recode(ref: KeyRef, limits: CollectionLimits, longest: number): void {
    if (longest <= limits.hashValue && this.entries.count <= limits.hashEntries) return;
    if (!this.isListpack(ref)) return;
    this.collections.setEncoding(ref, HASHTABLE);
    this.collections.outgrow(ref, hashShape);
    this.entries.open(ref);
  }
}

/** Points a slice at an argument. */
export function fromRequest(slice: Slice, request: Request, argIndex: number): Slice {
  slice.set(request.view, request.bytes, request.start(argIndex), request.length(argIndex));
  if (argIndex === 2 && request.memberHashed) {
    slice.hash = request.memberHash;
    slice.hashed = true;
  }
  return slice;
}
