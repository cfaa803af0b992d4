import { copyBytes } from '../../../tiers/base/bytes.ts';
import type { Allocator } from '../../../tiers/memory/allocator.ts';
import { initialiseFlat, initialiseTree } from '../../../tiers/tree/build.ts';
import { TreeBuilder } from '../../../tiers/tree/bulk/tree-builder.ts';
import {
  FLAT_MAX_BYTES,
  LEAF_ENTRIES,
  LEAF_HEADER_BYTES,
  LEAF_USED,
  rootOffset,
  type TreeShape,
  treeValueBytes,
} from '../../../tiers/tree/layout.ts';
import { entryEnd, positionEntryBytes, writeBackLength, writeLength } from '../../../tiers/tree/pack.ts';
import type { Slice } from '../../../tiers/tree/slice.ts';
import { visitBlocks } from '../../../tiers/tree/walk.ts';
import { errors } from '../../commands/errors.ts';
import { type KeyRef, VALUE_LIST } from '../../keyspace/key-ref.ts';
import type { Collections } from './collections.ts';

const TREE_BYTES = treeValueBytes(1, 0);

/**
 * A list that is written aside from its head to its tail, and then put in a key's place. Whoever begins one ends with `place` or `discard`, also
 * when an error passes through.
 */
export class ListBuilder {
  private readonly allocator: Allocator;
  private readonly collections: Collections;
  private readonly builder: TreeBuilder;
  /** The value while it is FLAT. */
  private readonly flat = new Uint8Array(LEAF_HEADER_BYTES + FLAT_MAX_BYTES);
  private readonly flatView = new DataView(this.flat.buffer);
  private flatBytes = 0;
  private count = 0;
  private isFlat = true;

  constructor(collections: Collections, shape: TreeShape) {
    const { allocator } = collections.store;
    this.allocator = allocator;
    this.collections = collections;
    this.builder = new TreeBuilder(allocator, shape, () => {
      throw errors.oom;
    });
  }

  begin(): void {
    this.flatBytes = 0;
    this.count = 0;
    this.isFlat = true;
  }

  add(element: Slice): void {
    const size = positionEntryBytes(element.length);
    this.count++;
    if (this.isFlat) {
      if (this.flatBytes + size <= FLAT_MAX_BYTES) {
        write(this.flatView, this.flat, LEAF_HEADER_BYTES + this.flatBytes, element);
        this.flatBytes += size;
        return;
      }
      this.spread();
    }
    const { builder } = this;
    const at = builder.room(size, 0);
    write(builder.view, builder.bytes, at, element);
  }

  /** Makes it (not empty) the key's value, whatever that was. Not a change that counts. Throws errors.oom with the key unchanged. */
  place(ref: KeyRef, encoding: number, expiryMs: number): void {
    const { allocator, collections, flat, flatView } = this;
    if (this.isFlat) {
      initialiseFlat(flatView, 0);
      flatView.setUint16(LEAF_ENTRIES, this.count, true);
      flatView.setUint32(LEAF_USED, this.flatBytes, true);
      collections.createFrom(ref, VALUE_LIST, encoding, flatView, flat, LEAF_HEADER_BYTES + this.flatBytes, expiryMs);
      return;
    }
    const bytes = new Uint8Array(TREE_BYTES);
    const view = new DataView(bytes.buffer);
    initialiseTree(view, bytes, 0, 1, 0);
    this.builder.finish(view, rootOffset(0));
    try {
      collections.createFrom(ref, VALUE_LIST, encoding, view, bytes, TREE_BYTES, expiryMs, true);
    } catch (error) {
      visitBlocks(allocator, view, rootOffset(0), (node) => allocator.free(node, VALUE_LIST));
      throw error;
    }
  }

  /** Forgets what was begun, and gives its memory back. */
  discard(): void {
    if (!this.isFlat) this.builder.discard();
    this.begin();
  }

  private spread(): void {
    const { builder, flat, flatView } = this;
    this.isFlat = false;
    builder.begin(VALUE_LIST);
    const end = LEAF_HEADER_BYTES + this.flatBytes;
    for (let at = LEAF_HEADER_BYTES; at < end; ) {
      const after = entryEnd(flatView, at, false, true);
      const to = builder.room(after - at, 0);
      copyBytes(builder.view, builder.bytes, to, flatView, flat, at, after - at);
      at = after;
    }
  }
}

function write(view: DataView, bytes: Uint8Array, to: number, element: Slice): void {
  const at = writeLength(view, to, element.length);
  copyBytes(view, bytes, at, element.view, element.bytes, element.at, element.length);
  writeBackLength(view, at + element.length, element.length);
}
