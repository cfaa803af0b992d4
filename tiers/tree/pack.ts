/**
 * A pack is a sequence of entries without gaps:
 *
 *   [length][key bytes]                          set members, keys without value
 *   [length][key bytes][length][value bytes]     valued
 *   [length][bytes][length, readable backwards]  by position: can be walked from the end
 *
 * A length below 254 is one byte; 254 is followed by a u16, 255 by a u32 (backwards: preceded). Packs hold what was checked when it came in,
 * and are checked as a whole when they come from disk (`isPack`).
 */
/** Lengths below take one byte. */
export const SHORT_LENGTH = 254;
const LONG = 65536;

/** Bytes that a length takes. */
export function lengthBytes(length: number): number {
  return length < SHORT_LENGTH ? 1 : length < LONG ? 3 : 5;
}

/** Writes a length; answers the offset after it. */
export function writeLength(view: DataView, at: number, length: number): number {
  if (length < SHORT_LENGTH) {
    view.setUint8(at, length);
    return at + 1;
  }
  if (length < LONG) {
    view.setUint8(at, 254);
    view.setUint16(at + 1, length, true);
    return at + 3;
  }
  view.setUint8(at, 255);
  view.setUint32(at + 1, length, true);
  return at + 5;
}

/** Writes a length to be read backwards; answers the offset after it. */
export function writeBackLength(view: DataView, at: number, length: number): number {
  if (length < SHORT_LENGTH) {
    view.setUint8(at, length);
    return at + 1;
  }
  if (length < LONG) {
    view.setUint16(at, length, true);
    view.setUint8(at + 2, 254);
    return at + 3;
  }
  view.setUint32(at, length, true);
  view.setUint8(at + 4, 255);
  return at + 5;
}

/** The length that begins at `at`. */
export function readLength(view: DataView, at: number): number {
  const first = view.getUint8(at);
  if (first < SHORT_LENGTH) return first;
  return first === SHORT_LENGTH ? view.getUint16(at + 1, true) : view.getUint32(at + 1, true);
}

/** The length that ends before `end`. */
export function readBackLength(view: DataView, end: number): number {
  const last = view.getUint8(end - 1);
  if (last < SHORT_LENGTH) return last;
  return last === SHORT_LENGTH ? view.getUint16(end - 3, true) : view.getUint32(end - 5, true);
}

/** Bytes of an entry by position, or of one with a key (and a value, unless `valueLength` is -1). */
export function positionEntryBytes(length: number): number {
  return 2 * lengthBytes(length) + length;
}

export function keyEntryBytes(keyLength: number, valueLength: number): number {
  const key = lengthBytes(keyLength) + keyLength;
  return valueLength < 0 ? key : key + lengthBytes(valueLength) + valueLength;
}

/** Offset after a length, which begins at `at`, and the bytes that it counts. */
export function afterBytes(view: DataView, at: number): number {
  const length = readLength(view, at);
  return at + lengthBytes(length) + length;
}

/** Offset of the entry after the one at `at`. */
export function entryEnd(view: DataView, at: number, valued: boolean, byPosition: boolean): number {
  const length = readLength(view, at);
  const prefix = lengthBytes(length);
  let end = at + prefix + length;
  if (valued) end = afterBytes(view, end);
  else if (byPosition) end += prefix;
  return end;
}

/** Whether the bytes from `at` to `end` are a pack of exactly `entries` entries. */
export function isPack(
  view: DataView,
  at: number,
  end: number,
  entries: number,
  valued: boolean,
  byPosition: boolean,
): boolean {
  let count = 0;
  let offset = at;
  while (offset < end) {
    const afterKey = stepChecked(view, offset, end);
    if (afterKey < 0) return false;
    if (valued) {
      offset = stepChecked(view, afterKey, end);
      if (offset < 0) return false;
    } else if (byPosition) {
      const length = readLength(view, offset);
      const after = afterKey + lengthBytes(length);
      if (after > end || readBackLength(view, after) !== length) return false;
      offset = after;
    } else offset = afterKey;
    count++;
  }
  return count === entries;
}

/** Offset after a length and its bytes, -1 when they do not end by `end`. */
function stepChecked(view: DataView, at: number, end: number): number {
  if (at >= end) return -1;
  const first = view.getUint8(at);
  const prefix = first < SHORT_LENGTH ? 1 : first === SHORT_LENGTH ? 3 : 5;
  if (at + prefix > end) return -1;
  const length = readLength(view, at);
  if (lengthBytes(length) !== prefix) return -1;
  const after = at + prefix + length;
  return after > end ? -1 : after;
}
