import { SeededRandom } from '../../../../tiers/policy/random.ts';
import type { Region } from '../string-values.ts';
import { countElements } from './cardinality.ts';
import { getRegister, setRegister } from './dense.ts';
import { CORRUPT, HyperLogLogDraft } from './draft.ts';
import { locateElement, rankOf, registerOf } from './hash.ts';
import { HLL_REGISTERS } from './layout.ts';

const ROUNDS = 20;
const ELEMENTS = 100_000;
const ELEMENT_BYTES = 8;
/** The standard error of 2^14 registers, and how many of them an estimate may be off. */
const STANDARD_ERROR = 1.04 / Math.sqrt(HLL_REGISTERS);
const ERRORS_ALLOWED = 6;
/** Beyond this a sparse value is dense, as `hll-sparse-max-bytes` has it by default. */
const SPARSE_MAX_BYTES = 3000;

/** What PFSELFTEST checks, in some 50 ms: that registers hold what is written to them, and that estimates are close. What is wrong, if anything. */
export function checkHyperLogLog(seed: number): string | undefined {
  return checkRegisters(new SeededRandom(seed)) ?? checkEstimates(new SeededRandom(seed));
}

function checkRegisters(random: SeededRandom): string | undefined {
  const view = new DataView(new ArrayBuffer((HLL_REGISTERS * 6) / 8));
  const written = new Uint8Array(HLL_REGISTERS);
  for (let round = 0; round < ROUNDS; round++) {
    for (let register = 0; register < HLL_REGISTERS; register++) {
      written[register] = random.bits() & 63;
      setRegister(view, 0, register, written[register] ?? 0);
    }
    for (const [register, value] of written.entries()) {
      const found = getRegister(view, 0, register);
      if (found !== value) return `Register ${register} should be ${value} but is ${found}`;
    }
  }
  return undefined;
}

/** Adds elements to a dense and to a sparse value, and compares both estimates with the truth at every power of ten. */
function checkEstimates(random: SeededRandom): string | undefined {
  const dense = new HyperLogLogDraft();
  const sparse = new HyperLogLogDraft();
  dense.clear();
  dense.makeDense();
  sparse.clear();
  const element = new DataView(new ArrayBuffer(ELEMENT_BYTES));
  const salt = random.bits();
  for (let n = 1, checkpoint = 1; n <= ELEMENTS; n++) {
    element.setInt32(0, n, true);
    element.setInt32(4, salt, true);
    const location = locateElement(element, 0, ELEMENT_BYTES);
    const register = registerOf(location);
    const rank = rankOf(location);
    dense.raise(register, rank, SPARSE_MAX_BYTES);
    if (sparse.raise(register, rank, SPARSE_MAX_BYTES) === CORRUPT) return 'a sparse value is corrupt';
    if (n !== checkpoint) continue;
    checkpoint *= 10;
    const estimate = countElements(regionOf(dense));
    if (estimate !== countElements(regionOf(sparse))) return 'dense/sparse disagree';
    const error = Math.abs(n - Number(estimate));
    // Small sets are counted almost exactly; a register that two elements share is still no failure.
    if (error > Math.ceil(STANDARD_ERROR * ERRORS_ALLOWED * n) + 1) return `Too big error. card:${n} abserr:${error}`;
  }
  return undefined;
}

function regionOf({ bytes, length }: HyperLogLogDraft): Region {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, length), bytes, offset: 0, length };
}
