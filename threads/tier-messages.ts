import type { ColdName, NameRange } from '../engine/keyspace/key-scanner.ts';

/**
 * What front-ends and the tier thread say to each other, over a port of their own.
 *
 * A fetch carries the keys that one turn of the front-end's event loop missed, packed one after the other:
 *   0 group u32 | 4 table u32 | 8 slot u32 | 12 position i32 | 16 check i32 | 20 key length u32 | 24 key bytes
 * A group is the keys of one command; it is answered key by key.
 */
export type ToTier =
  /** A chunk of keys that found no room in the fetch ring. */
  | { readonly kind: 'fetch'; readonly count: number; readonly bytes: Uint8Array }
  /** There is something in the fetch ring, and the tier thread slept. */
  | { readonly kind: 'look' }
  | { readonly kind: 'names'; readonly id: number; readonly ranges: readonly NameRange[] }
  /** Slots of a table to be indexed before others: answered by `indexed`. */
  | {
      readonly kind: 'index';
      readonly id: number;
      readonly table: number;
      readonly keyspaceId: number;
      readonly from: number;
      readonly to: number;
    }
  | { readonly kind: 'read'; readonly id: number; readonly keys: readonly Buffer[] }
  /** A block of so many bytes could not be had: answered by `freed`. */
  | { readonly kind: 'free'; readonly id: number; readonly bytes: number }
  /** Replies wait for a commit; answered by `committed` once one that began after this is done, and again if it was asked again meanwhile. */
  | { readonly kind: 'commit' }
  /** Memory is above the high-water mark: answered by `room` once it is below, or nothing more can be freed. */
  | { readonly kind: 'evict' };

export type FromTier =
  /** One entry per key that is settled: its group. `errors` by group. `absent`: record keys, one character per byte, that slots not indexed yet do not have. */
  | {
      readonly kind: 'fetched';
      readonly groups: Uint32Array;
      readonly errors: readonly (readonly [group: number, text: string])[];
      readonly absent: readonly string[];
    }
  | {
      readonly kind: 'named';
      readonly id: number;
      readonly lists: readonly (readonly ColdName[])[];
      readonly error?: string;
    }
  | {
      readonly kind: 'records';
      readonly id: number;
      readonly values: readonly (Buffer | undefined)[];
      readonly error?: string;
    }
  | { readonly kind: 'indexed'; readonly id: number; readonly error?: string }
  /** Every slot is indexed, from now on. */
  | { readonly kind: 'all-indexed' }
  | { readonly kind: 'freed'; readonly id: number; readonly ok: boolean }
  | { readonly kind: 'committed' }
  | { readonly kind: 'room' };

export const FETCH_GROUP = 0;
export const FETCH_TABLE = 4;
export const FETCH_SLOT = 8;
export const FETCH_POSITION = 12;
export const FETCH_CHECK = 16;
export const FETCH_KEY_LENGTH = 20;
export const FETCH_KEY = 24;
