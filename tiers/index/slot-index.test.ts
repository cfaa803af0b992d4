import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../test/support/random.ts';
import { Allocator, usedBytes } from '../memory/allocator.ts';
import { type Handle, NULL_HANDLE } from '../memory/handle.ts';
import { KIND_INDEX } from '../memory/layout.ts';
import { headBytes, initialiseObject, objectFlags, objectKeyAt } from '../memory/object.ts';
import type { SharedMemory } from '../memory/shared-memory.ts';
import { BlockLedger } from '../memory/verify-blocks.ts';
import { testMemory } from '../testing/memory.ts';
import {
  ENTRY_EXPIRES,
  ENTRY_FREQUENCY_MASK,
  ENTRY_FREQUENCY_ONE,
  ENTRY_ON_DISK,
  ENTRY_TAG_MASK,
  ENTRY_TAG_SHIFT,
  STATE_COLD,
  STATE_HOT,
  STATE_MASK,
} from './layout.ts';
import { isKeyEntry, SlotIndex } from './slot-index.ts';
import { SlotTables } from './slot-tables.ts';

const KIND = 1;
const SLOT = SlotTables.at(0, 5);

interface Item {
  readonly name: Buffer;
  readonly view: DataView;
  readonly position: number;
  readonly check: number;
  handle: Handle;
  expiry: number;
  frequency: number;
}

/** One slot with its own memory, driven by keys whose hash is drawn at random. */
class Bench {
  readonly memory: SharedMemory;
  readonly allocator: Allocator;
  readonly index: SlotIndex;
  readonly tables: SlotTables;
  readonly items = new Map<number, Item>();
  readonly random: Random;
  private names = 0;

  constructor(limitBytes: number, seed: number) {
    this.memory = testMemory(limitBytes);
    this.allocator = new Allocator(this.memory, 0);
    this.tables = new SlotTables(this.memory, 0);
    this.index = new SlotIndex(this.tables, this.allocator);
    this.random = new Random(seed);
  }

  /** Inserts a fresh key: hot, cold, or cold with an expiry. False when there was no memory. */
  insert(kind: 'hot' | 'cold' | 'expiring', position = (this.random.next() * 2 ** 32) | 0): boolean {
    const id = this.names++;
    const name = Buffer.from(`name:${id}`);
    const view = new DataView(name.buffer, name.byteOffset, name.length);
    const check = (this.random.next() * 2 ** 32) | 0;
    const item: Item = { name, view, position, check, handle: NULL_HANDLE, expiry: -1, frequency: 0 };
    const tag = position & ENTRY_TAG_MASK;
    if (kind === 'hot') {
      item.handle = this.object(name);
      if (item.handle === NULL_HANDLE) return false;
      if (!this.index.insert(SLOT, position, item.handle, tag | STATE_HOT)) {
        this.allocator.free(item.handle, KIND);
        return false;
      }
    } else {
      item.expiry = kind === 'cold' ? -1 : Math.floor(this.random.next() * 2 ** 47);
      const flags = STATE_COLD | ENTRY_ON_DISK | (item.expiry >= 0 ? ENTRY_EXPIRES : 0);
      if (!this.index.insert(SLOT, position, ((check & ~0xf) | 1) >>> 0, tag | flags, item.expiry)) return false;
    }
    this.items.set(id, item);
    return true;
  }

  /** Finds a key and compares all that its entry says. */
  check(item: Item): number {
    const { index } = this;
    const word1 = index.find(SLOT, item.position, item.check, item.view, 0, item.name.length);
    assert.notEqual(word1, 0, 'the key is found');
    assert.equal(word1 >>> ENTRY_TAG_SHIFT, item.position >>> ENTRY_TAG_SHIFT);
    assert.equal((word1 & ENTRY_FREQUENCY_MASK) / ENTRY_FREQUENCY_ONE, item.frequency);
    if (item.handle !== NULL_HANDLE) {
      assert.equal(word1 & STATE_MASK, STATE_HOT);
      assert.equal(index.view.getUint32(index.entry, true), item.handle);
      const entry = index.entry;
      assert.equal(index.findHandle(SLOT, item.position, item.handle), word1);
      assert.equal(index.entry, entry);
    } else {
      assert.equal(word1 & STATE_MASK, STATE_COLD);
      assert.equal((word1 & ENTRY_EXPIRES) !== 0, item.expiry >= 0);
      if (item.expiry >= 0) assert.equal(index.expiryAfter(index.view, index.entry), item.expiry);
    }
    return word1;
  }

  remove(id: number, item: Item): void {
    this.check(item);
    this.index.remove(SLOT, item.position);
    if (item.handle !== NULL_HANDLE) this.allocator.free(item.handle, KIND);
    this.items.delete(id);
    assert.equal(this.index.find(SLOT, item.position, item.check, item.view, 0, item.name.length), 0);
  }

  /** Walks the slot page by page: every key once, tags never smaller than those of an earlier page. */
  walkAll(): Set<number> {
    const found = new Set<number>();
    const { index } = this;
    let last = -1;
    for (let p = 0; p < 2 ** 32 && index.walk(SLOT, p); p = index.nextPagePosition(p)) {
      let highest = last;
      for (let at = index.firstEntry; at < index.endOfPage; at += 8) {
        const word1 = index.view.getUint32(at + 4, true);
        if (!isKeyEntry(word1)) continue;
        const word0 = index.view.getUint32(at, true);
        assert.ok(word1 >>> ENTRY_TAG_SHIFT > last, 'pages are in hash order');
        highest = Math.max(highest, word1 >>> ENTRY_TAG_SHIFT);
        found.add((word1 >>> ENTRY_TAG_SHIFT) * 2 ** 29 + (word0 >>> 4));
      }
      last = highest;
    }
    return found;
  }

  entries(): number {
    let entries = 0;
    for (const { expiry } of this.items.values()) entries += expiry >= 0 ? 2 : 1;
    return entries;
  }

  /** The slot is empty, and nothing is in use any more. */
  checkEmpty(): void {
    assert.equal(this.tables.entries(SLOT), 0);
    this.allocator.flushCaches();
    new BlockLedger(this.memory, this.allocator).finish();
    assert.equal(usedBytes(new DataView(this.memory.control)), 0);
  }

  private object(name: Buffer): Handle {
    const flags = objectFlags(name.length, 0, false, 0);
    const handle = this.allocator.allocate(headBytes(flags) + name.length, KIND);
    if (handle === NULL_HANDLE) return handle;
    const view = this.allocator.arena.view(handle);
    const at = this.allocator.arena.offset(handle);
    initialiseObject(view, at, flags, KIND, name.length, 0);
    this.allocator.arena.bytes(handle).set(name, objectKeyAt(view, at));
    return handle;
  }
}

function newBench(limitBytes: number, report: (line: string) => void): Bench {
  const seed = Math.floor(Math.random() * 2 ** 31);
  report(`seed ${seed}`);
  return new Bench(limitBytes, seed);
}

const kinds = ['hot', 'cold', 'expiring'] as const;

test('random inserts, finds, removals and dropped expiries agree with a map', (context) => {
  const bench = newBench(2 ** 26, (line) => context.diagnostic(line));
  const { index, random, items } = bench;
  // The slot grows and shrinks by turns.
  for (let phase = 0; phase < 6; phase++) {
    for (let i = 0; i < 4000; i++) {
      const dice = random.next();
      const ids = [...(i % 50 === 0 ? items.keys() : [])];
      if (ids.length > 0) for (const id of ids.slice(0, 20)) bench.check(items.get(id) ?? assert.fail());
      if (dice < (phase % 2 === 0 ? 0.6 : 0.2)) bench.insert(random.pick(kinds));
      else {
        const at = items.keys().next().value;
        const item = at === undefined ? undefined : items.get(at);
        if (at === undefined || item === undefined) continue;
        const word1 = bench.check(item);
        if (dice < 0.7) bench.remove(at, item);
        else if (item.expiry >= 0) {
          index.dropExpiry(SLOT);
          index.view.setInt32(index.entry + 4, word1 & ~ENTRY_EXPIRES, true);
          item.expiry = -1;
        } else if (item.frequency < 3) {
          const entry = index.entry;
          index.find(SLOT, (random.next() * 2 ** 32) | 0, 0, item.view, 0, 0);
          index.goTo(SLOT, item.position, entry);
          index.view.setInt32(index.entry + 4, word1 + ENTRY_FREQUENCY_ONE, true);
          item.frequency++;
        }
        // Oldest first, so that each is visited: it goes to the end.
        if (items.delete(at) && dice >= 0.7) items.set(at, item);
      }
      assert.equal(bench.tables.entries(SLOT), bench.entries());
    }
    assert.equal(bench.walkAll().size, items.size);
  }
  for (const [id, item] of [...items]) bench.remove(id, item);
  bench.checkEmpty();
});

test('a slot grows to 100 000 entries and back, and a walk keeps its place meanwhile', (context) => {
  const bench = newBench(2 ** 27, (line) => context.diagnostic(line));
  const { index, items, random } = bench;
  for (let i = 0; i < 1000; i++) bench.insert('cold');
  const early = [...items.values()].map(({ position, check }) => (position >>> 8) * 2 ** 29 + (check >>> 4));
  const seen = new Set<number>();
  let position = 0;
  let inserted = 1000;
  while (position < 2 ** 32 && index.walk(SLOT, position)) {
    const next = index.nextPagePosition(position);
    for (let at = index.firstEntry; at < index.endOfPage; at += 8) {
      const word1 = index.view.getUint32(at + 4, true);
      if (isKeyEntry(word1)) seen.add((word1 >>> 8) * 2 ** 29 + (index.view.getUint32(at, true) >>> 4));
    }
    position = next;
    for (let i = 0; i < 400 && inserted < 100_000; i++, inserted++) bench.insert(random.chance(0.5) ? 'hot' : 'cold');
  }
  for (const key of early) assert.ok(seen.has(key), 'what was there from the start is seen');
  for (; inserted < 100_000; inserted++) bench.insert(random.chance(0.5) ? 'hot' : 'cold');
  for (const item of items.values()) bench.check(item);
  assert.equal(bench.walkAll().size, items.size);
  const perEntry = usedBytes(new DataView(bench.memory.control), KIND_INDEX) / 100_000;
  context.diagnostic(`${perEntry.toFixed(2)} bytes per entry`);
  assert.ok(perEntry < 14);
  for (const [id, item] of [...items]) bench.remove(id, item);
  bench.checkEmpty();
});

test('without memory an insert fails and changes nothing; all else goes on', (context) => {
  const bench = newBench(2 ** 20, (line) => context.diagnostic(line));
  const { items } = bench;
  let failures = 0;
  for (let i = 0; i < 200_000 && failures < 500; i++) {
    const before = bench.tables.entries(SLOT);
    if (bench.insert(bench.random.pick(kinds))) continue;
    failures++;
    assert.equal(bench.tables.entries(SLOT), before);
  }
  context.diagnostic(`${items.size} keys fitted`);
  assert.ok(failures === 500 && items.size > 100);
  for (const item of items.values()) bench.check(item);
  for (const [id, item] of [...items]) bench.remove(id, item);
  bench.checkEmpty();
});

test('keys of one position live together until a page is full of them', () => {
  const bench = new Bench(2 ** 24, 1);
  for (let i = 0; i < 100; i++) assert.ok(bench.insert(i % 2 === 0 ? 'hot' : 'cold', 0x12345678));
  for (const item of bench.items.values()) bench.check(item);
  for (const [id, item] of [...bench.items]) bench.remove(id, item);
  bench.checkEmpty();
});

test('more keys of one tag than a page holds are refused, not lost', (context) => {
  const bench = newBench(2 ** 24, (line) => context.diagnostic(line));
  const { random, items } = bench;
  let refused = 0;
  for (let i = 0; i < 3000; i++) {
    if (random.chance(0.6)) {
      if (!bench.insert(random.pick(kinds), -1)) refused++;
      continue;
    }
    const [id, item] = random.pick([...items.entries(), [-1, undefined] as const]);
    if (item !== undefined) bench.remove(id, item);
  }
  assert.ok(refused > 0);
  for (const item of items.values()) bench.check(item);
  for (const [id, item] of [...items]) bench.remove(id, item);
  bench.checkEmpty();
});

test('a release frees a slot of any size at once', () => {
  const bench = new Bench(2 ** 24, 2);
  for (let i = 0; i < 20_000; i++) bench.insert('cold');
  bench.index.release(SLOT);
  bench.items.clear();
  bench.checkEmpty();
});
