import { OBJECT_ACCESS, OBJECT_VERSION_HIGH, OBJECT_VERSION_LOW } from '../memory/object.ts';
import { QUEUE_MAIN } from './hot-queues.ts';

/**
 * How long a cold key stays when the cold tier is above its bound: rounds of the hand (0 to 3) that it survives, kept in the two bits of
 * its entry that count hits while it is hot. docs/decisions/0011-cold-tier-housekeeping.md has the miss ratios of other choices.
 */
export interface Heats {
  /** Never used since its client wrote it. */
  readonly unused: number;
  /** Used: in RAM, or by having been read back from disk. */
  readonly used: number;
}

export const liveHeats: Heats = { unused: 0, used: 2 };

/** `proven`: see `provenIn`; `frequency`: hits that its entry has counted; `used`: used since it was written, for all else that is known. */
export function heatOf(proven: boolean, frequency: number, used: boolean, heats = liveHeats): number {
  return proven || used || frequency > 0 ? heats.used : heats.unused;
}

/**
 * Whether an object was used in a later second than that in which its client wrote it: its access clock is ahead of its version, which a
 * record brings back from disk as it was.
 */
export function usedSinceWritten(view: DataView, at: number): boolean {
  const ms =
    view.getUint32(at + OBJECT_VERSION_HIGH, true) * 4096 + (view.getUint32(at + OBJECT_VERSION_LOW, true) >>> 20);
  const ahead = (view.getUint32(at + OBJECT_ACCESS, true) - Math.floor(ms / 1000)) & 0xffffff;
  return ahead > 0 && ahead < 0x800000;
}

/** Whether standing in a queue tells that an object was used: in S3-FIFO's MAIN. Other policies fill MAIN with what is new, too. */
export function provenIn(queue: number, policyName: string): boolean {
  return queue === QUEUE_MAIN && policyName === 's3-fifo';
}
