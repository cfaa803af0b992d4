declare const handleBrand: unique symbol;

/**
 * A block in the arena: a u32 that counts 16-byte granules from the start of segment 0. 0 is no block. Branded so that a handle
 * is never mistaken for a byte offset, an index or a count.
 */
export type Handle = number & { readonly [handleBrand]: true };

export const NULL_HANDLE = 0 as Handle;

/** A number read back from shared memory, where it was stored as a handle. */
export function asHandle(stored: number): Handle {
  return stored as Handle;
}
