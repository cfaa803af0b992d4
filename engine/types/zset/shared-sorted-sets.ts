import type { Collections } from '../collection/collections.ts';

/** Sorted sets in shared memory. */
export class SharedSortedSets {
  readonly collections: Collections;

  constructor(collections: Collections) {
    this.collections = collections;
  }
}
