import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeyHasher } from '../../index/hash.ts';
import { Allocator, usedBytes } from '../../memory/allocator.ts';
import { testMemory } from '../../testing/memory.ts';
import type { TreeHost } from '../host.ts';
import { ORDER_BYTES, ORDER_HASH, ORDER_POSITION, ROOT_BYTES, type TreeShape } from '../layout.ts';
import { positionEntryBytes, writeBackLength, writeLength } from '../pack.ts';
import { Slice } from '../slice.ts';
import { Tree } from '../tree.ts';
import { verifyTree } from '../verify.ts';
import { visitBlocks } from '../walk.ts';
import { orderOf, reorder } from './radix.ts';
import { StagedEntries } from './staged-entries.ts';
import { TreeBuilder } from './tree-builder.ts';

const KIND = 5;
const seed = { a: 1, b: 2, c: 3 };

const host: TreeHost = {
  resizeFlat: () => assert.fail('a TREE'),
  spread: () => assert.fail('a TREE'),
  touched: () => {},
  fetchPieces: () => assert.fail('all of it is in RAM'),
  dropPiece: () => assert.fail('nothing is on disk'),
  noMemory: () => assert.fail('there is memory'),
};

/** Memory, a builder, and the root that it writes. */
function bench(shape: TreeShape) {
  const memory = testMemory(64 * 1024 * 1024, 1);
  const allocator = new Allocator(memory, 0);
  const control = new DataView(memory.control);
  const root = new DataView(new ArrayBuffer(ROOT_BYTES));
  const builder = new TreeBuilder(allocator, shape, () => {
    throw new Error('no memory');
  });
  builder.begin(KIND);
  const tree = new Tree(allocator, new KeyHasher(seed), shape, host);
  const finish = (): Tree => {
    builder.finish(root, 0);
    verifyTree(allocator, seed, shape, root, 0);
    tree.openRoot(root, 0, KIND);
    return tree;
  };
  const free = (): void => visitBlocks(allocator, root, 0, (node) => allocator.free(node, KIND));
  return { allocator, builder, finish, free, used: () => usedBytes(control) };
}

const words = fc.array(fc.string({ maxLength: 12 }), { minLength: 1, maxLength: 400 });
const textHere = (tree: Tree): string =>
  Buffer.from(tree.leafBytes.slice(tree.keyAt, tree.keyAt + tree.keyLength)).toString();

test('numbers come in the order of their keys, equal ones as they were', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(40), fc.nat(2 ** 32 - 1)), { maxLength: 300 }), (keys) => {
      const sorted = keys.map((key, n) => [key, n] as const).sort(([a, m], [b, n]) => a - b || m - n);
      const order = orderOf(Uint32Array.from(keys), keys.length);
      assert.deepEqual(
        [...order],
        sorted.map(([, n]) => n),
      );
    }),
  );
  const byTwo = reorder(reorder(Uint32Array.of(0, 1, 2, 3), Uint32Array.of(3, 1, 2, 0)), Uint32Array.of(1, 0, 1, 0));
  assert.deepEqual([...byTwo], [3, 1, 2, 0]);
});

for (const valued of [true, false]) {
  test(`by hash, ${valued ? 'with' : 'without'} values: each key once, found, and changed afterwards`, () => {
    const shape: TreeShape = { order: ORDER_HASH, valued, fixedKeys: false, leafBytes: 256 };
    fc.assert(
      fc.property(words, (keys) => {
        const { builder, finish, free, used } = bench(shape);
        const before = used();
        const staged = new StagedEntries(new KeyHasher(seed));
        for (const [n, key] of keys.entries()) {
          staged.add(Slice.of(Buffer.from(key)), valued ? Slice.of(Buffer.from(`value ${n}`)) : undefined);
        }
        const different = new Set(keys);
        assert.equal(staged.dropRepeated(), keys.length - different.size);
        assert.equal(staged.count, different.size);
        const pack = new Uint8Array(staged.packBytes);
        assert.equal(staged.writePack(new DataView(pack.buffer), pack, 0), pack.length);
        const again = new StagedEntries(new KeyHasher(seed));
        again.addPack(new DataView(pack.buffer), pack, 0, pack.length, valued);
        const inOrder: string[] = [];
        again.every(new Slice(), (key) => inOrder.push(key.copy().toString()) > 0);
        assert.deepEqual(inOrder, [...different]);
        staged.emit(builder);
        const tree = finish();
        assert.equal(tree.count, different.size);
        for (const key of different) {
          assert.ok(tree.find(Slice.of(Buffer.from(key))), key);
          if (!valued) continue;
          const value = Buffer.from(tree.leafBytes.slice(tree.valueAt, tree.valueAt + tree.valueLength)).toString();
          assert.equal(value, `value ${keys.indexOf(key)}`);
        }
        for (let n = 0; n < 50; n++) {
          const key = Slice.of(Buffer.from(`another key ${n}`));
          if (!tree.find(key)) tree.insert(key, 3);
        }
        for (const key of different) if (tree.find(Slice.of(Buffer.from(key)))) tree.remove();
        free();
        assert.equal(used(), before);
      }),
      { numRuns: 60 },
    );
  });
}

test('by bytes, long keys that begin alike too', () => {
  const shape: TreeShape = { order: ORDER_BYTES, valued: false, fixedKeys: false, leafBytes: 256 };
  fc.assert(
    fc.property(words, (some) => {
      const keys = [...new Set(some.flatMap((word) => [word, `the very same beginning of all ${word}`]))];
      const sorted = keys.map((key) => Buffer.from(key)).sort(Buffer.compare);
      const { builder, finish } = bench(shape);
      for (const key of sorted) {
        const at = builder.room(1 + key.length, 0);
        builder.bytes.set(key, writeLength(builder.view, at, key.length));
      }
      const tree = finish();
      for (const [n, key] of sorted.entries()) {
        assert.ok(tree.find(Slice.of(key)));
        assert.equal(tree.rank(), n);
        assert.ok(tree.seek(n));
        assert.equal(textHere(tree), key.toString());
      }
    }),
    { numRuns: 60 },
  );
});

test('by position, many and large ones', () => {
  const shape: TreeShape = { order: ORDER_POSITION, valued: false, fixedKeys: false, leafBytes: 512 };
  const { builder, finish, free, used } = bench(shape);
  const before = used();
  const texts = Array.from({ length: 20_000 }, (_, n) => (n % 997 === 0 ? 'x'.repeat(3000) : `element ${n}`));
  for (const text of texts) {
    const bytes = Buffer.from(text);
    const at = builder.room(positionEntryBytes(bytes.length), 0);
    const from = writeLength(builder.view, at, bytes.length);
    builder.bytes.set(bytes, from);
    writeBackLength(builder.view, from + bytes.length, bytes.length);
  }
  const tree = finish();
  assert.equal(tree.count, texts.length);
  let n = 0;
  for (let more = tree.first(); more; more = tree.next()) assert.equal(textHere(tree), texts[n++]);
  for (let more = tree.last(); more; more = tree.previous()) assert.equal(textHere(tree), texts[--n]);
  free();
  assert.equal(used(), before);
});

test('what is discarded gives its memory back', () => {
  const shape: TreeShape = { order: ORDER_POSITION, valued: false, fixedKeys: false, leafBytes: 512 };
  const { builder, used } = bench(shape);
  const before = used();
  for (let n = 0; n < 1000; n++) builder.view.setUint16(builder.room(2, 0), 0);
  assert.ok(used() > before);
  builder.discard();
  assert.equal(used(), before);
});
