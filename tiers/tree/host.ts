import type { OpenTree } from './layers/open-tree.ts';

/** A node that is on disk only: its number, and the slots that lead to it from the root. */
export interface MissingPiece {
  readonly piece: number;
  readonly path: readonly number[];
}

/** What a tree needs of whoever owns its object. */
export interface TreeHost {
  /** Makes the FLAT object's value `bytes` long, its content kept, and calls `tree.openFlat` where it is then. Throws without memory. */
  resizeFlat(tree: OpenTree, bytes: number): void;
  /** Makes the FLAT object a TREE and calls `tree.openRoot` for the root that now holds the entries. Throws without memory. */
  spread(tree: OpenTree): void;
  /** A node of the tree is about to change. */
  touched(): void;
  /** Brings nodes into RAM: at once, or later, and throws what makes the command run again then. */
  fetchPieces(missing: readonly MissingPiece[]): void;
  /** A piece is out of date: it is to be deleted when the collection is next written. */
  dropPiece(piece: number): void;
  /** Throws the error for a lack of memory. */
  noMemory(): never;
}
