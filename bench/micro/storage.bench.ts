import { SharedKeyAccess } from '../../engine/keyspace/key-access.ts';
import { ObjectWriter } from '../../engine/keyspace/object-writer.ts';
import { SharedKeyspace } from '../../engine/keyspace/shared-keyspace.ts';
import { EXPIRY_NONE } from '../../engine/types/string/string-values.ts';
import { Request } from '../../protocol/resp/request.ts';
import { ReplyWriter } from '../../protocol/resp/writer.ts';
import { KeyHasher, writeSeed } from '../../tiers/index/hash.ts';
import { SlotTables } from '../../tiers/index/slot-tables.ts';
import { StoreView } from '../../tiers/index/store-view.ts';
import { Allocator, usedBytes } from '../../tiers/memory/allocator.ts';
import { asHandle } from '../../tiers/memory/handle.ts';
import { testMemory } from '../../tiers/testing/memory.ts';
import type { MicroBenchmark, MicroRun } from './harness.ts';

const SIZES = { smoke: 1000, full: 100_000 };
const KEY_BYTES = 16;
const VALUE_BYTES = 64;
const NOW_MS = 1_800_000_000_000;
/** Commands between two resets of the reply buffer, as a pipeline of 64 makes them. */
const BATCH = 64;

/** A keyspace of `count` keys of 16 bytes with values of 64, and a request whose arguments are all the keys in random order. */
export class FilledStore {
  readonly memory = testMemory(2 ** 30);
  readonly store: StoreView;
  readonly access: SharedKeyAccess;
  readonly keyspace: SharedKeyspace;
  readonly request = new Request();
  readonly count: number;

  constructor(count: number) {
    this.count = count;
    writeSeed(this.memory, { a: 11, b: 22, c: 33 });
    new SlotTables(this.memory, 0).initialise();
    this.store = new StoreView({ memory: this.memory, thread: 0, tiered: true });
    const writer = new ObjectWriter(this.store);
    this.access = new SharedKeyAccess(this.store, writer, undefined);
    this.keyspace = new SharedKeyspace(this.store, writer, this.access, undefined);
    // The value stands behind the keys, as a SET's stands in the same read buffer.
    const bytes = Buffer.alloc(count * KEY_BYTES + VALUE_BYTES, 'v');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.request.attach(bytes, view);
    // A prime step visits every key once, far from the last one.
    for (let i = 0, key = 0; i < count; i++, key = (key + 611_953) % count) {
      bytes.write(`key:${String(key).padStart(KEY_BYTES - 4, '0')}`, i * KEY_BYTES, 'latin1');
      this.request.push(i * KEY_BYTES, KEY_BYTES);
    }
    for (let i = 0; i < count; i++) this.set(i);
  }

  set(n: number): void {
    const { access, keyspace, request } = this;
    access.prepareOne(request, n, 0, NOW_MS, 'index');
    keyspace.strings.set(access.at(0), request.bytes, this.count * KEY_BYTES, VALUE_BYTES, EXPIRY_NONE);
    access.release();
  }

  usedBytes(kind = -1): number {
    return usedBytes(new DataView(this.memory.control), kind);
  }
}

const stores = new Map<number, FilledStore>();

/** Filled once per process: a million keys take a second. */
function filledStore(count: number): FilledStore {
  let filled = stores.get(count);
  if (filled === undefined) {
    filled = new FilledStore(count);
    stores.set(count, filled);
  }
  return filled;
}

/** Runs `one` for the store's keys in turn; the sum of its results must be `each` per operation. */
function onKeys(count: number, each: number, one: (filled: FilledStore, n: number) => number): MicroRun {
  const filled = filledStore(count);
  let next = 0;
  return {
    run(n) {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        sum += one(filled, next);
        if (++next === count) next = 0;
      }
      return sum;
    },
    check: (result, n) => result === n * each,
  };
}

function allocating(bytes: number, kept: number): MicroRun {
  const memory = testMemory(2 ** 28);
  const allocator = new Allocator(memory, 0);
  const control = new DataView(memory.control);
  const handles = new Uint32Array(kept);
  let next = 0;
  return {
    run(n) {
      for (let i = 0; i < n; i++) {
        const old = handles[next] ?? 0;
        if (old !== 0) allocator.free(asHandle(old), 1);
        handles[next] = allocator.allocate(bytes, 1);
        next = (next + 1) & (kept - 1);
      }
      return usedBytes(control);
    },
    check: (result, n) =>
      result === Allocator.blockBytes(bytes) * handles.filter((handle) => handle !== 0).length && n > 0,
  };
}

function hashing(length: number): MicroRun {
  const view = new DataView(new ArrayBuffer(4096));
  for (let i = 0; i < 4096; i++) view.setUint8(i, i * 31);
  let expected: number | undefined;
  return {
    run(n) {
      const hasher = new KeyHasher({ a: 1, b: 2, c: 3 });
      let sum = 0;
      for (let i = 0; i < n; i++) {
        hasher.hash(view, (i * 7) & 2047, length);
        sum = (sum + (hasher.position ^ hasher.check)) | 0;
      }
      return sum;
    },
    // The same keys give the same sum every time.
    check(result) {
      expected ??= result;
      return result === expected;
    },
  };
}

function replying(count: number): MicroRun {
  const reply = new ReplyWriter();
  let inBatch = 0;
  return onKeys(count, `$${VALUE_BYTES}\r\n`.length + VALUE_BYTES + 2, ({ access, request, keyspace }, n) => {
    if (++inBatch === BATCH) {
      reply.reset();
      inBatch = 0;
    }
    const before = reply.length;
    access.prepareOne(request, n, 0, NOW_MS, 'value');
    keyspace.strings.reply(access.at(0), reply);
    access.release();
    return reply.length - before;
  });
}

/** Hashes and looks up the first `length` bytes of a key: all of them, or fewer for a key that is not there. */
function finding({ store, request }: FilledStore, n: number, length: number): number {
  const { hasher, index } = store;
  const start = request.start(n);
  hasher.hash(request.view, start, length);
  const slotAt = SlotTables.at(0, hasher.slot);
  return index.find(slotAt, hasher.position, hasher.check, request.view, start, length) === 0 ? 0 : 1;
}

const few = 1000;
const million = 1_000_000;
export const storageBenchmarks: readonly MicroBenchmark[] = [
  { name: 'tiers: free and allocate 112 bytes, one thread', sizes: SIZES, setup: () => allocating(104, 1024) },
  {
    name: 'tiers: free and allocate 112 bytes, 1M live',
    sizes: { smoke: 1000, full: 2 ** 20 },
    setup: () => allocating(104, 2 ** 20),
  },
  { name: 'tiers: hash a key of 16 bytes', sizes: SIZES, setup: () => hashing(16) },
  { name: 'tiers: hash a key of 100 bytes', sizes: SIZES, setup: () => hashing(100) },
  ...[few, million].flatMap((count): MicroBenchmark[] => [
    {
      name: `tiers: hash and find a key that is there, of ${count}`,
      sizes: SIZES,
      setup: () => onKeys(count, 1, (filled, n) => finding(filled, n, KEY_BYTES)),
    },
    {
      name: `tiers: hash and find a key that is not there, of ${count}`,
      sizes: SIZES,
      setup: () => onKeys(count, 0, (filled, n) => finding(filled, n, KEY_BYTES - 1)),
    },
    { name: `engine: GET of 64 bytes, ${count} keys`, sizes: SIZES, setup: () => replying(count) },
    {
      name: `engine: SET of 64 bytes over another, ${count} keys`,
      sizes: SIZES,
      setup: () =>
        onKeys(count, 1, (filled, n) => {
          filled.set(n);
          return 1;
        }),
    },
  ]),
];
