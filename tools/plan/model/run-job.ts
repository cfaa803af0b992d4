import { unreachable } from '../../../tiers/base/assert.ts';
import { runBelady } from './belady-job.ts';
import type { Job, JobResult, JobShare } from './jobs.ts';
import { runLru } from './lru-job.ts';
import { runTiers } from './tiers-job.ts';

/** Does one job from beginning to end, on whatever thread. */
export function runJob(share: JobShare, job: Job): JobResult {
  switch (job.kind) {
    case 'tiers':
      return [runTiers(share, job.policy, job.configuration, job.part)];
    case 'lru':
      return runLru(share, job.ramBytes, job.part);
    case 'belady':
      return [runBelady(share, job.ramBytes, job.part)];
    default:
      return unreachable(job);
  }
}
