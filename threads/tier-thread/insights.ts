import type { MissRatioReport, TierRequest } from '../../engine/server/link.ts';
import { slotFigures } from '../../tiers/index/slot-figures.ts';
import type { StoreView } from '../../tiers/index/store-view.ts';
import { usedBytes } from '../../tiers/memory/allocator.ts';
import { KIND_INDEX, KIND_TOMBSTONE } from '../../tiers/memory/layout.ts';
import type { SharedMemory } from '../../tiers/memory/shared-memory.ts';
import type { MemoryPressure } from '../../tiers/mover/pressure.ts';
import type { AccessSamples } from '../../tiers/mrc/access-samples.ts';
import { HotKeys } from '../../tiers/mrc/hot-keys.ts';
import { nameHotKeys, type ReadNames } from './hot-key-names.ts';
import { LiveCurve } from './live-curve.ts';

const insights = ['hot-keys', 'miss-ratios', 'reset-miss-ratios', 'slots'] as const;

export type InsightRequest = TierRequest & { kind: (typeof insights)[number] };

export function isInsightRequest(request: TierRequest): request is InsightRequest {
  return insights.some((kind) => kind === request.kind);
}

export interface InsightParts {
  readonly store: StoreView;
  readonly pressure: MemoryPressure;
  readonly memory: SharedMemory;
  readonly samples: AccessSamples;
}

/** Counters of hot keys: four times what anybody asks for, so that errors stay small. */
const HOT_KEY_COUNTERS = 1024;
const HOT_KEY_HALF_LIFE_MS = 30_000;
/** More are looked up than are wanted, since some are gone. */
const SPARE_NAMES = 32;

/** Sizes that an operator may think of, in multiples of the RAM there is. */
const DEFAULT_MULTIPLES = [0.125, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4, 8, 16];

/** What the samples of accesses tell: which keys are hot, and what more RAM would bring. */
export class Insights {
  private readonly parts: InsightParts;
  private readonly hotKeys = new HotKeys(HOT_KEY_COUNTERS, HOT_KEY_HALF_LIFE_MS);
  private readonly curve = new LiveCurve(() => performance.now());
  private readonly control: DataView;

  constructor(parts: InsightParts) {
    this.parts = parts;
    this.control = new DataView(parts.memory.control);
    const { samples } = parts;
    samples.add(this.curve);
    samples.turns = {
      acceptTurn: ({ table, slot, position, check, bytes: accesses }) => {
        this.curve.tell(accesses);
        this.hotKeys.note(table, slot, position, check, accesses, performance.now());
      },
    };
  }

  /** Rejects with a ColdStoreError when names have to be read and cannot be. */
  async answer(request: InsightRequest, readNames?: ReadNames): Promise<unknown> {
    switch (request.kind) {
      case 'hot-keys': {
        const hot = this.hotKeys.top(request.count + SPARE_NAMES, performance.now());
        return nameHotKeys(this.parts.store, hot, request.count, readNames);
      }
      case 'miss-ratios':
        return this.report(request.bytes, request.keys);
      case 'reset-miss-ratios':
        this.curve.reset();
        return undefined;
      case 'slots':
        return slotFigures(this.parts.store.tables);
    }
  }

  private report(bytes: readonly number[], keys: readonly number[]): MissRatioReport {
    const { pressure, samples } = this.parts;
    const ramBytes = pressure.max > 0 ? pressure.max : pressure.usedBytes();
    const overheadBytes = usedBytes(this.control, KIND_INDEX) + usedBytes(this.control, KIND_TOMBSTONE);
    const sizes =
      bytes.length + keys.length > 0 ? bytes : DEFAULT_MULTIPLES.map((multiple) => Math.round(ramBytes * multiple));
    return { ...this.curve.report(sizes, keys, overheadBytes), ramBytes, lost: samples.lost };
  }
}
