import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { KeyHasher } from '../index/hash.ts';
import { Allocator, usedBytes } from '../memory/allocator.ts';
import { asHandle, type Handle } from '../memory/handle.ts';
import { testMemory } from '../testing/memory.ts';
import { copyLeaf, initialiseFlat, initialiseTree, plant } from './build.ts';
import type { TreeHost } from './host.ts';
import {
  ORDER_BYTES,
  ORDER_HASH,
  ORDER_POSITION,
  ROOT_NODE,
  rootOffset,
  type TreeShape,
  treeValueBytes,
} from './layout.ts';
import { Slice } from './slice.ts';
import { Tree } from './tree.ts';
import { verifyTree } from './verify.ts';
import { freeSome, visitBlocks } from './walk.ts';

const SEED = Number(process.env.STRATAKV_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const KIND = 5;
const seed = { a: 1, b: 2, c: 3 };

/** A collection whose object is a block of its own, without key and header. */
class Bench implements TreeHost {
  readonly allocator: Allocator;
  readonly control: DataView;
  readonly tree: Tree;
  private object: Handle;
  private isTree = false;

  constructor(shape: TreeShape) {
    const memory = testMemory(256 * 1024 * 1024, 1);
    this.control = new DataView(memory.control);
    this.allocator = new Allocator(memory, 0);
    this.tree = new Tree(this.allocator, new KeyHasher(seed), shape, this);
    this.object = this.allocator.allocate(64, KIND);
    initialiseFlat(this.view, this.at);
    this.reopen();
  }

  get view(): DataView {
    return this.allocator.arena.view(this.object);
  }

  get bytes(): Uint8Array {
    return this.allocator.arena.bytes(this.object);
  }

  get at(): number {
    return this.allocator.arena.offset(this.object);
  }

  reopen(): void {
    if (this.isTree) this.tree.openRoot(this.view, this.at + rootOffset(0), KIND);
    else this.tree.openFlat(this.view, this.bytes, this.at);
  }

  resizeFlat(_tree: Tree, bytes: number): void {
    if (bytes <= this.allocator.capacity(this.object)) return;
    const old = this.object;
    const fresh = this.allocator.allocate(bytes, KIND);
    const kept = this.allocator.capacity(old);
    this.allocator.arena.bytes(fresh).copyWithin(this.allocator.arena.offset(fresh), this.at, this.at + kept);
    this.object = fresh;
    this.allocator.free(old, KIND);
    this.reopen();
  }

  /** Makes the empty collection a TREE without entries. */
  spreadNow(): void {
    this.allocator.free(this.object, KIND);
    this.object = this.allocator.allocate(treeValueBytes(1, 0), KIND);
    initialiseTree(this.view, this.bytes, this.at, 1, 0);
    this.isTree = true;
    this.reopen();
  }

  spread(): void {
    const leaf = copyLeaf(this.allocator, this.view, this.bytes, this.at, KIND);
    this.allocator.free(this.object, KIND);
    this.object = this.allocator.allocate(treeValueBytes(1, 0), KIND);
    initialiseTree(this.view, this.bytes, this.at, 1, 0);
    plant(this.allocator, this.view, this.at, 0, leaf);
    this.isTree = true;
    this.reopen();
  }

  touched(): void {}

  fetchPieces(): never {
    throw new Error('nothing is on disk');
  }

  dropPiece(): void {
    throw new Error('nothing is on disk');
  }

  noMemory(): never {
    throw new Error('out of memory');
  }

  verify(): void {
    if (this.isTree) verifyTree(this.allocator, seed, this.tree.shape, this.view, this.at + rootOffset(0));
  }

  /** Everything but the object itself is freed. */
  clear(): void {
    if (!this.isTree) return;
    visitBlocks(this.allocator, this.view, this.at + rootOffset(0), (node) => this.allocator.free(node, KIND));
    this.view.setUint32(this.at + rootOffset(0) + ROOT_NODE, 0, true);
    assert.equal(usedBytes(this.control), this.allocator.capacity(asHandle(this.object)));
  }
}

class Random {
  private state: number;
  constructor(from: number) {
    this.state = from | 1;
  }
  below(limit: number): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return (x >>> 0) % limit;
  }
}

function keyText(tree: Tree): string {
  return Buffer.from(tree.leafBytes.slice(tree.keyAt, tree.keyAt + tree.keyLength)).toString('latin1');
}

function valueText(tree: Tree): string {
  return Buffer.from(tree.leafBytes.slice(tree.valueAt, tree.valueAt + tree.valueLength)).toString('latin1');
}

const slice = (text: string): Slice => Slice.of(Buffer.from(text, 'latin1'));

function anyValue(random: Random): string {
  const dice = random.below(200);
  return 'v'.repeat(dice === 0 ? random.below(70_000) : dice < 6 ? random.below(3000) : random.below(30));
}

function keyedFuzz(
  context: TestContext,
  shape: TreeShape,
  keys: number,
  operations: number,
  keyOf: (n: number) => string,
): void {
  context.diagnostic(`seed ${SEED}`);
  const random = new Random(SEED);
  const bench = new Bench(shape);
  const { tree } = bench;
  const model = new Map<string, string>();
  const sorted = (): string[] =>
    [...model.keys()].sort((a, b) => Buffer.compare(Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1')));
  const write = (value: string): void => {
    tree.leafBytes.set(Buffer.from(value, 'latin1'), tree.valueAt);
    tree.changed();
  };
  for (let n = 0; n < operations; n++) {
    // Grows in the first half, shrinks in the second.
    const growing = n < operations / 2;
    const key = keyOf(random.below(keys));
    bench.reopen();
    const found = tree.find(slice(key));
    assert.equal(found, model.has(key), `find ${key}`);
    if (found) assert.equal(keyText(tree), key);
    if (found && shape.valued) assert.equal(valueText(tree), model.get(key));
    const dice = random.below(100);
    if (found && dice < (growing ? 20 : 80)) {
      const order = shape.order === ORDER_BYTES && n % 64 === 0 ? sorted() : undefined;
      const at = order?.indexOf(key) ?? 0;
      const stands = tree.remove();
      if (stands && order !== undefined) assert.equal(keyText(tree), order[at + 1]);
      model.delete(key);
    } else if (found && shape.valued) {
      const before = model.get(key) ?? '';
      const value = anyValue(random);
      tree.resizeValue(value.length);
      assert.equal(valueText(tree).slice(0, Math.min(before.length, value.length)), before.slice(0, value.length));
      write(value);
      model.set(key, value);
    } else if (!found && dice < (growing ? 95 : 20)) {
      const value = shape.valued ? anyValue(random) : '';
      tree.insert(slice(key), value.length);
      assert.equal(keyText(tree), key);
      if (shape.valued) write(value);
      model.set(key, value);
    }
    assert.equal(tree.count, model.size);
    if (n % 997 === 0 || n === operations - 1) {
      bench.verify();
      bench.reopen();
      const seen: string[] = [];
      for (let more = tree.first(); more; more = tree.next()) seen.push(keyText(tree));
      const back: string[] = [];
      for (let more = tree.last(); more; more = tree.previous()) back.push(keyText(tree));
      assert.deepEqual(back.reverse(), seen);
      if (shape.order === ORDER_BYTES) {
        const expected = sorted();
        assert.deepEqual(seen, expected);
        const probe = keyOf(random.below(keys));
        const at = expected.findIndex(
          (each) => Buffer.compare(Buffer.from(each, 'latin1'), Buffer.from(probe, 'latin1')) >= 0,
        );
        assert.equal(tree.lowerBound(slice(probe)), at >= 0);
        if (at >= 0) assert.equal(tree.rank(), at);
        if (at >= 0) assert.equal(keyText(tree), expected[at]);
      } else {
        assert.equal(new Set(seen).size, model.size);
        for (const key of seen) assert.ok(model.has(key));
        if (!tree.isFlat) {
          const scanned: string[] = [];
          for (let hash = 0; hash < 2 ** 32; hash = tree.scanEnd()) {
            if (!tree.scanFrom(hash)) break;
            do scanned.push(keyText(tree));
            while (tree.nextInLeaf());
          }
          assert.deepEqual(scanned.sort(), [...seen].sort());
        }
      }
      if (model.size > 0) {
        const rank = random.below(model.size);
        assert.ok(tree.seek(rank));
        assert.equal(tree.rank(), rank);
        assert.equal(keyText(tree), seen[rank]);
      }
    }
  }
  bench.clear();
}

const small = (order: TreeShape['order'], valued: boolean, fixedKeys = false): TreeShape => ({
  order,
  valued,
  fixedKeys,
  leafBytes: 512,
});

test('by hash with values: agrees with a Map', (context) => {
  keyedFuzz(context, small(ORDER_HASH, true), 4000, 40_000, (n) => `field:${n}`);
});

test('by hash: one large value among very many small entries', () => {
  const bench = new Bench(small(ORDER_HASH, true));
  const { tree } = bench;
  for (let n = 0; n < 160; n++) {
    bench.reopen();
    assert.equal(tree.find(slice(`${n}`)), false);
    tree.insert(slice(`${n}`), 0);
  }
  assert.equal(tree.isFlat, true);
  for (let n = 0; n < 20; n++) {
    bench.reopen();
    assert.equal(tree.find(slice(`large ${n}`)), false);
    tree.insert(slice(`large ${n}`), 9000);
    bench.verify();
  }
  assert.equal(tree.count, 180);
  bench.clear();
});

test('by hash without values, many levels', (context) => {
  keyedFuzz(
    context,
    { order: ORDER_HASH, valued: false, fixedKeys: false, leafBytes: 64 },
    30_000,
    90_000,
    (n) => `m${n}`,
  );
});

test('by bytes, keys of any length with long common beginnings', (context) => {
  keyedFuzz(
    context,
    small(ORDER_BYTES, false),
    3000,
    30_000,
    (n) => `${'user:session:'.repeat(n % 4)}${'\0'.repeat(n % 3)}${n % 700}${n % 2 ? 'x' : ''}`,
  );
});

test('by bytes, keys of one length, with values', (context) => {
  keyedFuzz(context, small(ORDER_BYTES, true, true), 4000, 40_000, (n) => `id-${String(n).padStart(12, '0')}`);
});

test('by bytes, entries that all take as many bytes', (context) => {
  const shape = { order: ORDER_BYTES, valued: false, fixedKeys: true, leafBytes: 512, entryBytes: 1 + 15 } as const;
  keyedFuzz(context, shape, 4000, 20_000, (n) => `id-${String(n).padStart(12, '0')}`);
});

test('by position: agrees with an array', (context) => {
  context.diagnostic(`seed ${SEED}`);
  const random = new Random(SEED);
  const bench = new Bench(small(ORDER_POSITION, false));
  const { tree } = bench;
  const model: string[] = [];
  for (let n = 0; n < 30_000; n++) {
    bench.reopen();
    const growing = n < 18_000;
    const dice = random.below(100);
    if (dice < (growing ? 70 : 25)) {
      const rank = dice % 3 === 0 ? 0 : dice % 3 === 1 ? model.length : random.below(model.length + 1);
      const content = `${n}:${anyValue(random)}`;
      tree.insertAt(rank, slice(content));
      model.splice(rank, 0, content);
      assert.equal(keyText(tree), content);
      assert.equal(tree.rank(), rank);
    } else if (dice < 97 && model.length > 0) {
      const rank = dice % 3 === 0 ? 0 : dice % 3 === 1 ? model.length - 1 : random.below(model.length);
      assert.ok(tree.seek(rank));
      assert.equal(keyText(tree), model[rank]);
      const stands = tree.remove();
      model.splice(rank, 1);
      if (stands) assert.equal(keyText(tree), model[rank]);
    } else if (model.length > 0) {
      const rank = random.below(model.length);
      const count = random.below(growing ? 5 : 60);
      tree.removeRange(rank, count);
      model.splice(rank, count);
    }
    assert.equal(tree.count, model.length);
    if (n % 499 === 0) {
      bench.verify();
      bench.reopen();
      const seen: string[] = [];
      for (let more = tree.first(); more; more = tree.next()) seen.push(keyText(tree));
      assert.deepEqual(seen, model);
      const back: string[] = [];
      for (let more = tree.last(); more; more = tree.previous()) back.push(keyText(tree));
      assert.deepEqual(back.reverse(), model);
    }
  }
  bench.clear();
});

test('a queue of a million leaves full leaves, and frees what it passes', () => {
  const bench = new Bench({ order: ORDER_POSITION, valued: false, fixedKeys: false, leafBytes: 4096 });
  const { tree } = bench;
  const content = slice('element:00000000');
  for (let n = 0; n < 1_000_000; n++) tree.insertAt(tree.count, content);
  bench.verify();
  assert.ok(tree.blockBytes < 1_000_000 * 19, `18 bytes an entry, ${tree.blockBytes / 1e6} used`);
  for (let n = 0; n < 999_990; n++) {
    tree.first();
    tree.remove();
  }
  bench.verify();
  assert.ok(tree.blockBytes < 6000);
  bench.clear();
});

test('what comes in front of a list leaves full leaves, and so does what comes behind after it', () => {
  const bench = new Bench({ order: ORDER_POSITION, valued: false, fixedKeys: false, leafBytes: 1016 });
  const { tree } = bench;
  const content = slice('element:00000000');
  for (let n = 0; n < 100_000; n++) tree.insertAt(0, content);
  bench.verify();
  assert.ok(tree.blockBytes < 100_000 * 19, `18 bytes an entry, ${tree.blockBytes / 1e5} used`);
  for (let n = 0; n < 99_990; n++) {
    tree.last();
    tree.remove();
  }
  for (let n = 0; n < 100_000; n++) tree.insertAt(tree.count, content);
  bench.verify();
  assert.ok(tree.blockBytes < 100_000 * 19, `18 bytes an entry, ${tree.blockBytes / 1e5} used`);
  bench.clear();
});

test('a list that comes and goes at both ends agrees with an array', (context) => {
  context.diagnostic(`seed ${SEED}`);
  const random = new Random(SEED);
  const bench = new Bench(small(ORDER_POSITION, false));
  const { tree } = bench;
  const model: string[] = [];
  // What is likely changes from time to time: to push or pop, in front or behind.
  let pushes = 90;
  let fronts = 90;
  for (let n = 0; n < 30_000; n++) {
    if (n % 300 === 0) {
      pushes = model.length > 600 ? 10 : 10 + random.below(81);
      fronts = random.below(101);
    }
    const front = random.below(100) < fronts;
    bench.reopen();
    if (random.below(100) < pushes) {
      const content = 'x'.repeat(random.below(40)) + n;
      const rank = front ? 0 : model.length;
      tree.insertAt(rank, slice(content));
      model.splice(rank, 0, content);
      assert.equal(keyText(tree), content);
    } else if (random.below(50) === 0) {
      const count = random.below(50);
      tree.removeRange(front ? 0 : Math.max(0, model.length - count), count);
      model.splice(front ? 0 : Math.max(0, model.length - count), count);
    } else if (model.length > 0) {
      assert.ok(front ? tree.first() : tree.last());
      assert.equal(keyText(tree), front ? model.shift() : model.pop());
      const stands = tree.remove();
      if (stands) assert.equal(keyText(tree), model[0]);
    }
    assert.equal(tree.count, model.length);
    if (n % 97 === 0) {
      bench.verify();
      bench.reopen();
      const seen: string[] = [];
      for (let more = tree.first(); more; more = tree.next()) seen.push(keyText(tree));
      assert.deepEqual(seen, model);
    }
  }
  bench.clear();
});

test('keys that come in order leave full leaves', () => {
  const bench = new Bench({ order: ORDER_BYTES, valued: true, fixedKeys: true, leafBytes: 2048 });
  const { tree } = bench;
  for (let n = 0; n < 100_000; n++) {
    const key = slice(`id-${String(n).padStart(12, '0')}`);
    tree.find(key);
    tree.insert(key, 8);
  }
  bench.verify();
  assert.ok(tree.blockBytes < 100_000 * 25 * 1.1, `25 bytes an entry, ${tree.blockBytes / 1e5} used`);
  bench.clear();
});

test('an empty tree has no lower bound', () => {
  const bench = new Bench({ order: ORDER_BYTES, valued: true, fixedKeys: true, leafBytes: 512 });
  const { tree } = bench;
  bench.spreadNow();
  assert.equal(tree.lowerBound(slice('k')), false);
  tree.find(slice('k'));
  tree.insert(slice('k'), 4);
  assert.equal(tree.lowerBound(slice('a')), true);
  tree.remove();
  assert.equal(tree.lowerBound(slice('a')), false);
  assert.equal(tree.find(slice('a')), false);
  bench.clear();
});

test('a value that grows at its end keeps what it has, alone in its leaf and among others', () => {
  const bench = new Bench({ order: ORDER_BYTES, valued: true, fixedKeys: true, leafBytes: 1024 });
  const { tree } = bench;
  bench.spreadNow();
  for (const key of ['a', 'b', 'c', 'd']) {
    let wanted = '';
    tree.find(slice(key));
    tree.insert(slice(key), 0);
    while (wanted.length < 700) {
      wanted += String.fromCharCode(97 + (wanted.length % 26)).repeat(1 + (wanted.length % 5));
      const before = tree.valueLength;
      tree.resizeValue(wanted.length);
      tree.leafBytes.set(Buffer.from(wanted.slice(before)), tree.valueAt + before);
      assert.equal(valueText(tree), wanted);
    }
  }
  bench.verify();
  bench.clear();
});

test('a large tree is freed in bounded steps', () => {
  const bench = new Bench({ order: ORDER_HASH, valued: false, fixedKeys: false, leafBytes: 256 });
  const { tree } = bench;
  for (let n = 0; n < 50_000; n++) {
    const key = slice(`m${n}`);
    tree.find(key);
    tree.insert(key);
  }
  const before = usedBytes(bench.control);
  // freeSome wants an object: a header without a key in front of the value.
  const object = bench.allocator.allocate(24 + treeValueBytes(1, 0), KIND);
  const view = bench.allocator.arena.view(object);
  const at = bench.allocator.arena.offset(object);
  for (let i = 0; i < 24; i++) view.setUint8(at + i, 0);
  view.setUint8(at + 2, KIND | (8 << 4));
  const value = new Uint8Array(bench.bytes.buffer, bench.bytes.byteOffset);
  bench.allocator.arena.bytes(object).set(value.slice(bench.at, bench.at + treeValueBytes(1, 0)), at + 24);
  let steps = 0;
  let last = before;
  while (!freeSome(bench.allocator, view, at, 100)) {
    const now = usedBytes(bench.control);
    assert.ok(last - now <= 101 * 4352, 'a step frees about as much as it may');
    last = now;
    steps++;
    assert.ok(steps < 10_000);
  }
  assert.ok(steps > 10);
  bench.allocator.free(object, KIND);
  bench.view.setUint32(bench.at + rootOffset(0) + ROOT_NODE, 0, true);
  assert.ok(usedBytes(bench.control) < 4096);
});

test('by bytes: an entry gets another key of the same length where its place is in the same leaf', (context) => {
  context.diagnostic(`seed ${SEED}`);
  const random = new Random(SEED);
  const bench = new Bench({ order: ORDER_BYTES, valued: false, fixedKeys: false, leafBytes: 256 });
  const { tree } = bench;
  const keyOf = (rank: number, name: number): string => `${String(rank).padStart(4, '0')}-member${name}`;
  const ranks = new Map<number, number>();
  let moved = 0;
  for (let n = 0; n < 6000; n++) {
    bench.reopen();
    const name = random.below(500);
    const old = ranks.get(name);
    const rank = old === undefined || n % 3 === 0 ? random.below(3000) : Math.max(0, old + random.below(40) - 20);
    if (rank === old) continue;
    if (old !== undefined) {
      assert.ok(tree.find(slice(keyOf(old, name))));
      if (tree.isFlat) assert.ok(tree.findTail(slice(`member${name}`), 5));
      if (tree.replaceKey(slice(keyOf(rank, name)))) {
        assert.equal(keyText(tree), keyOf(rank, name));
        moved++;
      } else {
        assert.ok(!tree.isFlat);
        tree.remove();
        tree.find(slice(keyOf(rank, name)));
        tree.insert(slice(keyOf(rank, name)));
      }
    } else {
      assert.ok(!tree.isFlat || !tree.findTail(slice(`member${name}`), 5));
      assert.ok(!tree.find(slice(keyOf(rank, name))));
      tree.insert(slice(keyOf(rank, name)));
    }
    ranks.set(name, rank);
    if (n % 500 !== 499) continue;
    bench.verify();
    bench.reopen();
    const seen: string[] = [];
    for (let more = tree.first(); more; more = tree.next()) seen.push(keyText(tree));
    assert.deepEqual(seen, [...ranks].map(([each, at]) => keyOf(at, each)).sort());
  }
  assert.ok(moved > 500, `${moved} were moved in place`);
  bench.clear();
});
