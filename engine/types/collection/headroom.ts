import type { Collections } from './collections.ts';

const STEP_BYTES = 512 * 1024;
const FIRST_BYTES = 128 * 1024;

/** Asks for room ahead of what is being built, so that it does not grow far beyond maxmemory before anybody says no. */
export class Headroom {
  private readonly collections: Collections;
  private left = FIRST_BYTES;

  constructor(collections: Collections) {
    this.collections = collections;
  }

  begin(): void {
    this.left = FIRST_BYTES;
  }

  /** Before so many bytes more: throws errors.oom when the next half megabyte is not to be had. */
  take(bytes: number): void {
    this.left -= bytes;
    if (this.left >= 0) return;
    this.collections.reserve(Math.max(bytes, STEP_BYTES));
    this.left = STEP_BYTES;
  }
}
