import { CHANNEL, PATTERN, SHARD_CHANNEL, type TopicKind } from './registry.ts';

/** What one client subscribes to: names as one character per byte. */
export class Subscriptions {
  /** Memory for names, and as much again for the sets that hold them. */
  bytes = 0;
  private readonly topics: readonly Set<string>[] = [new Set(), new Set(), new Set()];

  of(kind: TopicKind): Set<string> {
    return this.topics[kind] ?? new Set();
  }

  /** All of them. */
  get count(): number {
    return this.of(CHANNEL).size + this.of(PATTERN).size + this.of(SHARD_CHANNEL).size;
  }

  /** What replies to SUBSCRIBE and its kin count: channels and patterns together, shard channels apart. */
  countFor(kind: TopicKind): number {
    return kind === SHARD_CHANNEL ? this.of(kind).size : this.of(CHANNEL).size + this.of(PATTERN).size;
  }
}
