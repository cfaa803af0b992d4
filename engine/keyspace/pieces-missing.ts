import type { MissingPiece } from '../../tiers/tree/host.ts';
import type { KeyRef } from './key-ref.ts';

/**
 * Thrown when a command needs nodes of a collection that are on disk: the dispatcher fetches them and runs the command again. It must not
 * have changed anything by then.
 */
export class PiecesMissing extends Error {
  override name = 'PiecesMissing';
  readonly ref: KeyRef;
  /** Which root of the collection the paths begin at. */
  readonly root: number;
  readonly missing: readonly MissingPiece[];

  constructor(ref: KeyRef, root: number, missing: readonly MissingPiece[]) {
    super(`${missing.length} pieces are on disk`);
    this.ref = ref;
    this.root = root;
    this.missing = missing;
  }
}
