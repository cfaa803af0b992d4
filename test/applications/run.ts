import assert from 'node:assert/strict';
import { launch } from '../support/launch.ts';
import type { Application } from './application.ts';
import { jobQueue } from './job-queue.ts';
import { locks } from './locks.ts';
import { rateLimits } from './rate-limits.ts';
import { sessions } from './sessions.ts';

const applications: readonly Application[] = [jobQueue, locks, rateLimits, sessions];

/** All applications at once against one server of four threads with both tiers; a line for each of what it did. */
export async function runApplications(seconds: number): Promise<readonly string[]> {
  const server = await launch('stratakv', { 'server-threads': '4', 'storage-provider': ['flash', './flash'] });
  const end = Date.now() + seconds * 1000;
  try {
    // All are waited for: stopping the server under those that are still at work would hide what one of them found.
    const ends = await Promise.allSettled(
      applications.map(async ({ name, run }) => `${name}: ${await run(server.port, () => end)}`),
    );
    const failures = ends.flatMap((it) => (it.status === 'rejected' ? [it.reason] : []));
    if (failures.length > 0) throw new AggregateError(failures, server.log().slice(-3000));
    return ends.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
  } finally {
    assert.equal(await server.stop(), 0, server.log().slice(-3000));
  }
}
