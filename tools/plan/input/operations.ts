import { OP_DELETE, OP_READ, OP_WRITE } from '../plan.ts';

const words: readonly (readonly [number, string])[] = [
  [OP_READ, 'get gets read r mget getrange exists head hit miss 0'],
  [
    OP_WRITE,
    'set write w put add replace cas append prepend incr incrby decr decrby setex psetex setnx update insert store getset touch gat 1',
  ],
  [OP_DELETE, 'delete del d remove unlink evict purge invalidate 2'],
];

export const WORD_START = 0x811c9dc5 | 0;

/** One more byte of a word, in any case. */
export function wordHash(hash: number, byte: number): number {
  return Math.imul(hash ^ (byte | 0x20), 0x01000193);
}

const byHash = new Map<number, { readonly op: number; readonly word: string }>();
for (const [op, list] of words) {
  for (const word of list.split(' ')) {
    let hash = WORD_START;
    for (let i = 0; i < word.length; i++) hash = wordHash(hash, word.charCodeAt(i));
    byHash.set(hash, { op, word });
  }
}

/** OP_READ, OP_WRITE or OP_DELETE for the word in these bytes, whose `wordHash` is known; -1: no such word. */
export function operationOf(hash: number, bytes: Uint8Array, start: number, end: number): number {
  const found = byHash.get(hash);
  if (found === undefined || found.word.length !== end - start) return -1;
  for (let i = 0; i < found.word.length; i++)
    if (((bytes[start + i] ?? 0) | 0x20) !== (found.word.charCodeAt(i) | 0x20)) return -1;
  return found.op;
}
