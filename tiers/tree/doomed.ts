import { copyBytes } from '../base/bytes.ts';
import { KEY_HEADER_BYTES, writeKeyHeader } from '../cold/record.ts';
import type { Allocator } from '../memory/allocator.ts';
import { asHandle, type Handle, NULL_HANDLE } from '../memory/handle.ts';
import { AT_DOOM_LOCK, AT_DOOMED, KIND_OTHER } from '../memory/layout.ts';
import { lockWord, unlockWord } from '../memory/mutex.ts';
import type { SharedMemory } from '../memory/shared-memory.ts';

/**
 * Collections whose pieces on disk nobody refers to any more, because their key was deleted or holds something else now. Any thread
 * notes them; the thread that owns the store deletes the pieces before it writes anything else for the key. A list of blocks in shared memory,
 * protected by its own lock, which nobody waits under:
 *
 *   0   next block u32 | keyspace id u32
 *   8   bytes of the record's key u32, 0: the identity is known | identity high u32 | identity low u32
 *   20  the key of the record that names the identity
 */
const NEXT = 0;
const KEYSPACE = 4;
const KEY_BYTES = 8;
const IDENTITY_HIGH = 12;
const IDENTITY_LOW = 16;
const KEY = 20;

/** A collection whose pieces are to be deleted: by identity, or by the record that has it. */
export interface Doom {
  readonly keyspaceId: number;
  readonly identityHigh: number;
  readonly identityLow: number;
  readonly recordKey: Buffer | undefined;
}

export class Doomed {
  private readonly allocator: Allocator;
  private readonly words: Int32Array;

  constructor(memory: SharedMemory, allocator: Allocator) {
    this.allocator = allocator;
    this.words = new Int32Array(memory.control);
  }

  get empty(): boolean {
    return Atomics.load(this.words, AT_DOOMED >> 2) === 0;
  }

  /** A collection in RAM that has an identity is gone. False when there is no memory to note it. */
  addIdentity(keyspaceId: number, high: number, low: number): boolean {
    const block = this.allocator.allocateBeyondLimit(KEY, KIND_OTHER);
    if (block === NULL_HANDLE) return false;
    const { arena } = this.allocator;
    const view = arena.view(block);
    const at = arena.offset(block);
    view.setUint32(at + KEY_BYTES, 0, true);
    view.setUint32(at + IDENTITY_HIGH, high, true);
    view.setUint32(at + IDENTITY_LOW, low, true);
    this.push(block, keyspaceId);
    return true;
  }

  /** A collection that is only on disk is gone, or replaced. `key`: the key's name; hash lanes as the record has them. */
  addRecord(
    keyspaceId: number,
    slot: number,
    position: number,
    check: number,
    key: DataView,
    keyStart: number,
    keyLength: number,
  ): boolean {
    const block = this.allocator.allocateBeyondLimit(KEY + KEY_HEADER_BYTES + keyLength, KIND_OTHER);
    if (block === NULL_HANDLE) return false;
    const { arena } = this.allocator;
    const view = arena.view(block);
    const at = arena.offset(block);
    view.setUint32(at + KEY_BYTES, KEY_HEADER_BYTES + keyLength, true);
    writeKeyHeader(view, at + KEY, keyspaceId, slot, position >>> 0, check >>> 0);
    const bytes = new Uint8Array(key.buffer, key.byteOffset, key.byteLength);
    copyBytes(view, arena.bytes(block), at + KEY + KEY_HEADER_BYTES, key, bytes, keyStart, keyLength);
    this.push(block, keyspaceId);
    return true;
  }

  /** Takes everything that is noted. */
  take(): Doom[] {
    if (this.empty) return [];
    lockWord(this.words, AT_DOOM_LOCK >> 2);
    let block = asHandle((this.words[AT_DOOMED >> 2] ?? 0) >>> 0);
    Atomics.store(this.words, AT_DOOMED >> 2, 0);
    unlockWord(this.words, AT_DOOM_LOCK >> 2);
    const { arena } = this.allocator;
    const found: Doom[] = [];
    while (block !== NULL_HANDLE) {
      const view = arena.view(block);
      const at = arena.offset(block);
      const bytes = view.getUint32(at + KEY_BYTES, true);
      found.push({
        keyspaceId: view.getUint32(at + KEYSPACE, true),
        identityHigh: view.getUint32(at + IDENTITY_HIGH, true),
        identityLow: view.getUint32(at + IDENTITY_LOW, true),
        recordKey: bytes === 0 ? undefined : Buffer.from(arena.bytes(block).slice(at + KEY, at + KEY + bytes)),
      });
      const next = asHandle(view.getUint32(at + NEXT, true));
      this.allocator.free(block, KIND_OTHER);
      block = next;
    }
    return found;
  }

  /** Calls `visit` for every block; nobody else may be at work. */
  visit(visit: (block: Handle) => void): void {
    const { arena } = this.allocator;
    let block = asHandle((this.words[AT_DOOMED >> 2] ?? 0) >>> 0);
    while (block !== NULL_HANDLE) {
      visit(block);
      block = asHandle(arena.view(block).getUint32(arena.offset(block) + NEXT, true));
    }
  }

  private push(block: Handle, keyspaceId: number): void {
    const { arena } = this.allocator;
    const view = arena.view(block);
    const at = arena.offset(block);
    view.setUint32(at + KEYSPACE, keyspaceId, true);
    lockWord(this.words, AT_DOOM_LOCK >> 2);
    view.setUint32(at + NEXT, (this.words[AT_DOOMED >> 2] ?? 0) >>> 0, true);
    Atomics.store(this.words, AT_DOOMED >> 2, block | 0);
    unlockWord(this.words, AT_DOOM_LOCK >> 2);
  }
}
