import { copyBytes } from '../../../tiers/base/bytes.ts';
import type { Allocator } from '../../../tiers/memory/allocator.ts';
import { initialiseTree } from '../../../tiers/tree/build.ts';
import { TreeBuilder } from '../../../tiers/tree/bulk/tree-builder.ts';
import { rootOffset, type TreeShape, treeValueBytes } from '../../../tiers/tree/layout.ts';
import { keyEntryBytes, writeLength } from '../../../tiers/tree/pack.ts';
import { visitBlocks } from '../../../tiers/tree/walk.ts';
import { errors } from '../../commands/errors.ts';
import { type KeyRef, VALUE_ZSET } from '../../keyspace/key-ref.ts';
import type { Collections } from '../collection/collections.ts';
import { SCORE_BYTES, writeScore } from './score-key.ts';
import type { ScoredMembers } from './scored-members.ts';

const ROOTS = 2;
const VALUE_BYTES = treeValueBytes(ROOTS, 0);

/** Builds both roots of a large sorted set at once. */
export class ZsetBuilder {
  private readonly allocator: Allocator;
  private readonly collections: Collections;
  private readonly order: TreeBuilder;
  private readonly members: TreeBuilder;

  constructor(collections: Collections, orderShape: TreeShape, memberShape: TreeShape) {
    const noMemory = (): never => {
      throw errors.oom;
    };
    const { allocator } = collections.store;
    this.allocator = allocator;
    this.collections = collections;
    this.order = new TreeBuilder(allocator, orderShape, noMemory);
    this.members = new TreeBuilder(allocator, memberShape, noMemory);
  }

  /**
   * Makes the key a TREE of these members (not empty, each once), whatever it was. `signed`: -0 stays -0. Not a change that counts. Throws
   * errors.oom with the key unchanged.
   */
  place(ref: KeyRef, list: ScoredMembers, encoding: number, signed: boolean, expiryMs: number): void {
    const bytes = new Uint8Array(VALUE_BYTES);
    const view = new DataView(bytes.buffer);
    initialiseTree(view, bytes, 0, ROOTS, 0);
    this.order.begin(VALUE_ZSET);
    this.members.begin(VALUE_ZSET);
    try {
      this.writeOrder(list);
      this.order.finish(view, rootOffset(0));
      this.writeMembers(list, signed);
      this.members.finish(view, rootOffset(1));
      this.collections.createFrom(ref, VALUE_ZSET, encoding, view, bytes, VALUE_BYTES, expiryMs, true);
    } catch (error) {
      this.order.discard();
      this.members.discard();
      for (let n = 0; n < ROOTS; n++)
        visitBlocks(this.allocator, view, rootOffset(n), (node) => this.allocator.free(node, VALUE_ZSET));
      throw error;
    }
  }

  private writeOrder(list: ScoredMembers): void {
    const { order } = this;
    for (const n of list.sorted()) {
      const member = list.member(n);
      const length = SCORE_BYTES + member.length;
      const at = order.room(keyEntryBytes(length, -1), 0);
      const { view } = order;
      const scoreAt = writeLength(view, at, length);
      writeScore(view, scoreAt, list.score(n));
      copyBytes(view, order.bytes, scoreAt + SCORE_BYTES, member.view, member.bytes, member.at, member.length);
    }
  }

  private writeMembers(list: ScoredMembers, signed: boolean): void {
    const { members } = this;
    for (const n of list.byHash()) {
      const member = list.member(n);
      const at = members.room(keyEntryBytes(member.length, SCORE_BYTES), list.hash(n));
      const { view } = members;
      const memberAt = writeLength(view, at, member.length);
      copyBytes(view, members.bytes, memberAt, member.view, member.bytes, member.at, member.length);
      const score = list.score(n);
      view.setFloat64(writeLength(view, memberAt + member.length, SCORE_BYTES), signed ? score : score + 0, true);
    }
  }
}
