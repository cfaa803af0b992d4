import { assert } from '../../tiers/base/assert.ts';
import { KeyHasher, readSeed } from '../../tiers/index/hash.ts';
import type { Allocator } from '../../tiers/memory/allocator.ts';
import { asHandle, type Handle, NULL_HANDLE } from '../../tiers/memory/handle.ts';
import { KIND_OTHER } from '../../tiers/memory/layout.ts';
import { lockWord, unlockWord } from '../../tiers/memory/mutex.ts';
import type { SharedMemory } from '../../tiers/memory/shared-memory.ts';
import { errors } from '../commands/errors.ts';
import { type ChannelKind, type ChannelRegistry, PATTERN, type PatternCounts, type TopicKind } from './registry.ts';

/**
 * The shared block: a hash table of topics, chained; patterns hang in one chain of their own.
 *
 *   0     number of channels | 4 of shard channels | 8 of patterns   (atomic u32)
 *   64    locks: one per LOCKS chains, 64 bytes apart; the last one is the patterns'. Behind each the version of its topics, a u32 that grows
 *         with every change of them
 *   then  first topic of each chain, u32 handles; the last one is the patterns'
 *
 * A topic is a block of the arena:
 *   0 next | 4 kind | 8 name length | 12 all subscribers | 16 subscribers by thread, u32 each | name
 */
const AT_COUNTS = 0;
const AT_LOCKS = 64;
const LOCKS = 64;
const LOCK_STRIDE = 64;
/** From a lock's word to that of the version of what it guards. */
const VERSION_WORD = 1;
const CHAINS = 1 << 16;
const AT_CHAINS = AT_LOCKS + (LOCKS + 1) * LOCK_STRIDE;
const PATTERN_LOCK = AT_LOCKS + LOCKS * LOCK_STRIDE;
const PATTERN_VERSION = (PATTERN_LOCK >> 2) + VERSION_WORD;
const PATTERN_CHAIN = AT_CHAINS + CHAINS * 4;

const TOPIC_NEXT = 0;
const TOPIC_KIND = 4;
const TOPIC_LENGTH = 8;
const TOPIC_TOTAL = 12;
const TOPIC_BY_THREAD = 16;

export function createTopics(): SharedArrayBuffer {
  return new SharedArrayBuffer(PATTERN_CHAIN + 4);
}

/** One thread's hands on the topics of all threads. */
export class SharedRegistry implements ChannelRegistry {
  private readonly view: DataView;
  private readonly words: Int32Array;
  private readonly allocator: Allocator;
  private readonly thread: number;
  private readonly threads: number;
  private readonly memory: SharedMemory;
  private hasher: KeyHasher | undefined;
  private cached: PatternCounts[] = [];
  private cachedVersion = 0;
  /** The name that is looked for, as a view. */
  private nameBytes: Buffer = Buffer.alloc(0);
  private nameView: DataView = new DataView(new ArrayBuffer(0));

  /** @param threads front-ends, which are the threads that have clients */
  constructor(topics: SharedArrayBuffer, memory: SharedMemory, allocator: Allocator, thread: number, threads: number) {
    this.view = new DataView(topics);
    this.words = new Int32Array(topics);
    this.memory = memory;
    this.allocator = allocator;
    this.thread = thread;
    this.threads = threads;
  }

  add(kind: TopicKind, name: Buffer): void {
    const chain = this.chainOf(kind, name, 0, name.length);
    const lock = lockOf(chain);
    lockWord(this.words, lock);
    try {
      let topic = this.find(chain, kind, name, 0, name.length);
      if (topic === NULL_HANDLE) topic = this.create(chain, kind, name);
      this.change(topic, 1);
      Atomics.add(this.words, lock + VERSION_WORD, 1);
    } finally {
      unlockWord(this.words, lock);
    }
  }

  remove(kind: TopicKind, name: Buffer): void {
    const chain = this.chainOf(kind, name, 0, name.length);
    const lock = lockOf(chain);
    lockWord(this.words, lock);
    const topic = this.find(chain, kind, name, 0, name.length);
    assert(topic !== NULL_HANDLE, 'who leaves a topic has joined it');
    if (this.change(topic, -1) === 0) this.unlink(chain, topic, kind);
    Atomics.add(this.words, lock + VERSION_WORD, 1);
    unlockWord(this.words, lock);
  }

  count(kind: ChannelKind, bytes: Buffer, start: number, length: number, into: Uint32Array): number {
    if (this.size(kind) === 0) return 0;
    const chain = this.chainOf(kind, bytes, start, length);
    if (this.view.getUint32(chain, true) === 0) return 0;
    const lock = lockOf(chain);
    lockWord(this.words, lock);
    const topic = this.find(chain, kind, bytes, start, length);
    let total = 0;
    if (topic !== NULL_HANDLE) {
      const { arena } = this.allocator;
      const view = arena.view(topic);
      const at = arena.offset(topic);
      total = view.getUint32(at + TOPIC_TOTAL, true);
      for (let thread = 0; thread < this.threads; thread++) {
        into[thread] = (into[thread] ?? 0) + view.getUint32(at + TOPIC_BY_THREAD + thread * 4, true);
      }
    }
    unlockWord(this.words, lock);
    return total;
  }

  place(kind: ChannelKind, bytes: Buffer, start: number, length: number): number {
    return lockOf(this.chainOf(kind, bytes, start, length)) + VERSION_WORD;
  }

  changes(place: number): number {
    return Atomics.load(this.words, place);
  }

  patternChanges(): number {
    return Atomics.load(this.words, PATTERN_VERSION);
  }

  patterns(): readonly PatternCounts[] {
    const { words } = this;
    if (this.patternChanges() === this.cachedVersion) return this.cached;
    lockWord(words, PATTERN_LOCK >> 2);
    this.cachedVersion = this.patternChanges();
    const cached: PatternCounts[] = [];
    const { arena } = this.allocator;
    for (let topic = this.first(PATTERN_CHAIN); topic !== NULL_HANDLE; topic = this.next(topic)) {
      const view = arena.view(topic);
      const at = arena.offset(topic);
      const counts = new Uint32Array(this.threads);
      for (let i = 0; i < this.threads; i++) counts[i] = view.getUint32(at + TOPIC_BY_THREAD + i * 4, true);
      cached.push({ pattern: this.nameOf(topic), counts });
    }
    unlockWord(words, PATTERN_LOCK >> 2);
    // The chain has the newest first.
    this.cached = cached.reverse();
    return this.cached;
  }

  size(kind: TopicKind): number {
    return Atomics.load(this.words, (AT_COUNTS >> 2) + kind);
  }

  names(kind: ChannelKind): Buffer[] {
    const names: Buffer[] = [];
    if (this.size(kind) === 0) return names;
    for (let chain = AT_CHAINS; chain < PATTERN_CHAIN; chain += 4) {
      if (this.view.getUint32(chain, true) === 0) continue;
      const lock = lockOf(chain);
      lockWord(this.words, lock);
      for (let topic = this.first(chain); topic !== NULL_HANDLE; topic = this.next(topic)) {
        const { arena } = this.allocator;
        if (arena.view(topic).getUint32(arena.offset(topic) + TOPIC_KIND, true) === kind)
          names.push(this.nameOf(topic));
      }
      unlockWord(this.words, lock);
    }
    return names;
  }

  /** Where the handle of the chain's first topic stands. */
  private chainOf(kind: TopicKind, bytes: Buffer, start: number, length: number): number {
    if (bytes !== this.nameBytes) {
      this.nameBytes = bytes;
      this.nameView = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    if (kind === PATTERN) return PATTERN_CHAIN;
    // The seed may be chosen after the thread has started, but before its first client.
    this.hasher ??= new KeyHasher(readSeed(this.memory));
    this.hasher.hash(this.nameView, start, length);
    return AT_CHAINS + ((this.hasher.position >>> 16) % CHAINS) * 4;
  }

  private first(chain: number): Handle {
    return asHandle(this.view.getUint32(chain, true));
  }

  private next(topic: Handle): Handle {
    const { arena } = this.allocator;
    return asHandle(arena.view(topic).getUint32(arena.offset(topic) + TOPIC_NEXT, true));
  }

  private nameOf(topic: Handle): Buffer {
    const { arena } = this.allocator;
    const at = arena.offset(topic);
    const start = at + TOPIC_BY_THREAD + this.threads * 4;
    const length = arena.view(topic).getUint32(at + TOPIC_LENGTH, true);
    return Buffer.from(arena.bytes(topic).slice(start, start + length));
  }

  private find(chain: number, kind: TopicKind, bytes: Buffer, start: number, length: number): Handle {
    const { arena } = this.allocator;
    for (let topic = this.first(chain); topic !== NULL_HANDLE; topic = this.next(topic)) {
      const view = arena.view(topic);
      const at = arena.offset(topic);
      if (view.getUint32(at + TOPIC_LENGTH, true) !== length || view.getUint32(at + TOPIC_KIND, true) !== kind)
        continue;
      const nameAt = at + TOPIC_BY_THREAD + this.threads * 4;
      let i = 0;
      while (i < length && view.getUint8(nameAt + i) === bytes[start + i]) i++;
      if (i === length) return topic;
    }
    return NULL_HANDLE;
  }

  private create(chain: number, kind: TopicKind, name: Buffer): Handle {
    const { allocator, threads } = this;
    const topic = allocator.allocate(TOPIC_BY_THREAD + threads * 4 + name.length, KIND_OTHER);
    if (topic === NULL_HANDLE) throw errors.oom;
    const { arena } = allocator;
    const view = arena.view(topic);
    const at = arena.offset(topic);
    view.setUint32(at + TOPIC_NEXT, this.first(chain), true);
    view.setUint32(at + TOPIC_KIND, kind, true);
    view.setUint32(at + TOPIC_LENGTH, name.length, true);
    view.setUint32(at + TOPIC_TOTAL, 0, true);
    for (let i = 0; i < threads; i++) view.setUint32(at + TOPIC_BY_THREAD + i * 4, 0, true);
    arena.bytes(topic).set(name, at + TOPIC_BY_THREAD + threads * 4);
    this.view.setUint32(chain, topic, true);
    Atomics.add(this.words, (AT_COUNTS >> 2) + kind, 1);
    return topic;
  }

  /** Changes this thread's number of subscribers; answers that of all threads. */
  private change(topic: Handle, by: number): number {
    const { arena } = this.allocator;
    const view = arena.view(topic);
    const at = arena.offset(topic);
    const mine = at + TOPIC_BY_THREAD + this.thread * 4;
    const total = view.getUint32(at + TOPIC_TOTAL, true) + by;
    assert(view.getUint32(mine, true) + by >= 0, 'a thread has as many subscribers as have joined');
    view.setUint32(mine, view.getUint32(mine, true) + by, true);
    view.setUint32(at + TOPIC_TOTAL, total, true);
    return total;
  }

  private unlink(chain: number, topic: Handle, kind: TopicKind): void {
    const { allocator } = this;
    const { arena } = allocator;
    const next = this.next(topic);
    let before = NULL_HANDLE;
    for (let at = this.first(chain); at !== topic; at = this.next(at)) before = at;
    if (before === NULL_HANDLE) this.view.setUint32(chain, next, true);
    else arena.view(before).setUint32(arena.offset(before) + TOPIC_NEXT, next, true);
    allocator.free(topic, KIND_OTHER);
    Atomics.sub(this.words, (AT_COUNTS >> 2) + kind, 1);
  }
}

/** The word of a chain's lock. */
function lockOf(chain: number): number {
  if (chain === PATTERN_CHAIN) return PATTERN_LOCK >> 2;
  return (AT_LOCKS + (((chain - AT_CHAINS) >> 2) % LOCKS) * LOCK_STRIDE) >> 2;
}
