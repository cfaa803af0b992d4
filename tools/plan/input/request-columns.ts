/** The columns of sampled requests, in shared memory. Pages that were never written take no RAM, so there may be far more room than is used. */
export class RequestColumns {
  readonly capacity: number;
  /** Number of the key. */
  readonly keys: Uint32Array;
  readonly valueBytes: Uint32Array;
  readonly ops: Uint8Array;
  /** As the trace tells them, or the running number among all requests. */
  readonly timesMs: Float64Array;
  readonly ttlSeconds: Uint32Array;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.keys = new Uint32Array(new SharedArrayBuffer(capacity * 4));
    this.valueBytes = new Uint32Array(new SharedArrayBuffer(capacity * 4));
    this.ops = new Uint8Array(new SharedArrayBuffer(capacity));
    this.timesMs = new Float64Array(new SharedArrayBuffer(capacity * 8));
    this.ttlSeconds = new Uint32Array(new SharedArrayBuffer(capacity * 4));
  }

  /** Of the first `length` requests keeps those whose key has a new number (others have -1). How many those are. */
  keep(length: number, renumbered: Int32Array): number {
    let kept = 0;
    for (let at = 0; at < length; at++) {
      const key = renumbered[this.keys[at] ?? 0] ?? -1;
      if (key < 0) continue;
      this.keys[kept] = key;
      this.valueBytes[kept] = this.valueBytes[at] ?? 0;
      this.ops[kept] = this.ops[at] ?? 0;
      this.timesMs[kept] = this.timesMs[at] ?? 0;
      this.ttlSeconds[kept] = this.ttlSeconds[at] ?? 0;
      kept++;
    }
    return kept;
  }

  /** The first `length` requests of others, as they are. */
  copyFrom(others: RequestColumns, length: number): void {
    this.keys.set(others.keys.subarray(0, length));
    this.valueBytes.set(others.valueBytes.subarray(0, length));
    this.ops.set(others.ops.subarray(0, length));
    this.timesMs.set(others.timesMs.subarray(0, length));
    this.ttlSeconds.set(others.ttlSeconds.subarray(0, length));
  }

  dropFirst(dropped: number, length: number): void {
    for (const column of [this.keys, this.valueBytes, this.ops, this.timesMs, this.ttlSeconds])
      column.copyWithin(0, dropped, length);
  }
}
