import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkHyperLogLog } from './check.ts';
import { getRegister, mergeDense, setRegister } from './dense.ts';
import { HyperLogLogDraft } from './draft.ts';
import { locateElement, rankOf, registerOf } from './hash.ts';
import { HLL_DENSE_BYTES, HLL_REGISTERS } from './layout.ts';
import { describeSparse } from './sparse.ts';

const seed = Number(process.env.FUZZ_SEED ?? 20_261_122);
const SPARSE_MAX_BYTES = 3000;

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** MurmurHash64A as its author wrote it down, on 64-bit numbers. */
function murmur64(bytes: Buffer): bigint {
  const multiplier = 0xc6a4a7935bd1e995n;
  const times = (a: bigint): bigint => BigInt.asUintN(64, a * multiplier);
  let hash = 0xadc83b19n ^ times(BigInt(bytes.length));
  const whole = bytes.length & ~7;
  for (let i = 0; i < whole; i += 8) {
    const word = times(bytes.readBigUInt64LE(i));
    hash = times(hash ^ times(word ^ (word >> 47n)));
  }
  let rest = 0n;
  for (let i = bytes.length - 1; i >= whole; i--) rest = (rest << 8n) | BigInt(bytes[i] ?? 0);
  if (whole < bytes.length) hash = times(hash ^ rest);
  hash = times(hash ^ (hash >> 47n));
  return hash ^ (hash >> 47n);
}

test(`the hash in halves is MurmurHash64A, FUZZ_SEED=${seed}`, () => {
  const check = (bytes: Uint8Array): void => {
    const hash = murmur64(Buffer.from(bytes));
    const location = locateElement(viewOf(bytes), 0, bytes.length);
    assert.equal(registerOf(location), Number(hash & 0x3fffn));
    const rest = (hash >> 14n) | (1n << 50n);
    assert.equal(rankOf(location), (rest & -rest).toString(2).length);
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), check), { seed, numRuns: 2000 });
});

test(`dense registers hold what is written, and nothing beside them changes, FUZZ_SEED=${seed}`, () => {
  const registers = new Uint8Array(HLL_DENSE_BYTES - 16 + 2).fill(0xaa);
  const written = new Uint8Array(HLL_REGISTERS);
  const view = viewOf(registers.subarray(1, -1));
  for (let register = 0; register < HLL_REGISTERS; register++) setRegister(view, 0, register, 0);
  const writes = fc.array(fc.tuple(fc.nat(HLL_REGISTERS - 1), fc.nat(63)), { maxLength: 300 });
  fc.assert(
    fc.property(writes, (pairs) => {
      for (const [register, value] of [...pairs, [HLL_REGISTERS - 1, 63] as const]) {
        setRegister(view, 0, register, value);
        written[register] = value;
      }
      for (const [register, value] of written.entries()) assert.equal(getRegister(view, 0, register), value);
      assert.deepEqual([registers[0], registers.at(-1)], [0xaa, 0xaa]);
      const highest = Uint8Array.from(written, (_, register) => (register * 7) & 63);
      const expected = highest.map((value, register) => Math.max(value, written[register] ?? 0));
      mergeDense(view, 0, highest);
      assert.deepEqual(highest, expected);
    }),
    { seed, numRuns: 20 },
  );
});

test('the bytes of a sparse value, as elements come', () => {
  const draft = new HyperLogLogDraft();
  draft.clear();
  const hex = (): string => draft.bytes.toString('hex', 0, draft.length);
  const opcodes = (): string => describeSparse(viewOf(draft.bytes), 16, draft.length);
  //                   H Y L L  1         cardinality      XZERO 16384
  assert.equal(hex(), '48594c4c 01 000000 0000000000000000 7fff'.replaceAll(' ', ''));
  draft.raise(100, 3, SPARSE_MAX_BYTES);
  //                   cached cardinality not valid        Z:100 v:3,1 Z:16283
  assert.equal(hex(), '48594c4c 01 000000 0000000000000080 4063 88 7f9a'.replaceAll(' ', ''));
  draft.raise(101, 3, SPARSE_MAX_BYTES);
  assert.equal(opcodes(), 'Z:100 v:3,2 Z:16282');
  draft.raise(103, 3, SPARSE_MAX_BYTES);
  draft.raise(102, 3, SPARSE_MAX_BYTES);
  assert.equal(opcodes(), 'Z:100 v:3,4 Z:16280');
  draft.raise(101, 5, SPARSE_MAX_BYTES);
  assert.equal(opcodes(), 'Z:100 v:3,1 v:5,1 v:3,2 Z:16280');
  draft.raise(0, 33, SPARSE_MAX_BYTES);
  assert.equal(draft.length, HLL_DENSE_BYTES);
  assert.equal(draft.sparse, false);
});

test('PFSELFTEST finds nothing', () => {
  assert.equal(checkHyperLogLog(seed), undefined);
});
