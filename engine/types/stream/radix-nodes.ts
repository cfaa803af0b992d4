import type { Collection } from '../collection/collection.ts';
import { ID_BYTES } from './stream-id.ts';

/** Beyond so many keys the number is estimated: XINFO is not to read a long stream from disk. */
const MAX_COUNTED = 256;

/**
 * How many nodes a radix tree as Redis keeps it has for the ids in `keys`. Such a tree has a leaf for each key, a node for each place where keys
 * part, and a compressed node for each stretch of at least one byte between these. Source: rax.c of redis 7.0.15.
 */
export function radixNodes(keys: Collection): number {
  const { count } = keys;
  if (count === 0) return 1;
  if (count > MAX_COUNTED) return count * 2;
  /** Depths of the places where keys part on the way to the last key, the root's first. */
  const forks: number[] = [];
  let before = new Uint8Array(ID_BYTES);
  let nodes = 0;
  let first = true;
  for (let more = keys.first(); more; more = keys.next()) {
    const key = keys.leafBytes.slice(keys.keyAt, keys.keyAt + ID_BYTES);
    if (!first) nodes += closeForks(forks, commonBytes(before, key));
    first = false;
    before = key;
  }
  return nodes + closeForks(forks, -1);
}

/** Nodes that nothing can be added to when the next key parts from the last one at `depth`: what hangs below it. */
function closeForks(forks: number[], depth: number): number {
  // The last key's own leaf, and the stretch that leads to it.
  let nodes = 1;
  let child = ID_BYTES;
  for (;;) {
    const fork = forks.at(-1) ?? -1;
    const parent = Math.max(fork, depth);
    if (child - parent - 1 > 0) nodes++;
    if (fork > depth) {
      nodes++;
      child = fork;
      forks.pop();
      continue;
    }
    if (fork < depth) forks.push(depth);
    return nodes;
  }
}

function commonBytes(a: Uint8Array, b: Uint8Array): number {
  let i = 0;
  while (i < ID_BYTES && a[i] === b[i]) i++;
  return i;
}
