import { VALUE_STRING } from './key-ref.ts';

/** What the fuzzer believes of a key. */
export interface Believed {
  /** 0 missing; of a string > 0 a pattern's version, < 0 the number that the value is; of a collection 1. */
  readonly version: number;
  /** Bytes of a string, entries of a collection. */
  readonly length: number;
  readonly expiry: number;
  readonly type: number;
  /** Of a collection: the sum of what its entries hash to. */
  readonly sum: number;
}

/** What the storage fuzzer believes: shared by its threads, each key's part written under that key's slot lock. */
export class FuzzModel {
  private readonly keys: number;
  private readonly clock: Int32Array;
  /** Per database and key, as in `Believed`. */
  private readonly versions: Int32Array;
  private readonly lengths: Int32Array;
  private readonly expiries: Float64Array;
  private readonly sums: Int32Array;
  private readonly types: Int32Array;

  constructor(buffer: SharedArrayBuffer, keys: number) {
    this.keys = keys;
    this.expiries = new Float64Array(buffer, 0, keys * 2);
    this.versions = new Int32Array(buffer, keys * 16, keys * 2);
    this.lengths = new Int32Array(buffer, keys * 24, keys * 2);
    this.sums = new Int32Array(buffer, keys * 32, keys * 2);
    this.types = new Int32Array(buffer, keys * 40, keys * 2);
    this.clock = new Int32Array(buffer, keys * 48, 2);
  }

  static bytesFor(keys: number): number {
    return keys * 48 + 8;
  }

  /** The fuzzer's own time in ms since 1970; it passes with every call. */
  tick(): number {
    return 1_800_000_000_000 + Atomics.add(this.clock, 0, 1);
  }

  /** Unique over all threads (up to 16), positive. */
  nextVersion(thread: number): number {
    return ((Atomics.add(this.clock, 1, 1) & 0x7ffffff) << 4) | (thread & 0xf) || 1;
  }

  read(db: number, key: number): Believed {
    const at = db * this.keys + key;
    return {
      version: this.versions[at] ?? 0,
      length: this.lengths[at] ?? 0,
      expiry: this.expiries[at] ?? -1,
      type: this.types[at] ?? 0,
      sum: this.sums[at] ?? 0,
    };
  }

  /** A string, or nothing. */
  write(db: number, key: number, version: number, length: number, expiry: number): void {
    this.put(db, key, { version, length, expiry, type: VALUE_STRING, sum: 0 });
  }

  put(db: number, key: number, what: Believed): void {
    const at = db * this.keys + key;
    this.versions[at] = what.version;
    this.lengths[at] = what.length;
    this.expiries[at] = what.expiry;
    this.types[at] = what.type;
    this.sums[at] = what.sum;
  }

  remove(db: number, key: number): void {
    this.write(db, key, 0, 0, -1);
  }

  clear(db: number): void {
    for (let key = 0; key < this.keys; key++) this.remove(db, key);
  }

  swap(): void {
    for (let key = 0; key < this.keys; key++) {
      const a = this.read(0, key);
      const b = this.read(1, key);
      this.put(0, key, b);
      this.put(1, key, a);
    }
  }
}

/** The fuzzer's keys, one after the other; most short, some long, one beyond what a header's 16 bits can count. */
export function fuzzKeys(count: number): { readonly bytes: Buffer; readonly starts: readonly number[] } {
  const parts: Buffer[] = [];
  const starts = [0];
  for (let key = 0; key < count; key++) {
    const long = key === 1 ? 66_000 : key % 331 === 0 ? 300 : key % 97;
    const part = Buffer.from(`key:${key}:`.padEnd(long, 'x'), 'latin1');
    parts.push(part);
    starts.push((starts[key] ?? 0) + part.length);
  }
  return { bytes: Buffer.concat(parts), starts };
}

function word(key: number, version: number, i: number): number {
  return Math.imul(version + Math.imul(i, 0x9e3779b1), 0x85ebca6b) ^ key;
}

/** Fills `length` bytes with what only this key at this version holds. */
export function pattern(view: DataView, at: number, length: number, key: number, version: number): void {
  let i = 0;
  for (; i + 4 <= length; i += 4) view.setInt32(at + i, word(key, version, i), true);
  for (; i < length; i++) view.setUint8(at + i, word(key, version, i) & 0xff);
}

export function matches(view: DataView, at: number, length: number, key: number, version: number): boolean {
  let i = 0;
  for (; i + 4 <= length; i += 4) if (view.getInt32(at + i, true) !== word(key, version, i)) return false;
  for (; i < length; i++) if (view.getUint8(at + i) !== (word(key, version, i) & 0xff)) return false;
  return true;
}
