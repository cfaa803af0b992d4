import { assert } from '../../base/assert.ts';

const NONE = -1;

/** A doubly linked list of numbered objects, oldest to newest, that knows its bytes. Links are arrays indexed by object. */
export class ObjectList {
  oldest = NONE;
  newest = NONE;
  bytes = 0;
  length = 0;
  private readonly older: Int32Array;
  private readonly newer: Int32Array;
  /** Bytes + 1 of each member, 0 for objects that are not in the list. */
  private readonly members: Float64Array;

  constructor(objects: number) {
    this.older = new Int32Array(objects).fill(NONE);
    this.newer = new Int32Array(objects).fill(NONE);
    this.members = new Float64Array(objects);
  }

  has(object: number): boolean {
    return this.members[object] !== 0;
  }

  sizeOf(object: number): number {
    return (this.members[object] ?? 0) - 1;
  }

  /** The neighbour on the newer side, -1 at the end. */
  newerThan(object: number): number {
    return this.newer[object] ?? NONE;
  }

  /** Adds an object as the newest. */
  push(object: number, bytes: number): void {
    assert(!this.has(object), 'an object is in a list once');
    this.older[object] = this.newest;
    this.newer[object] = NONE;
    if (this.newest === NONE) this.oldest = object;
    else this.newer[this.newest] = object;
    this.newest = object;
    this.members[object] = bytes + 1;
    this.bytes += bytes;
    this.length++;
  }

  /** A member has another size from now on. */
  resize(object: number, bytes: number): void {
    assert(this.has(object), 'only members are resized');
    this.bytes += bytes - this.sizeOf(object);
    this.members[object] = bytes + 1;
  }

  remove(object: number): void {
    assert(this.has(object), 'only members are removed');
    const older = this.older[object] ?? NONE;
    const newer = this.newer[object] ?? NONE;
    if (older === NONE) this.oldest = newer;
    else this.newer[older] = newer;
    if (newer === NONE) this.newest = older;
    else this.older[newer] = older;
    this.bytes -= this.sizeOf(object);
    this.length--;
    this.members[object] = 0;
  }
}
