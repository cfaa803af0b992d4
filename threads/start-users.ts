import { Acl } from '../engine/acl/acl.ts';
import { readAclFile } from '../engine/acl/acl-file.ts';
import { type AclFileText, startUsers } from '../engine/acl/start.ts';
import type { Config } from '../engine/config/config.ts';
import { buildCommandTable } from './front-end/commands.ts';
import type { ServerLog } from './log.ts';

/**
 * Reads the ACL file, and checks the users of this start before any thread has them. Main loads this module only when there are users
 * to check, because it brings the whole command table along.
 *
 * @throws Error with Redis's lines about what is wrong
 */
export function checkUsers(config: Config, log: Pick<ServerLog, 'write'>): AclFileText {
  const path = config.values.aclfile;
  const file = path === '' ? undefined : readAclFile(path);
  if (file !== undefined && 'error' in file) {
    throw new Error(`Aborting Redis startup because of ACL errors: ${file.error}`);
  }
  const acl = new Acl(buildCommandTable(new Map()), (text) => log.write('warning', text));
  const problem = startUsers(acl, config, file?.text, (text) => log.write('notice', text));
  if (problem !== '') throw new Error(problem);
  return file?.text;
}
