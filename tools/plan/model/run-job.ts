import { unreachable } from '../../../tiers/base/assert.ts';
import { runBelady } from './belady-job.ts';
import type { Job, JobResult, JobShare } from './jobs.ts';
import { runLru } from './lru-job.ts';
import { Ticker } from './ticker.ts';
import { runTiers } from './tiers-job.ts';

/** Does one job from beginning to end, on whatever thread. */
export function runJob(share: JobShare, job: Job): JobResult {
  const ticker = new Ticker(share.progress);
  switch (job.kind) {
    case 'tiers':
      return [runTiers(share, job.policy, job.configuration, job.part, ticker)];
    case 'lru':
      return runLru(share, job.ramBytes, job.part, ticker);
    case 'belady':
      return [runBelady(share, job.ramBytes, job.part, ticker)];
    default:
      return unreachable(job);
  }
}
