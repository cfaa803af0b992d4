import { OP_READ } from '../plan.ts';
import { inOrder, type TraceParser } from './parser.ts';
import type { Sampler } from './sampler.ts';
import { TraceProblem } from './trace-error.ts';

/** libCacheSim's "oracleGeneral" (https://github.com/1a1a11a/libCacheSim): u32 seconds | u64 object | u32 bytes | i64 next request of it, little endian. */
export const RECORD_BYTES = 24;
export const RECORD_OBJECT = 4;
export const RECORD_SIZE = 12;
export const RECORD_NEXT = 16;

/** High words of `next`: that of -1, that of the largest i64 (none, both), and more than any trace has requests. */
const NEXT_NONE = -1;
const NEXT_NEVER = 0x7fffffff;
const NEXT_TOO_HIGH = 2 ** 12;

/** A record's `next` as it may be; where it is not, the record is no record. */
export function plausibleNext(high: number): boolean {
  return high === NEXT_NONE || high === NEXT_NEVER || (high >= 0 && high < NEXT_TOO_HIGH);
}

export class OracleGeneralParser implements TraceParser {
  readonly recordBytes: number = RECORD_BYTES;
  readonly lines: number = 0;
  lastMs = 0;
  private readonly sampler: Sampler;
  private readonly nameBytes: number;

  /** `nameBytes`: what names of keys are taken to have, as the format has none. */
  constructor(sampler: Sampler, nameBytes: number) {
    this.sampler = sampler;
    this.nameBytes = nameBytes;
  }

  parse(bytes: Buffer, end: number): void {
    const { sampler, nameBytes } = this;
    const view = new DataView(bytes.buffer, bytes.byteOffset, end);
    let lastMs = this.lastMs;
    for (let at = 0; at < end; at += RECORD_BYTES) {
      if (!plausibleNext(view.getInt32(at + RECORD_NEXT + 4, true)))
        throw new TraceProblem('this is no record of oracleGeneral: its next request is impossible', {
          line: 0,
          byte: at,
        });
      lastMs = inOrder(view.getUint32(at, true) * 1000, lastMs, 0, at);
      sampler.now[0] = lastMs;
      const low = view.getInt32(at + RECORD_OBJECT, true);
      const high = view.getInt32(at + RECORD_OBJECT + 4, true);
      sampler.offer(low, high, nameBytes, view.getUint32(at + RECORD_SIZE, true), OP_READ, 0);
    }
    this.lastMs = lastMs;
  }
}
