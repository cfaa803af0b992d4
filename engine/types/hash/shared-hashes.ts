import type { Collections } from '../collection/collections.ts';

/** Hashes in shared memory. */
export class SharedHashes {
  readonly collections: Collections;

  constructor(collections: Collections) {
    this.collections = collections;
  }
}
