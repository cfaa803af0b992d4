import type { Collections } from '../collection/collections.ts';

/** Sets in shared memory. */
export class SharedSets {
  readonly collections: Collections;

  constructor(collections: Collections) {
    this.collections = collections;
  }
}
