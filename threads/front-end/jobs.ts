import { Acl } from '../../engine/acl/acl.ts';
import type { CommandTable } from '../../engine/commands/table.ts';
import { Jobs, type JobsParts } from '../../engine/jobs/jobs.ts';
import { ownSession } from './session.ts';

/** Where a job's commands come from, as MONITOR and SLOWLOG show it. */
const ADDRESS = 'job';

export interface JobsStart extends Omit<JobsParts, 'newSession'> {
  readonly table: CommandTable;
}

/** One thread's jobs. They may do everything, whoever made them and whatever the users of clients may do. */
export function openJobs({ table, ...parts }: JobsStart): Jobs {
  const acl = new Acl(table);
  return new Jobs({
    ...parts,
    newSession: ({ wake }) => ownSession(acl, Date.now(), ADDRESS, { isWaiting: () => true, wake }),
  });
}
