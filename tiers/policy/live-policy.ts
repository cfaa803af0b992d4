import { AdaptiveRules } from './adaptive.ts';
import { ClockRules } from './clock.ts';
import type { TierPolicyName } from './names.ts';
import { Placer, type PolicyMemory } from './placer.ts';
import type { EvictionRules, HotPolicy } from './policy.ts';
import { S3FifoRules } from './s3-fifo.ts';
import { SieveRules } from './sieve.ts';
import { TinyLfuRules } from './tiny-lfu.ts';

interface Kind {
  rules(placer: Placer): EvictionRules;
  /** Whether the cache is filled by way of MAIN. */
  readonly fills: boolean;
}

const kinds = {
  adaptive: { rules: (placer) => new AdaptiveRules(placer), fills: true },
  's3-fifo': { rules: (placer) => new S3FifoRules(placer), fills: false },
  sieve: { rules: (placer) => new SieveRules(placer), fills: false },
  'w-tinylfu': { rules: (placer) => new TinyLfuRules(placer, true), fills: true },
  lru: { rules: (placer) => new ClockRules(placer), fills: false },
  lfu: { rules: (placer) => new TinyLfuRules(placer, false), fills: true },
} as const satisfies Record<TierPolicyName, Kind>;

/** The tier thread's policy, which may be exchanged while it works: objects stay in their queues, and the new rules go on with them. */
export class LivePolicy implements HotPolicy {
  private readonly placer: Placer;
  private chosen: TierPolicyName;
  private rules: EvictionRules;

  constructor(memory: PolicyMemory, name: TierPolicyName) {
    this.placer = new Placer(memory);
    this.chosen = name;
    this.rules = kinds[name].rules(this.placer);
    if (kinds[name].fills) this.placer.mayFillAnew(0, 0);
  }

  get name(): TierPolicyName {
    return this.chosen;
  }

  /** Part of the hot objects that newcomers may hold before others have to go; undefined where that does not change by itself. */
  get smallShare(): number | undefined {
    return this.rules instanceof AdaptiveRules ? this.rules.smallShare : undefined;
  }

  choose(name: TierPolicyName): void {
    if (name === this.chosen) return;
    this.placer.endFilling();
    this.chosen = name;
    this.rules = kinds[name].rules(this.placer);
  }

  /** How full the hot tier is, now and then. `mark`: where eviction begins, 0 for never. */
  noteUsed(usedBytes: number, mark: number): void {
    if (kinds[this.chosen].fills) this.placer.mayFillAnew(usedBytes, mark);
    this.placer.noteUsed(usedBytes, mark);
  }

  queueToTake(smallLength: number, mainLength: number): number {
    this.placer.endFilling();
    return this.rules.queueToTake(smallLength, mainLength);
  }

  judge(queue: number, frequency: number, position: number, check: number): number {
    return this.rules.judge(queue, frequency, position, check);
  }

  placement(position: number, check: number): number {
    return this.placer.placement(position, check);
  }

  forget(queue: number, position: number, check: number): void {
    this.rules.forget(queue, position, check);
  }
}
