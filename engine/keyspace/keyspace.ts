import type { KeyEvents } from '../events/events.ts';
import type { Codecs } from '../types/codecs.ts';
import type { Collections } from '../types/collection/collections.ts';
import type { SharedHashes } from '../types/hash/shared-hashes.ts';
import type { SharedJobs } from '../types/job/shared-jobs.ts';
import type { SharedLists } from '../types/list/shared-lists.ts';
import type { SharedSets } from '../types/set/shared-sets.ts';
import type { SharedStreams } from '../types/stream/shared-streams.ts';
import type { StringValues } from '../types/string/string-values.ts';
import type { SharedSortedSets } from '../types/zset/shared-sorted-sets.ts';
import type { KeyRef } from './key-ref.ts';

/** What SCAN, KEYS and RANDOMKEY see of a key. */
export interface ScannedKey {
  readonly key: Buffer;
  readonly type: number;
}

/** Names of cold keys by their place in the index: they cannot change, so who reads them can begin anew and read them no more. */
export type ColdNameMemo = Map<string, Buffer>;

/** One thread's door to the shared keyspace. Methods that take a KeyRef need its slot locked (the dispatcher does that). */
export interface Keyspace {
  /** Keyspace notifications: commands tell here what they did to a key. */
  readonly events: KeyEvents;
  readonly strings: StringValues;
  readonly collections: Collections;
  readonly hashes: SharedHashes;
  readonly lists: SharedLists;
  readonly sets: SharedSets;
  readonly sortedSets: SharedSortedSets;
  readonly streams: SharedStreams;
  readonly jobs: SharedJobs;
  /** Values to RDB and back. */
  readonly codecs: Codecs;
  /** Throws errors.wrongType unless the key is missing or a string. */
  requireString(ref: KeyRef): void;
  /** The same for a value type. */
  requireType(ref: KeyRef, type: number): void;
  /** Removes the key; false if there was none. Never reads the disk. */
  delete(ref: KeyRef): boolean;
  /** Absolute expiry in ms, -1 for none (also of a cold key: no read). */
  expireAt(ref: KeyRef): number;
  /** Sets an absolute expiry in ms, or -1 to remove it. Needs the value in RAM. */
  setExpireAt(ref: KeyRef, expireAtMs: number): void;
  /** Moves a value with its expiry to another key, which is replaced: RENAME, MOVE. Needs `from` in RAM; it is missing afterwards. */
  move(from: KeyRef, to: KeyRef): void;
  /** Copies a value with its expiry: COPY. */
  copy(from: KeyRef, to: KeyRef): void;
  /** ms since 1970 of the last write (OBJECT LASTMODIFIED, in ms). Needs the value in RAM. */
  lastModifiedMs(ref: KeyRef): number;
  /** Seconds since the last access (OBJECT IDLETIME); and setting it (RESTORE IDLETIME). Value in RAM. */
  idleSeconds(ref: KeyRef): number;
  setIdleSeconds(ref: KeyRef, seconds: number): void;
  /** LFU counter 0..255 (OBJECT FREQ, RESTORE FREQ). Value in RAM. */
  frequency(ref: KeyRef): number;
  setFrequency(ref: KeyRef, value: number): void;
  /** Bytes of RAM the key costs, index entry included (MEMORY USAGE); a cold key costs its entry. */
  memoryUsage(ref: KeyRef): number;
  /** `hot` | `cold` | `none`, and whether the hot copy differs from the disk (TIER WHERE). */
  residency(ref: KeyRef): { readonly tier: 'hot' | 'cold' | 'none'; readonly dirty: boolean; readonly onDisk: boolean };
  /** Number of keys of a database, hot and cold; and of those with an expiry. O(threads). */
  size(db: number): number;
  expiresCount(db: number): number;
  /** Number of cold keys (KeyDB's `cached_keys` = size - cold). */
  coldCount(db: number): number;
  /** Mean TTL in ms, estimated by the expiry sweep (INFO keyspace avg_ttl). */
  averageTtlMs(db: number): number;
  /**
   * Visits keys from `cursor` (0n to begin) in hash order until about `count` were seen, and answers the next cursor (0n at the
   * end). Every key that exists from the first call to the last is visited at least once, hot or cold, whatever grows meanwhile.
   * Cold keys need their names read from disk: `visit` gets them from the tier thread, so this is asynchronous when there are any
   * that `known` does not have; what is read is added to it.
   */
  scan(
    db: number,
    cursor: bigint,
    count: number,
    visit: (key: ScannedKey) => void,
    known?: ColdNameMemo,
  ): bigint | Promise<bigint>;
  /** A random key's name, or undefined when the database is empty. `known` as for `scan`. */
  randomKey(db: number, known?: ColdNameMemo): Buffer | undefined | Promise<Buffer | undefined>;
  /** Under the exclusive lock: empties one database, or all (-1); exchanges two. */
  flush(db: number): void;
  swap(a: number, b: number): void;
}
