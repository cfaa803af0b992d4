import { readAclFile } from '../../acl/acl-file.ts';
import type { ServerLink } from '../../server/link.ts';
import { CommandError } from '../errors.ts';
import type { CommandSpec, DeferredReply } from '../spec.ts';
import { adminSpec } from './spec.ts';

const noFile = new CommandError(
  'ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration.',
);
const notSaved = new CommandError(
  'ERR There was an error trying to save the ACLs. Please check the server logs for more information',
);

function fileOf(server: ServerLink): string {
  const { aclfile } = server.config.values;
  if (aclfile === '') throw noFile;
  return aclfile;
}

/** The file is read once; all threads make the same users of it, or none. */
export const load: CommandSpec = {
  ...adminSpec,
  name: 'load',
  summary: 'Read the users from the ACL file again',
  complexity: 'O(N), N being the number of users and clients',
  arity: 2,
  waits: true,
  execute({ server, session }): DeferredReply {
    const file = readAclFile(fileOf(server));
    if ('error' in file) throw new CommandError(`ERR ${file.error}`);
    return server
      .broadcast({ kind: 'acl-load', text: file.text, askedBy: session.id })
      .then(([problem]) => ({ reply }) => {
        if (problem !== undefined && problem !== '') throw new CommandError(`ERR ${problem}`);
        reply.ok();
      });
  },
};

export const save: CommandSpec = {
  ...adminSpec,
  name: 'save',
  summary: 'Write the users to the ACL file',
  complexity: 'O(N), N being the number of users',
  arity: 2,
  waits: true,
  execute({ server }): DeferredReply {
    fileOf(server);
    return server.broadcast({ kind: 'acl-save' }).then((problems) => ({ reply }) => {
      if (problems.some((problem) => problem !== '')) throw notSaved;
      reply.ok();
    });
  },
};
