/** Bytes somewhere: in a request, a buffer, or shared memory. Reused, so that naming bytes allocates nothing. */
export class Slice {
  view: DataView = new DataView(new ArrayBuffer(0));
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  length = 0;
  /** The hash that orders members, where it was worked out before (as int32); meaningful while `hashed`. */
  hash?: number = 0;
  hashed?: boolean = false;

  /** Points at `length` bytes from `at`. `view` and `bytes` are two looks at the same memory. */
  set(view: DataView, bytes: Uint8Array, at: number, length: number): this {
    this.view = view;
    this.bytes = bytes;
    this.at = at;
    this.length = length;
    this.hashed = false;
    return this;
  }

  /** A slice of its own over a whole array. */
  static of(bytes: Uint8Array): Slice {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new Slice().set(view, bytes, 0, bytes.byteLength);
  }

  /** A copy that stays what it is. */
  copy(): Buffer {
    return Buffer.from(this.bytes.slice(this.at, this.at + this.length));
  }
}

/** Order of two stretches of bytes: negative, 0, positive; a prefix comes first. */
export function compareBytes(
  a: DataView,
  aAt: number,
  aLength: number,
  b: DataView,
  bAt: number,
  bLength: number,
): number {
  const common = Math.min(aLength, bLength);
  let i = 0;
  for (; i + 4 <= common; i += 4) {
    const x = a.getUint32(aAt + i, false);
    const y = b.getUint32(bAt + i, false);
    if (x !== y) return x < y ? -1 : 1;
  }
  for (; i < common; i++) {
    const difference = a.getUint8(aAt + i) - b.getUint8(bAt + i);
    if (difference !== 0) return difference;
  }
  return aLength - bLength;
}
