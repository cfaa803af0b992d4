import { test } from 'node:test';
import { runApplications } from './run.ts';

const SECONDS = 3;

test('a job queue, locks, rate limits and sessions from npm work on a server of four threads', async (context) => {
  for (const line of await runApplications(SECONDS)) context.diagnostic(line);
});
