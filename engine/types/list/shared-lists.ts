import type { Collections } from '../collection/collections.ts';

/** Lists in shared memory. */
export class SharedLists {
  readonly collections: Collections;

  constructor(collections: Collections) {
    this.collections = collections;
  }
}
