import { assert } from '../base/assert.ts';
import {
  ENTRY_DIRTY,
  ENTRY_FREQUENCY_MASK,
  ENTRY_FREQUENCY_SHIFT,
  ENTRY_ON_DISK,
  STATE_DEMOTING,
  STATE_MASK,
} from '../index/layout.ts';
import { SlotTables, TABLE_USED } from '../index/slot-tables.ts';
import type { StoreView } from '../index/store-view.ts';
import { type Handle, NULL_HANDLE } from '../memory/handle.ts';
import { OBJECT_QUEUE, objectKeyAt, objectKeyLength, objectTableHint, TABLE_HINTS } from '../memory/object.ts';
import { heatOf, provenIn, usedSinceWritten } from '../policy/cold-heat.ts';
import { CHUNK_OBJECTS, QUEUE_MAIN, QUEUE_SMALL } from '../policy/hot-queues.ts';
import type { Relief } from '../policy/maxmemory-policy.ts';
import { EVICT, type HotPolicy, keepIn, keptFrequency, keptQueue } from '../policy/policy.ts';
import { isTreeObject } from '../tree/walk.ts';
import type { StorageAdmission } from './admission.ts';
import type { MoverFigures } from './figures.ts';
import { hashUnlocked } from './hash-unlocked.ts';
import { RecordBatch, THEN_DEMOTE } from './record-batch.ts';
import { SampledEvictor } from './sampled-evictor.ts';
import { makeCold } from './transitions.ts';
import type { TreeItem } from './tree-mover.ts';

/** What one step did. */
export const STEP_FREED = 1;
export const STEP_REQUEUED = 2;
export const STEP_COPIED = 3;
/** Both queues are empty: nothing can be evicted. */
export const STEP_NOTHING = 0;

/** Takes objects off the queues by policy, one per step. Only the mover's thread runs it, between enter and leave of the exclusive lock. */
export class Evictor {
  /** A collection of many blocks came up. */
  onTree: (item: TreeItem) => void = () => {};
  /** Write-through: dirty objects stay until a commit has written them. */
  keepsDirty = false;
  /** One of those came up. */
  metDirty = false;
  private readonly store: StoreView;
  private readonly policy: HotPolicy;
  private readonly figures: MoverFigures;
  /** Set while `compact` moves objects that no policy judges. */
  private keeping = false;
  private readonly nothing = new RecordBatch();
  private readonly sampled: SampledEvictor;
  /** Asked before a value goes to the cold tier for the first time. */
  admission: StorageAdmission | undefined;

  constructor(store: StoreView, policy: HotPolicy, figures: MoverFigures) {
    this.store = store;
    this.policy = policy;
    this.figures = figures;
    this.sampled = new SampledEvictor(store, figures);
  }

  /**
   * Judges the next object. Clean ones become cold at once, dirty ones are copied into `batch` (which has room) and freed when that is
   * written; without a cold tier (`relief.action` delete) keys are deleted.
   */
  step(relief: Relief, batch: RecordBatch): number {
    // What the queues do not tell: those with an expiry among all the others, and orders that are none.
    if (relief.action === 'delete' && (relief.scope === 'volatile' || relief.order !== 's3fifo'))
      return this.sampled.step(relief) ? STEP_FREED : STEP_NOTHING;
    const { queues } = this.store;
    const queue = this.policy.queueToTake(queues.length(QUEUE_SMALL), queues.length(QUEUE_MAIN));
    const place = queues.take(queue) || queues.take(queue === QUEUE_SMALL ? QUEUE_MAIN : QUEUE_SMALL);
    if (place === 0) return STEP_NOTHING;
    return this.settlePlace(place, relief, batch);
  }

  /**
   * Keys that are created and deleted while nothing has to be evicted leave their chunks of the queues sparse. Takes up to `steps`
   * objects from the front of a queue to its back, as they are, if more than half of the queues' room is wasted.
   */
  compact(steps: number): void {
    const { queues } = this.store;
    const used = queues.length(QUEUE_SMALL) + queues.length(QUEUE_MAIN);
    const enough = used * 2 + SLACK_CHUNKS * CHUNK_OBJECTS;
    if (queues.chunks() * CHUNK_OBJECTS <= enough) return;
    if ((queues.sweep(QUEUE_SMALL) + queues.sweep(QUEUE_MAIN)) * CHUNK_OBJECTS <= enough) return;
    this.keeping = true;
    for (const queue of [QUEUE_SMALL, QUEUE_MAIN]) {
      const rounds = Math.min(steps, queues.length(queue));
      for (let step = 0; step < rounds; step++) {
        const place = queues.take(queue);
        if (place === 0) break;
        this.settlePlace(place, KEEP, this.nothing);
      }
    }
    this.keeping = false;
  }

  private settlePlace(place: number, relief: Relief, batch: RecordBatch): number {
    const { queues } = this.store;
    const taken = queues.queueOf(place);
    for (;;) {
      const handle = queues.at(place);
      // Emptied since: its object was freed.
      if (handle === NULL_HANDLE) return STEP_REQUEUED;
      const result = this.judge(handle, place, taken, relief, batch);
      if (result !== RETRY) return result;
    }
  }

  private judge(handle: Handle, place: number, queue: number, relief: Relief, batch: RecordBatch): number {
    const { store } = this;
    if (!hashUnlocked(store, handle)) return RETRY;
    const { slot, position, check } = store.hasher;
    const { tables, index, queues } = store;
    const hint = objectTableHint(store.arena.view(handle), store.arena.offset(handle));
    for (let table = hint; table < tables.tables; table += TABLE_HINTS) {
      const slotAt = SlotTables.at(table, slot);
      if (tables.entries(slotAt) === 0) continue;
      tables.lock(slotAt);
      try {
        // Under the lock of the slot that its key hashes to, a handle still in its place is the live object that was hashed.
        const word1 = index.findHandle(slotAt, position, handle);
        if (word1 === 0) continue;
        if (queues.at(place) !== handle) return RETRY;
        return this.settleTaken(word1, table, slotAt, slot, position, check, handle, place, queue, relief, batch);
      } finally {
        tables.unlock(slotAt);
      }
    }
    return RETRY;
  }

  private settleTaken(
    word1: number,
    table: number,
    slotAt: number,
    slot: number,
    position: number,
    check: number,
    handle: Handle,
    place: number,
    queue: number,
    relief: Relief,
    batch: RecordBatch,
  ): number {
    const { store, policy, figures } = this;
    const { index, queues, tables } = store;
    const frequency = (word1 & ENTRY_FREQUENCY_MASK) >> ENTRY_FREQUENCY_SHIFT;
    const judgement = this.keeping ? keepIn(queue, frequency) : policy.judge(queue, frequency, position, check);
    const proven = provenIn(queue, policy.name);
    const object = store.arena.view(handle);
    const used = usedSinceWritten(object, store.arena.offset(handle));
    const refused =
      judgement === EVICT &&
      relief.action === 'demote' &&
      tables.tableState(table) === TABLE_USED &&
      this.admission?.refuses(word1, proven, used, position, check) === true;
    const deletes = relief.action === 'delete' || refused;
    queues.remove(place);
    if (!deletes && !this.keeping && isTreeObject(object, store.arena.offset(handle))) {
      // It stays in a queue while it is moved, which takes more than this step.
      const evict = judgement === EVICT;
      if (evict) this.requeue(word1, handle, QUEUE_MAIN, 0);
      else this.requeue(word1, handle, keptQueue(judgement), keptFrequency(judgement));
      if (tables.tableState(table) === TABLE_USED) this.onTree({ slotAt, position, check, handle, evict });
      return STEP_REQUEUED;
    }
    if (judgement !== EVICT) {
      if (!this.keeping) this.admission?.kept(word1, position, check);
      this.requeue(word1, handle, keptQueue(judgement), keptFrequency(judgement));
      return STEP_REQUEUED;
    }
    if (this.keepsDirty && !deletes && (word1 & ENTRY_DIRTY) !== 0) {
      this.metDirty = true;
      this.requeue(word1, handle, queue, frequency);
      return STEP_REQUEUED;
    }
    this.setPlace(handle, 0);
    policy.forget(queue, position, check);
    if (deletes) {
      const view = store.arena.view(handle);
      const at = store.arena.offset(handle);
      store.onGone?.('evicted', slotAt, view, objectKeyAt(view, at), objectKeyLength(view, at));
      const removed = store.removeKey(slotAt, position, view, objectKeyAt(view, at), objectKeyLength(view, at));
      assert(removed, 'the mover has memory in reserve for a tombstone');
      figures.evictedKeys++;
      if (refused) figures.nvmeRefused++;
      return STEP_FREED;
    }
    const heat = heatOf(proven, frequency, used);
    if ((word1 & ENTRY_DIRTY) === 0) {
      if (!makeCold(store, slotAt, position, check, heat)) {
        this.requeue(word1, handle, QUEUE_SMALL, 0);
        return STEP_REQUEUED;
      }
      figures.cleanEvictions++;
      return STEP_FREED;
    }
    // Its database was flushed: it is freed with its table, and its records may be gone from disk already. A record written now would
    // stay there for ever, under a keyspace id that nobody clears again.
    if (tables.tableState(table) !== TABLE_USED) return STEP_REQUEUED;
    const demoting = ((word1 & ~(STATE_MASK | ENTRY_FREQUENCY_MASK)) | ENTRY_ON_DISK | STATE_DEMOTING) >>> 0;
    index.view.setUint32(index.entry + 4, demoting, true);
    const replaces = (word1 & ENTRY_ON_DISK) !== 0;
    batch.add(store, tables.keyspaceId(table), slotAt, slot, position, check, handle, THEN_DEMOTE, heat, replaces);
    return STEP_COPIED;
  }

  /** Puts an object (back) into a queue; its slot is locked and the index stands at its entry. */
  private requeue(word1: number, handle: Handle, queue: number, frequency: number): void {
    const { index, queues } = this.store;
    this.setPlace(handle, queues.add(queue, handle));
    const word = ((word1 & ~ENTRY_FREQUENCY_MASK) | (frequency << ENTRY_FREQUENCY_SHIFT)) >>> 0;
    index.view.setUint32(index.entry + 4, word, true);
  }

  private setPlace(handle: Handle, place: number): void {
    const { arena } = this.store;
    arena.view(handle).setUint32(arena.offset(handle) + OBJECT_QUEUE, place, true);
  }
}

/** Relief of `compact`: never looked at, because everything is kept. */
const KEEP: Relief = { action: 'refuse', scope: 'all', order: 's3fifo' };
/** Chunks that threads hold open, and a few more, are not worth compacting. */
const SLACK_CHUNKS = 64;

/** The object moved or vanished while it was looked at: look at its place again. */
const RETRY = -1;
