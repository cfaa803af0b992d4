/**
 * LZF, the compression of RDB strings. A stream is a sequence of
 *
 *     000LLLLL  then L+1 bytes              a run of literals
 *     LLLooooo oooooooo                     L+2 bytes (L = 1..6) from o+1 bytes back
 *     111ooooo LLLLLLLL oooooooo            L+9 bytes from o+1 bytes back
 *
 * The compressor makes the choices of liblzf 3.6 as Redis builds it (2^16 hash slots, its "very fast" hash and steps), so that
 * the output is equal byte for byte.
 */
const HASH_SLOTS = 1 << 16;
const MAX_LITERALS = 32;
const MAX_OFFSET = 1 << 13;
const MAX_MATCH = 264;
/** Matches are compared so far before their permitted length is looked at, if that is longer: liblzf's unrolled loop. */
const UNROLLED = 16;

/** Position + 1 of the last three bytes with each hash, made at first use. Values of earlier calls lie below `epoch`. */
let hashTable: Float64Array | undefined;
let epoch = 0;

function slotOf(input: Uint8Array, at: number): number {
  const three = ((input[at] ?? 0) << 16) | ((input[at + 1] ?? 0) << 8) | (input[at + 2] ?? 0);
  return ((three >>> 8) - three * 5) & (HASH_SLOTS - 1);
}

/** How many bytes match at `from` and `at`, minus 1; the first three are known to. */
function matchLength(input: Uint8Array, from: number, at: number): number {
  const limit = Math.min(input.length - at - 2, MAX_MATCH);
  let length = 2;
  if (limit > UNROLLED) {
    for (let i = 0; i < UNROLLED; i++) {
      length++;
      if (input[from + length] !== input[at + length]) return length - 1;
    }
  }
  do length++;
  while (length < limit && input[from + length] === input[at + length]);
  return length - 1;
}

/**
 * Compresses `input` into `output` and returns how many bytes it took, or 0 when it does not fit there. Inputs of fewer than 4
 * bytes never shrink.
 */
export function lzfCompress(input: Uint8Array, output: Uint8Array): number {
  const inEnd = input.length;
  const outEnd = output.length;
  if (inEnd === 0 || outEnd === 0) return 0;
  hashTable ??= new Float64Array(HASH_SLOTS);
  const table = hashTable;
  const base = epoch;
  epoch += inEnd + 1;
  let at = 0;
  let out = 1;
  let literals = 0;
  while (at < inEnd - 2) {
    const slot = slotOf(input, at);
    const from = (table[slot] ?? 0) - base - 1;
    table[slot] = base + at + 1;
    const offset = at - from - 1;
    // As in liblzf, the very first byte is never referred to.
    const matches =
      from > 0 &&
      offset < MAX_OFFSET &&
      input[from + 2] === input[at + 2] &&
      input[from + 1] === input[at + 1] &&
      input[from] === input[at];
    if (!matches) {
      if (out >= outEnd) return 0;
      output[out++] = input[at++] ?? 0;
      if (++literals === MAX_LITERALS) {
        output[out - literals - 1] = literals - 1;
        literals = 0;
        out++;
      }
      continue;
    }
    if (out - (literals === 0 ? 1 : 0) + 4 >= outEnd) return 0;
    output[out - literals - 1] = literals - 1;
    if (literals === 0) out--;
    const length = matchLength(input, from, at) - 1;
    if (length < 7) {
      output[out++] = (offset >> 8) + (length << 5);
    } else {
      output[out++] = (offset >> 8) + (7 << 5);
      output[out++] = length - 7;
    }
    output[out++] = offset;
    literals = 0;
    out++;
    at += length + 2;
    if (at >= inEnd - 2) break;
    // Of the bytes that the match covers, only the last two enter the table.
    table[slotOf(input, at - 2)] = base + at - 1;
    table[slotOf(input, at - 1)] = base + at;
  }
  if (out + 3 > outEnd) return 0;
  while (at < inEnd) {
    output[out++] = input[at++] ?? 0;
    if (++literals === MAX_LITERALS) {
      output[out - literals - 1] = literals - 1;
      literals = 0;
      out++;
    }
  }
  output[out - literals - 1] = literals - 1;
  return literals === 0 ? out - 1 : out;
}

/** Decompresses `input`, which must give exactly `output.length` bytes; false when the stream is not valid. */
export function lzfDecompress(input: Uint8Array, output: Uint8Array): boolean {
  const inEnd = input.length;
  const outEnd = output.length;
  let at = 0;
  let out = 0;
  while (at < inEnd) {
    const control = input[at++] ?? 0;
    if (control < MAX_LITERALS) {
      const count = control + 1;
      if (at + count > inEnd || out + count > outEnd) return false;
      for (let i = 0; i < count; i++) output[out++] = input[at++] ?? 0;
      continue;
    }
    let count = (control >> 5) + 2;
    if (count === 9) {
      if (at >= inEnd) return false;
      count += input[at++] ?? 0;
    }
    if (at >= inEnd) return false;
    let from = out - (((control & 0x1f) << 8) | (input[at++] ?? 0)) - 1;
    if (from < 0 || out + count > outEnd) return false;
    for (let i = 0; i < count; i++) output[out++] = output[from++] ?? 0;
  }
  return out === outEnd;
}

/** The most bytes that a stream of `length` bytes can stand for: three bytes give at most 264. */
export function lzfMaxExpansion(length: number): number {
  return Math.ceil(length / 3) * MAX_MATCH;
}
