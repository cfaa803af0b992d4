import type { Config } from '../../engine/config/config.ts';
import type { BatchLock, KeyAccess, MemoryGate } from '../../engine/dispatch/hooks.ts';
import { SharedKeyAccess } from '../../engine/keyspace/key-access.ts';
import type { Keyspace } from '../../engine/keyspace/keyspace.ts';
import { LazyFree } from '../../engine/keyspace/lazy-free.ts';
import { ObjectWriter } from '../../engine/keyspace/object-writer.ts';
import { Prefetcher } from '../../engine/keyspace/prefetcher.ts';
import { SharedKeyspace } from '../../engine/keyspace/shared-keyspace.ts';
import type { ChannelRegistry } from '../../engine/pubsub/registry.ts';
import { SharedRegistry } from '../../engine/pubsub/shared-registry.ts';
import type { MemoryFigures } from '../../engine/server/link.ts';
import { counters, type Statistics } from '../../engine/server/statistics.ts';
import { SharedWatches, type Watches } from '../../engine/transactions/watches.ts';
import { assert } from '../../tiers/base/assert.ts';
import { SEGMENT_BYTES } from '../../tiers/base/limits.ts';
import { NxtReader } from '../../tiers/cold/nxt-reader.ts';
import { ReadDoor } from '../../tiers/cold/read-door.ts';
import { ReadTimes } from '../../tiers/cold/read-times.ts';
import { COUNT_KEYS, TABLE_CLEARING } from '../../tiers/index/slot-tables.ts';
import { StoreView } from '../../tiers/index/store-view.ts';
import type { UnsavedSlots } from '../../tiers/index/unsaved.ts';
import { usedBytes } from '../../tiers/memory/allocator.ts';
import { KIND_INDEX, KIND_TOMBSTONE } from '../../tiers/memory/layout.ts';
import { CommitWords } from '../../tiers/mover/commit-words.ts';
import { DirectPromoter } from '../../tiers/mover/direct-promoter.ts';
import { MemoryPressure } from '../../tiers/mover/pressure.ts';
import { AccessRecorder } from '../../tiers/mrc/access-samples.ts';
import { Placer } from '../../tiers/policy/placer.ts';
import type { FrontEndStart } from '../messages.ts';
import { hotTierBytes, refusesWrites } from '../shared.ts';
import { ColdReads } from './cold-reads.ts';
import { HeldReplies } from './held-replies.ts';
import { SharedMemoryGate } from './memory-gate.ts';
import { TierPort } from './tier-port.ts';

/** One front-end's access to the shared keyspace. */
export interface KeyspaceParts {
  readonly store: StoreView;
  readonly keyspace: Keyspace;
  readonly keys: KeyAccess;
  readonly watches: Watches;
  readonly channels: ChannelRegistry;
  readonly gate: MemoryGate;
  readonly lock: BatchLock;
  /** With write-through. */
  readonly held: HeldReplies | undefined;
  readonly memory: () => MemoryFigures;
  /** Before the first command: the tier thread has chosen the hash seed, and opened its store, by now. */
  readonly ready: () => Promise<void>;
  readonly prefetcher: Prefetcher;
  readonly readTimes: ReadTimes;
}

function ringOf({ shared, thread }: FrontEndStart): SharedArrayBuffer {
  const ring = shared.fetchRings[thread];
  assert(ring !== undefined, 'every front-end has a fetch ring');
  return ring;
}

/** Opens the keyspace in the shared memory that the thread was started with. */
export function openKeyspace(
  start: FrontEndStart,
  config: Config,
  statistics: Statistics,
  log: (text: string) => void,
): KeyspaceParts {
  const { memory } = start.shared;
  const tiered = config.values['storage-provider'].kind !== 'none';
  const through = tiered && config.values['storage-cache-mode'] === 'writethrough';
  const store = new StoreView({ memory, thread: start.thread, tiered, through });
  const port = new TierPort(start.tierPort, ringOf(start));
  const placer = new Placer(start.shared.policy);
  const writer = new ObjectWriter(store);
  writer.placer = placer;
  const pressure = new MemoryPressure(memory, start.threads + 1);
  const reader = new NxtReader(new ReadDoor(start.shared.readDoor, start.thread));
  const promoter = new DirectPromoter(store, reader, placer);
  const readTimes = new ReadTimes(start.shared.readTimes, start.thread);
  const coldReads = new ColdReads({
    port,
    promoter,
    lock: () => lock,
    times: readTimes,
    room: () => pressure.max === 0 || pressure.usedBytes() < pressure.max,
    refusedBytes: () => store.allocator.refusedBytes,
  });
  const keys = new SharedKeyAccess(store, writer, tiered ? coldReads : undefined);
  keys.samples = new AccessRecorder(start.shared.accessSamples, start.thread);
  keys.absent = promoter.absent;
  port.onAbsent = (recordKey) => promoter.absent.addId(recordKey);
  port.onAllIndexed = () => promoter.absent.clear();
  const keyspace = new SharedKeyspace(store, writer, keys, tiered ? port : undefined);
  let evicts = tiered;
  const gate = new SharedMemoryGate(
    pressure,
    store.allocator,
    () => evicts,
    () => port.askForRoom(),
    (bytes) => port.freeFor(bytes),
    start.threads,
  );
  gate.onUsed = (usedBytes) => {
    if (placer.filling) placer.noteUsed(usedBytes, pressure.highWater);
  };
  port.onRoom = () => gate.onRoom();
  const held = store.unsaved && holdReplies(start, store.unsaved, gate, port, log);
  config.watch('maxmemory', () => {
    pressure.setMax(hotTierBytes(config));
    gate.refusesAll = refusesWrites(config);
    gate.recheck();
  });
  config.watch('maxmemory-policy', (policy) => {
    evicts = tiered || policy !== 'noeviction';
  });
  const chooseLfu = () => {
    const { 'maxmemory-policy': policy, 'lfu-log-factor': logFactor, 'lfu-decay-time': decayMinutes } = config.values;
    keys.lfu = policy.endsWith('-lfu') ? { logFactor, decayMinutes } : undefined;
  };
  config.watch('maxmemory-policy', chooseLfu);
  config.watch('lfu-log-factor', chooseLfu);
  config.watch('lfu-decay-time', chooseLfu);
  const { exclusive } = store;
  const lazyFree = new LazyFree(store, (objects) => statistics.add(counters.lazyfreed_objects, objects));
  const lock: BatchLock = {
    enter: () => {
      exclusive.enter();
      held?.begin();
    },
    leave: () => {
      exclusive.leave();
      held?.begin();
      gate.afterBatch();
      lazyFree.afterBatch();
      if (keys.expired > 0) {
        statistics.add(counters.expired_keys, keys.expired);
        keys.expired = 0;
      }
      if (keys.hits > 0) {
        statistics.add(counters.keyspace_hits, keys.hits);
        keys.hits = 0;
      }
      if (keys.misses > 0) {
        statistics.add(counters.keyspace_misses, keys.misses);
        keys.misses = 0;
      }
      if (keys.heldReads > 0) {
        statistics.add(counters.held_reads, keys.heldReads);
        keys.heldReads = 0;
      }
      if (coldReads.hits > 0) {
        statistics.add(counters.nvme_hits, coldReads.hits);
        coldReads.hits = 0;
      }
      if (promoter.reads > 0) {
        statistics.add(counters.direct_reads, promoter.reads);
        statistics.add(counters.direct_promotions, promoter.promotions);
        statistics.add(counters.direct_bytes_read, promoter.bytesRead);
        promoter.reads = 0;
        promoter.promotions = 0;
        promoter.bytesRead = 0;
      }
      if (writer.changes > 0) {
        statistics.add(counters.keyspace_changes, writer.changes);
        writer.changes = 0;
      }
    },
    run: (body) => exclusive.run(body),
  };
  const control = new DataView(memory.control);
  let peakBytes = 0;
  const figures = (): MemoryFigures => {
    const used = pressure.usedBytes() + store.queues.chunks() * 4096;
    peakBytes = Math.max(peakBytes, used);
    return {
      usedBytes: used,
      peakBytes,
      overheadBytes: used - pressure.usedBytes() + usedBytes(control, KIND_INDEX) + usedBytes(control, KIND_TOMBSTONE),
      committedBytes: pressure.committedBytes(),
      reservedBytes: memory.segments.length * SEGMENT_BYTES,
      lazyFreePending: store.graveyard.size + flushedKeys(store),
    };
  };
  return {
    store,
    keyspace,
    keys,
    watches: new SharedWatches(store),
    channels: new SharedRegistry(start.shared.topics, memory, store.allocator, start.thread, start.threads),
    gate,
    lock,
    held,
    memory: figures,
    ready: async () => {
      store.reseed(memory);
      await reader.load();
    },
    prefetcher: new Prefetcher(store),
    readTimes,
  };
}

/** Keys of flushed databases that are not freed yet. */
function flushedKeys({ tables }: StoreView): number {
  let keys = 0;
  for (let table = 0; table < tables.tables; table++) {
    if (tables.tableState(table) === TABLE_CLEARING) keys += tables.total(table, COUNT_KEYS);
  }
  return keys;
}

/** Joins the holding of replies to the commits of the tier thread. */
function holdReplies(
  { shared, thread }: FrontEndStart,
  unsaved: UnsavedSlots,
  gate: SharedMemoryGate,
  port: TierPort,
  log: (text: string) => void,
): HeldReplies {
  const words = new CommitWords(shared.memory);
  const held = new HeldReplies({ thread, unsaved, words, ask: () => port.askForCommit(), log });
  port.onCommitted = () => held.onCommitted();
  gate.commits = words;
  return held;
}
