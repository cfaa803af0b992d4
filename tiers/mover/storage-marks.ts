/** Where eviction from the cold tier begins, and where it ends, in parts of `maxstorage` taken by what lives. */
export const STORAGE_HIGH: number = 15 / 16;
export const STORAGE_LOW: number = 14 / 16;
