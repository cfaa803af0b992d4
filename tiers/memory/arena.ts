import { assert } from '../base/assert.ts';
import { GRANULE_SHIFT, SEGMENT_BYTES, SEGMENT_GRANULES_SHIFT } from '../base/limits.ts';
import type { Handle } from './handle.ts';
import { SEGMENT_SKEW, type SharedMemory } from './shared-memory.ts';

const OFFSET_MASK = 2 ** SEGMENT_GRANULES_SHIFT - 1;

/** One thread's views of the segments. Positions within a segment are byte offsets; handles say which segment. */
export class Arena {
  private readonly segmentViews: readonly DataView[];
  private readonly segmentBytes: readonly Uint8Array[];

  constructor(memory: SharedMemory) {
    this.segmentViews = memory.segments.map((segment) => new DataView(segment, SEGMENT_SKEW, SEGMENT_BYTES));
    this.segmentBytes = memory.segments.map((segment) => new Uint8Array(segment, SEGMENT_SKEW, SEGMENT_BYTES));
  }

  /** The view of the segment that holds the block. */
  view(handle: Handle): DataView {
    const view = this.segmentViews[handle >>> SEGMENT_GRANULES_SHIFT];
    if (view === undefined) throw outside(handle);
    return view;
  }

  /** The same for a number that may be no handle at all: undefined outside the arena. */
  tryView(handle: number): DataView | undefined {
    return this.segmentViews[handle >>> SEGMENT_GRANULES_SHIFT];
  }

  /** The bytes of the segment that holds the block. */
  bytes(handle: Handle): Uint8Array {
    const bytes = this.segmentBytes[handle >>> SEGMENT_GRANULES_SHIFT];
    if (bytes === undefined) throw outside(handle);
    return bytes;
  }

  /** Byte offset of the block in its segment. */
  offset(handle: Handle): number {
    return (handle & OFFSET_MASK) << GRANULE_SHIFT;
  }
}

function outside(handle: number): Error {
  assert(false, `handle ${handle} lies outside the arena`);
  return new Error();
}
