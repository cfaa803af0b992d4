// What the planner's worker threads run: one job at a time, over arrays that all threads share.
import { workerData } from 'node:worker_threads';
import type { Job, JobResult, JobShare } from './jobs.ts';
import { runJob } from './run-job.ts';

const share: JobShare = workerData;

export default function simulate(job: Job): JobResult {
  return runJob(share, job);
}
