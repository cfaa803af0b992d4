import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Request } from '../../protocol/resp/request.ts';
import { SEGMENT_BYTES } from '../../tiers/base/limits.ts';
import { writeSeed } from '../../tiers/index/hash.ts';
import { SlotTables } from '../../tiers/index/slot-tables.ts';
import { StoreView } from '../../tiers/index/store-view.ts';
import { OBJECT_HEADER_BYTES, OBJECT_TYPE } from '../../tiers/memory/object.ts';
import { testMemory } from '../../tiers/testing/memory.ts';
import { ENCODING_TREE, ROOT_HEIGHT, rootOffset } from '../../tiers/tree/layout.ts';
import { Slice } from '../../tiers/tree/slice.ts';
import { fromRequest } from '../types/hash/shared-hashes.ts';
import { SharedKeyAccess } from './key-access.ts';
import { VALUE_SET } from './key-ref.ts';
import { MemberPrefetcher } from './member-prefetcher.ts';
import { ObjectWriter } from './object-writer.ts';
import { SharedKeyspace } from './shared-keyspace.ts';

const SEED = Number(process.env.STRATAKV_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const NOW_MS = 1_800_000_000_000;
/** What is written of an object. */
const OBJECT_BYTES = 160;

function random(from: number): (limit: number) => number {
  let state = from | 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

function openStore(): StoreView {
  const memory = testMemory(2 ** 26);
  writeSeed(memory, { a: 1, b: 2, c: 3 });
  new SlotTables(memory, 0).initialise();
  return new StoreView({ memory, thread: 0, tiered: false });
}

test('whatever memory says, nothing is read outside of it', (context) => {
  context.diagnostic(`seed ${SEED}`);
  const below = random(SEED);
  const store = openStore();
  const members = new MemberPrefetcher(store, 16);
  const view = store.arena.tryView(0);
  assert.ok(view);
  const requests = Array.from({ length: 16 }, (_, n) =>
    Request.of(['sadd', 'key', `member-${n}`].map((word) => Buffer.from(word))),
  );
  // Where objects and nodes can be, up to the last byte; handles lead there, and beyond.
  const places = Array.from({ length: 64 }, (_, n) =>
    n < 8 ? SEGMENT_BYTES - 16 * (n + 1) : below(SEGMENT_BYTES / 16) * 16,
  );
  const handle = (): number => (below(4) === 0 ? below(2 ** 32) : (places[below(places.length)] ?? 0) / 16);
  let ways = 0;
  for (let round = 0; round < 300; round++) {
    for (const place of places) {
      // Whatever it is, an object or a node: handles, small numbers, and anything.
      for (let at = place; at < Math.min(place + OBJECT_BYTES, SEGMENT_BYTES - 4); at += 4) {
        view.setUint32(at, below(3) === 0 ? handle() : below(2) === 0 ? below(4000) : below(2 ** 32), true);
      }
      // Half of them are much like a set with a root: its key has 8 bytes, its tree up to three levels.
      if (below(2) === 0 || place + OBJECT_BYTES > SEGMENT_BYTES) continue;
      view.setUint16(place, 8, true);
      view.setUint16(place + OBJECT_TYPE, VALUE_SET | (ENCODING_TREE << 4), true);
      view.setUint8(place + OBJECT_HEADER_BYTES + 8 + rootOffset(0) + ROOT_HEIGHT, 1 + below(3));
    }
    for (const [i, request] of requests.entries()) {
      if (members.begin(i, request, view, places[below(places.length)] ?? 0)) ways++;
    }
    members.run(requests, requests.length);
  }
  assert.ok(ways > 300, `${ways} ways were walked`);
});

test('what is begun is the way to the member of a set, and its hash the one that orders members', () => {
  const store = openStore();
  const writer = new ObjectWriter(store);
  const access = new SharedKeyAccess(store, writer, undefined);
  const keyspace = new SharedKeyspace(store, writer, access, undefined);
  const request = Request.of(['sadd', 'key', 'member:77'].map((word) => Buffer.from(word)));
  access.prepareOne(request, 1, 0, NOW_MS, 'value');
  const ref = access.at(0);
  for (let n = 0; n < 2000; n++) keyspace.sets.add(ref, Slice.of(Buffer.from(`member:${n}`)), 512);
  const members = new MemberPrefetcher(store, 1);
  const handle = ref.handle as Parameters<typeof store.arena.view>[0];
  assert.ok(members.begin(0, request, store.arena.view(handle), store.arena.offset(handle)));
  members.run([request], 1);
  assert.ok(request.memberHashed);
  const known = fromRequest(new Slice(), request, 2);
  assert.equal(known.hashed, true);
  assert.ok(keyspace.sets.has(ref, known));
  // The hash that was worked out is what the search goes by: with another one the way leads elsewhere.
  known.hash = ~request.memberHash;
  assert.ok(!keyspace.sets.has(ref, known));
  access.release();
});
