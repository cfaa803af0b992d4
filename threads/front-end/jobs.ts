import { Acl } from '../../engine/acl/acl.ts';
import type { CommandTable } from '../../engine/commands/table.ts';
import { Jobs, type JobsParts } from '../../engine/jobs/jobs.ts';
import { ClientSession } from './session.ts';

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
    newSession: ({ wake }) => {
      const facts = { id: 0, address: ADDRESS, localAddress: '', fd: -1, unixSocket: false, thread: 0, acl };
      return new ClientSession(
        { ...facts, createdAtMs: Date.now() },
        {
          queryBufferBytes: 0,
          argumentBytes: 0,
          outputBufferBytes: 0,
          outputBuffers: 0,
          deliver: () => {},
          closeAfterReply: () => {},
          kill: () => {},
          isWaiting: () => true,
          wake,
          settle: () => {},
        },
      );
    },
  });
}
