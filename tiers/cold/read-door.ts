/**
 * How other threads get at the open database of the one that owns it, and how the owner gets them out before it closes. In shared memory:
 *
 *   0    handle of the database (i64)             by the owner, while the door is closed
 *   8    which opening this is (u32, never 0 while the door is open; 0: closed)
 *   12   openings so far (u32)                    by the owner
 *   64   + thread x 64: reads that this thread has under way
 *
 * All accesses are sequentially consistent, so of `count my read; look at the door` and `close the door; look who reads` at least one side
 * sees the other (Dekker), as in tiers/memory/exclusive.ts.
 */
const AT_HANDLE = 0;
const AT_OPENING = 8;
const AT_OPENINGS = 12;
const AT_READERS = 64;
const READER_STRIDE = 64;
/** The owner looks this often whether the last reader has left. A read takes some ms at most. */
const LOOK_EVERY_MS = 1;

/** For readers 0 .. `readers` - 1. */
export function createReadDoor(readers: number): SharedArrayBuffer {
  return new SharedArrayBuffer(AT_READERS + readers * READER_STRIDE);
}

/** The owner's side. */
export class ReadDoorOwner {
  private readonly words: Int32Array;
  private readonly handle: BigInt64Array;

  constructor(door: SharedArrayBuffer) {
    this.words = new Int32Array(door);
    this.handle = new BigInt64Array(door, AT_HANDLE, 1);
  }

  /** From now on readers may enter; `handle` is good until `close` has resolved. */
  open(handle: bigint): void {
    const { words } = this;
    this.handle[0] = handle;
    const opening = Atomics.add(words, AT_OPENINGS >> 2, 1) + 1;
    Atomics.store(words, AT_OPENING >> 2, opening);
  }

  /** Nobody enters any more. */
  shut(): void {
    Atomics.store(this.words, AT_OPENING >> 2, 0);
  }

  /** Shuts the door and resolves when nobody reads any more: the database may be closed. */
  async close(): Promise<void> {
    this.shut();
    while (this.occupied) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }

  private get occupied(): boolean {
    const { words } = this;
    for (let at = AT_READERS >> 2; at < words.length; at += READER_STRIDE >> 2) {
      if (Atomics.load(words, at) !== 0) return true;
    }
    return false;
  }
}

/** One reader's side. */
export class ReadDoor {
  private readonly words: Int32Array;
  private readonly handles: BigInt64Array;
  private readonly mine: number;

  constructor(door: SharedArrayBuffer, reader: number) {
    this.words = new Int32Array(door);
    this.handles = new BigInt64Array(door, AT_HANDLE, 1);
    this.mine = (AT_READERS + reader * READER_STRIDE) >> 2;
  }

  /** Which opening it is, or 0 when the door is closed. Nothing may be touched on the strength of it: see `enter`. */
  get opening(): number {
    return Atomics.load(this.words, AT_OPENING >> 2);
  }

  /** Begins a read. Which opening it is, and until `leave` the database stays open; 0: the door is closed, and nobody has entered. */
  enter(): number {
    Atomics.add(this.words, this.mine, 1);
    const opening = this.opening;
    if (opening === 0) this.leave();
    return opening;
  }

  /** The database's handle, between `enter` and `leave`. */
  get handle(): bigint {
    return this.handles[0] ?? 0n;
  }

  leave(): void {
    Atomics.sub(this.words, this.mine, 1);
  }
}
