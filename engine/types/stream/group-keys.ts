import { Slice } from '../../../tiers/tree/slice.ts';
import type { Collection } from '../collection/collection.ts';
import { ID_BYTES, type StreamId } from './stream-id.ts';

/** A key of one of the trees of groups: numbers, big endian, and then an id or a name. Reused. */
export class GroupKey {
  readonly slice: Slice = new Slice();
  private bytes: Uint8Array = new Uint8Array(64);
  private view: DataView = new DataView(this.bytes.buffer);

  /** `group`. */
  group(group: number): Slice {
    this.view.setUint32(0, group, false);
    return this.slice.set(this.view, this.bytes, 0, 4);
  }

  /** `group | consumer`. */
  consumer(group: number, consumer: number): Slice {
    this.view.setUint32(0, group, false);
    this.view.setUint32(4, consumer, false);
    return this.slice.set(this.view, this.bytes, 0, 8);
  }

  /** `group | id`. */
  pending(group: number, id: StreamId): Slice {
    this.view.setUint32(0, group, false);
    id.copyTo(this.view, 4);
    return this.slice.set(this.view, this.bytes, 0, 4 + ID_BYTES);
  }

  /** `group | consumer | id`. */
  owned(group: number, consumer: number, id: StreamId): Slice {
    this.view.setUint32(0, group, false);
    this.view.setUint32(4, consumer, false);
    id.copyTo(this.view, 8);
    return this.slice.set(this.view, this.bytes, 0, 8 + ID_BYTES);
  }

  /** `group | name`. */
  name(group: number, name: Slice): Slice {
    const length = 4 + name.length;
    if (length > this.bytes.length) {
      this.bytes = new Uint8Array(length * 2);
      this.view = new DataView(this.bytes.buffer);
    }
    this.view.setUint32(0, group, false);
    for (let i = 0; i < name.length; i++) this.bytes[4 + i] = name.view.getUint8(name.at + i);
    return this.slice.set(this.view, this.bytes, 0, length);
  }
}

/** Number of entries whose keys are less than `key`. */
export function rankOf(entries: Collection, key: Slice): number {
  return entries.lowerBound(key) ? entries.rank() : entries.count;
}

/** Descends to every entry of a group. */
export function reachGroup(entries: Collection, group: number, key: GroupKey): void {
  const begin = rankOf(entries, key.group(group));
  entries.reach(begin, rankOf(entries, key.group(group + 1)) - begin);
}

/** An i64, as a number where that is exact. */
export function readInt64(view: DataView, at: number): number | bigint {
  const high = view.getInt32(at + 4, true);
  const low = view.getUint32(at, true);
  if (high >= -(2 ** 20) && high < 2 ** 20) return high * 2 ** 32 + low;
  return view.getBigInt64(at, true);
}

export function writeInt64(view: DataView, at: number, value: number | bigint): void {
  if (typeof value === 'bigint') {
    view.setBigInt64(at, value, true);
    return;
  }
  const high = Math.floor(value / 2 ** 32);
  view.setUint32(at, value - high * 2 ** 32, true);
  view.setInt32(at + 4, high, true);
}
