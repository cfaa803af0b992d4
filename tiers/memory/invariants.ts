/**
 * Invariants mode: freed and fresh blocks are scribbled over, lock order is checked, whole structures are validated where it is
 * affordable. Off by default; `STRATAKV_INVARIANTS=1` turns it on for a whole process (tests do).
 */
export const invariants: { readonly on: boolean } = { on: process.env.STRATAKV_INVARIANTS === '1' };
