/** What can be subscribed to. The three are apart: a shard channel is not the channel of the same name. */
export const CHANNEL = 0;
export const SHARD_CHANNEL = 1;
export const PATTERN = 2;
export type ChannelKind = typeof CHANNEL | typeof SHARD_CHANNEL;
export type TopicKind = ChannelKind | typeof PATTERN;

/** A pattern that somebody has subscribed to, and how many clients each thread has for it. */
export interface PatternCounts {
  readonly pattern: Buffer;
  readonly counts: Uint32Array;
}

/**
 * Who subscribes to what, over all threads: how many subscribers each thread has for a channel or a pattern. A change can be seen by every thread
 * when the call returns, so PUBLISH on another thread counts a subscriber as soon as it has its reply.
 */
export interface ChannelRegistry {
  /** This thread has one more subscriber. Throws errors.oom. */
  add(kind: TopicKind, name: Buffer): void;
  /** This thread has one subscriber less. */
  remove(kind: TopicKind, name: Buffer): void;
  /** Adds every thread's number of subscribers of a channel to `into`; answers their sum. */
  count(kind: ChannelKind, bytes: Buffer, start: number, length: number, into: Uint32Array): number;
  /** All patterns, as they are now. Not to be kept. */
  patterns(): readonly PatternCounts[];
  /** A number for the channel that `changes` wants. */
  place(kind: ChannelKind, bytes: Buffer, start: number, length: number): number;
  /**
   * While it answers the same for a channel's place, so does `count` for the channel, and this thread's subscribers to it are the same: it
   * differs as soon as `add` or `remove` has returned, on any thread. Other channels may share the place.
   */
  changes(place: number): number;
  /** The same for all patterns. */
  patternChanges(): number;
  /** Number of different names with subscribers. */
  size(kind: TopicKind): number;
  /** All names of channels. */
  names(kind: ChannelKind): Buffer[];
}

/** The registry of a server with one thread, on its own heap. For tests. */
export class LocalRegistry implements ChannelRegistry {
  private readonly topics: readonly Map<string, number>[] = [new Map(), new Map(), new Map()];
  private version = 0;

  add(kind: TopicKind, name: Buffer): void {
    const topics = this.of(kind);
    const key = name.latin1Slice();
    topics.set(key, (topics.get(key) ?? 0) + 1);
    this.version++;
  }

  remove(kind: TopicKind, name: Buffer): void {
    const topics = this.of(kind);
    const key = name.latin1Slice();
    const left = (topics.get(key) ?? 1) - 1;
    if (left === 0) topics.delete(key);
    else topics.set(key, left);
    this.version++;
  }

  count(kind: TopicKind, bytes: Buffer, start: number, length: number, into: Uint32Array): number {
    const count = this.of(kind).get(bytes.latin1Slice(start, start + length)) ?? 0;
    into[0] = (into[0] ?? 0) + count;
    return count;
  }

  patterns(): readonly PatternCounts[] {
    return [...this.of(PATTERN)].map(([name, count]) => ({
      pattern: Buffer.from(name, 'latin1'),
      counts: Uint32Array.of(count),
    }));
  }

  place(): number {
    return 0;
  }

  changes(): number {
    return this.version;
  }

  patternChanges(): number {
    return this.version;
  }

  size(kind: TopicKind): number {
    return this.of(kind).size;
  }

  names(kind: TopicKind): Buffer[] {
    return [...this.of(kind).keys()].map((name) => Buffer.from(name, 'latin1'));
  }

  private of(kind: TopicKind): Map<string, number> {
    return this.topics[kind] ?? new Map<string, number>();
  }
}
