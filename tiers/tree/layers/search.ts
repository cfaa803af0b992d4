import { assert } from '../../base/assert.ts';
import { equalBytes } from '../../base/bytes.ts';
import { NULL_HANDLE } from '../../memory/handle.ts';
import { ORDER_HASH } from '../layout.ts';
import { afterBytes, lengthBytes, readLength } from '../pack.ts';
import { compareBytes, type Slice } from '../slice.ts';
import { TreeCursor } from './cursor.ts';

/** Looking for entries by key, or for the place where one is to be inserted. */
export abstract class TreeSearch extends TreeCursor {
  /**
   * Finds a key (not by position). False leaves the cursor where `insert` is to put it: good only for that key, and at once.
   */
  find(key: Slice): boolean {
    if (this.shape.order === ORDER_HASH) {
      if (!this.flat) this.descendHash(this.hashOfKey(key));
      return this.scanEqual(key);
    }
    return this.findOrdered(key);
  }

  /**
   * `find` by hash or fixed key, for commands that remove several: each key was looked for before the first of them went. Where a leaf is gone
   * since, the way leads to its neighbour, which may be on disk: the key is not there.
   */
  findLoaded(key: Slice): boolean {
    this.loadedOnly = true;
    try {
      return this.find(key);
    } finally {
      this.loadedOnly = false;
    }
  }

  /** FLAT, no values: the entry whose key, but for its first `skip` bytes, is `tail`. Looks at all of them. */
  findTail(tail: Slice, skip: number): boolean {
    assert(this.flat && !this.valued, 'a leaf is small');
    const { leafView: view } = this;
    const { length } = tail;
    const wanted = skip + length;
    const end = this.packEnd;
    const last = length < 4 ? 0 : tail.view.getInt32(tail.at + length - 4, true);
    let at = this.packStart;
    while (at < end) {
      const keyLength = readLength(view, at);
      const keyAt = at + lengthBytes(keyLength);
      const next = keyAt + keyLength;
      if (
        keyLength === wanted &&
        (length < 4 || view.getInt32(next - 4, true) === last) &&
        equalBytes(view, keyAt + skip, tail.view, tail.at, length)
      ) {
        this.stand(at);
        return true;
      }
      at = next;
    }
    return false;
  }

  /** First entry whose key is not less than `key` (ORDER_BYTES). False when there is none. */
  lowerBound(key: Slice): boolean {
    this.findOrdered(key);
    return this.atEntry();
  }

  /** After a search that may have ended behind the leaf's last entry. */
  private atEntry(): boolean {
    if (this.count === 0) return false;
    if (this.entryAt < this.packEnd) {
      this.stand(this.entryAt);
      return true;
    }
    if (!this.sibling(1)) return false;
    this.stand(this.packStart);
    return true;
  }

  private scanEqual(key: Slice): boolean {
    const { leafView: view, valued } = this;
    const { length } = key;
    if (this.leaf === NULL_HANDLE && !this.flat) return false;
    const end = this.packEnd;
    // Keys of a collection are often of one length and begin alike: their ends tell them apart soonest.
    const tail = length < 4 ? 0 : key.view.getInt32(key.at + length - 4, true);
    let at = this.packStart;
    while (at < end) {
      const keyLength = readLength(view, at);
      const keyAt = at + lengthBytes(keyLength);
      if (
        keyLength === length &&
        (length < 4 || view.getInt32(keyAt + length - 4, true) === tail) &&
        equalBytes(view, keyAt, key.view, key.at, length)
      ) {
        this.stand(at);
        return true;
      }
      at = keyAt + keyLength;
      if (valued) at = afterBytes(view, at);
    }
    this.entryAt = at;
    return false;
  }

  private findOrdered(key: Slice): boolean {
    if (!this.flat) this.descendBytes(key);
    if (!this.flat && this.leaf === NULL_HANDLE) return false;
    if (this.entryBytes > 0) return this.findEven(key);
    const { leafView: view, valued } = this;
    const end = this.packEnd;
    const first = beginning(key);
    let at = this.packStart;
    while (at < end) {
      const keyLength = readLength(view, at);
      const keyAt = at + lengthBytes(keyLength);
      // Most keys differ in their first four bytes.
      if (keyLength < 4 || first < 0 || view.getUint32(keyAt, false) >= first) {
        const order = compareBytes(view, keyAt, keyLength, key.view, key.at, key.length);
        if (order >= 0) {
          this.stand(at);
          return order === 0;
        }
      }
      at = keyAt + keyLength;
      if (valued) at = afterBytes(view, at);
    }
    this.entryAt = at;
    return false;
  }

  /** `findOrdered` within a leaf whose entries all take `entryBytes`: by halves. */
  private findEven(key: Slice): boolean {
    const { leafView: view, entryBytes } = this;
    const start = this.packStart;
    let low = 0;
    let high = (this.packEnd - start) / entryBytes;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = start + middle * entryBytes;
      const order = compareBytes(view, at + 1, view.getUint8(at), key.view, key.at, key.length);
      if (order === 0) {
        this.stand(at);
        return true;
      }
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    this.entryAt = start + low * entryBytes;
    if (this.entryAt < this.packEnd) this.stand(this.entryAt);
    return false;
  }

  /** Goes to where entry `rank` is, or is to be, by position. */
  protected place(rank: number): void {
    const { count } = this;
    assert(rank >= 0 && rank <= count, 'a position within the list or at its end');
    if (rank < count) {
      if (rank > 0) this.seek(rank);
      else {
        this.descendSide(0);
        this.entryAt = this.packStart;
      }
      return;
    }
    if (count === 0) {
      if (this.flat) this.entryAt = this.packStart;
      else this.leaf = NULL_HANDLE;
      return;
    }
    this.descendSide(1);
    this.entryAt = this.packEnd;
  }
}

/** The first four bytes of a key as a number that sorts as they do, -1 when there are fewer. */
export function beginning(key: Slice): number {
  return key.length < 4 ? -1 : key.view.getUint32(key.at, false);
}
