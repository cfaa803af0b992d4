import { ORDER_HASH, type TreeShape } from '../../../tiers/tree/layout.ts';

/** What the encoding number of a set's object says: the name that OBJECT ENCODING answers. */
export const ENCODING_INTSET = 0;
export const ENCODING_HASHTABLE = 1;

export const encodingNames: readonly string[] = ['intset', 'hashtable'];

/** Redis keeps no more in an intset, whatever `set-max-intset-entries` says. */
export const MAX_INTSET_ENTRIES = 2 ** 30;

export const SET_SHAPE: TreeShape = { order: ORDER_HASH, valued: false, fixedKeys: false, leafBytes: 1024 };
