import type { Constraint, Curve, PlanTarget } from '../plan.ts';
import { formatShare, formatUs, formatYears } from './format.ts';

/** How constraints are called in the table's last column, and what each means. */
export const constraintWords: Readonly<Record<Constraint, { readonly short: string; readonly long: string }>> = {
  'hit-ratio': { short: 'hits', long: 'too few reads are answered by RAM and NVMe' },
  latency: { short: 'latency', long: 'slower than asked for' },
  iops: { short: 'iops', long: 'more reads than the drive answers' },
  'write-bandwidth': { short: 'writes', long: 'more bytes written than the drive takes' },
  endurance: { short: 'wear', long: 'the drive is worn out too soon' },
  cpu: { short: 'cpu', long: 'more cores than there are' },
  'index-ram': { short: 'index', long: 'the index of the keys on NVMe leaves no RAM for values' },
};

export const policyNames: Readonly<Record<Curve['policy'], string>> = {
  server: 'StrataKV',
  lru: 'LRU',
  's3-fifo': 'S3-FIFO',
  belady: 'Bélady’s bound',
};

/** The target in words: `hit ratio ≥ 95 %, p99 ≤ 2 ms`; undefined when nothing was asked for. */
export function targetInWords(target: PlanTarget): string | undefined {
  const parts = [
    target.hitRatio === undefined ? undefined : `hit ratio ≥ ${formatShare(target.hitRatio)}`,
    target.ramHitRatio === undefined ? undefined : `hit ratio of RAM ≥ ${formatShare(target.ramHitRatio)}`,
    target.meanUs === undefined ? undefined : `mean ≤ ${formatUs(target.meanUs)}`,
    target.p99Us === undefined ? undefined : `p99 ≤ ${formatUs(target.p99Us)}`,
    target.driveYears === undefined ? undefined : `drive life ≥ ${formatYears(target.driveYears)}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(', ');
}
