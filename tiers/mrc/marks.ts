import { MARKS } from './miss-ratio-curve.ts';

/** The mark of a numbered object, for traces; another `salt` samples others. Murmur3's finalizer. */
export function markOf(object: number, salt: number): number {
  let mixed = (object + Math.imul(salt, 0x9e3779b1)) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) & (MARKS - 1);
}
