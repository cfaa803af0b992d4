import type { Collections } from '../collection/collections.ts';

/** Streams in shared memory. */
export class SharedStreams {
  readonly collections: Collections;

  constructor(collections: Collections) {
    this.collections = collections;
  }
}
