/** What is known of the cold tier at one moment. Bytes are bytes; counts are since the start. */
export interface StorageSample {
  /** On disk, and in memory tables that will be. */
  readonly bytes: number;
  readonly bytesWritten: number;
  /** Of `bytesWritten`: records in whose place there was another. */
  readonly bytesRewritten: number;
  /** Records deleted. */
  readonly deletions: number;
  /** Keys that there are. */
  readonly keys: number;
}

/**
 * Estimates how many of the cold tier's bytes are dead: deleted or overwritten, and not compacted away yet. The engine does not say. What is
 * deleted counts with the mean size of a record; what has vanished although more was written than that was compacted.
 */
export class DeadBytes {
  dead = 0;
  private last: StorageSample | undefined;
  private fillerBytes = 0;

  /** Bytes were written that are dead at once. */
  wrote(bytes: number): void {
    this.dead += bytes;
    this.fillerBytes += bytes;
  }

  /** Takes a sample; answers the bytes that live. */
  sample(now: StorageSample): number {
    const { last } = this;
    this.last = now;
    if (last === undefined) return now.bytes;
    const live = Math.max(0, last.bytes - this.dead);
    const deletions = now.deletions - last.deletions;
    const recordBytes = live / Math.max(1, last.keys);
    const died = deletions * recordBytes + (now.bytesRewritten - last.bytesRewritten);
    const compacted = Math.max(0, last.bytes + (now.bytesWritten - last.bytesWritten) + this.fillerBytes - now.bytes);
    this.fillerBytes = 0;
    this.dead = Math.min(now.bytes, Math.max(0, this.dead + died - compacted));
    return now.bytes - this.dead;
  }
}
