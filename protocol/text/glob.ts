/**
 * Redis's glob patterns (`stringmatchlen` of 7.0.15): `*`, `?`, `[a-z]`, `[^a-z]`, `\` before any character. Redis recurses at each
 * star and guards against exponential patterns; since what stands between two stars consumes a fixed number of bytes, going
 * back to the last star alone finds the same matches, in O(pattern × text) and without recursion.
 */
const STAR = 0x2a;
const QUESTION = 0x3f;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const CARET = 0x5e;
const DASH = 0x2d;
const BACKSLASH = 0x5c;

/** Whether all of `text` matches all of `pattern`; `ignoreCase` folds ASCII letters. An empty text matches only an empty pattern. */
export function globMatch(pattern: Uint8Array, text: Uint8Array, ignoreCase = false): boolean {
  return globMatchRange(pattern, text, 0, text.length, ignoreCase);
}

/** As `globMatch`, for the text `bytes[start, start + length)`. */
export function globMatchRange(
  pattern: Uint8Array,
  bytes: Uint8Array,
  start: number,
  length: number,
  ignoreCase = false,
): boolean {
  const end = start + length;
  let p = 0;
  let at = start;
  if (length === 0) return pattern.length === 0;
  let afterStar = -1;
  let starText = 0;
  while (at < end) {
    if (pattern[p] === STAR) {
      while (pattern[p] === STAR) p++;
      if (p === pattern.length) return true;
      afterStar = p;
      starText = at;
      continue;
    }
    const next = p < pattern.length ? matchOne(pattern, p, bytes[at] ?? 0, ignoreCase) : -1;
    if (next >= 0) {
      p = next;
      at++;
    } else {
      if (afterStar < 0) return false;
      p = afterStar;
      at = ++starText;
    }
  }
  while (pattern[p] === STAR) p++;
  return p === pattern.length;
}

/** Matches one byte with the pattern's element at `p`; where the next element begins, or -1. */
function matchOne(pattern: Uint8Array, p: number, byte: number, ignoreCase: boolean): number {
  const element = pattern[p] ?? 0;
  if (element === QUESTION) return p + 1;
  if (element === OPEN) return matchClass(pattern, p + 1, byte, ignoreCase);
  const at = element === BACKSLASH && p + 1 < pattern.length ? p + 1 : p;
  return same(pattern[at] ?? 0, byte, ignoreCase) ? at + 1 : -1;
}

/** A class from behind its `[`; one without `]` ends with the pattern. */
function matchClass(pattern: Uint8Array, from: number, byte: number, ignoreCase: boolean): number {
  let p = from;
  const negated = pattern[p] === CARET;
  if (negated) p++;
  let matched = false;
  for (; p < pattern.length; p++) {
    const element = pattern[p] ?? 0;
    if (element === BACKSLASH && p + 1 < pattern.length) {
      p++;
      // Redis compares an escaped member with its case, always.
      if (pattern[p] === byte) matched = true;
    } else if (element === CLOSE) {
      break;
    } else if (pattern[p + 1] === DASH && p + 2 < pattern.length) {
      if (inRange(element, pattern[p + 2] ?? 0, byte, ignoreCase)) matched = true;
      p += 2;
    } else if (same(element, byte, ignoreCase)) {
      matched = true;
    }
  }
  if (matched === negated) return -1;
  return Math.min(p + 1, pattern.length);
}

/** Ranges compare as C's signed `char`; their ends may stand in either order. */
function inRange(first: number, last: number, byte: number, ignoreCase: boolean): boolean {
  let low = signed(first);
  let high = signed(last);
  if (low > high) [low, high] = [high, low];
  let value = signed(byte);
  if (ignoreCase) {
    low = fold(low);
    high = fold(high);
    value = fold(value);
  }
  return value >= low && value <= high;
}

function signed(byte: number): number {
  return (byte << 24) >> 24;
}

function fold(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;
}

function same(a: number, b: number, ignoreCase: boolean): boolean {
  return a === b || (ignoreCase && fold(a) === fold(b));
}
