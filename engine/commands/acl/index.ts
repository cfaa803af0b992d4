import { containerOnly, helpSubcommand } from '../help.ts';
import type { CommandSpec } from '../spec.ts';
import { load, save } from './file.ts';
import { log } from './log.ts';
import { cat, dryrun, genpass } from './questions.ts';
import { deluser, getuser, list, setuser, users, whoami } from './users.ts';

/** Users and what they may do: see engine/acl/acl.ts. */
export const acl: CommandSpec = {
  name: 'acl',
  summary: 'Container of commands about users and their permissions',
  since: '6.0.0',
  group: 'server',
  complexity: 'Depends on the subcommand',
  arity: -2,
  flags: ['sentinel'],
  categories: [],
  keySpecs: [],
  tiers: 'none',
  execute: containerOnly,
  subcommands: [
    cat,
    deluser,
    dryrun,
    genpass,
    getuser,
    helpSubcommand('acl', '6.0.0', { group: 'server', flags: ['loading', 'stale', 'sentinel'], categories: [] }, [
      ['CAT [<category>]', 'Tell all categories, or the commands of one.'],
      ['DELUSER <username> [<username> ...]', 'Delete users and disconnect their clients.'],
      ['DRYRUN <username> <command> [<arg> ...]', 'Tell whether a user may run a command, without running it.'],
      ['GETUSER <username>', 'Tell what a user may do.'],
      ['GENPASS [<bits>]', 'Make a password that nobody can guess, of 256 bits or as many as you say.'],
      ['LIST', 'Tell all users as lines of an ACL file.'],
      ['LOAD', 'Read the users from the ACL file again.'],
      ['LOG [<count> | RESET]', 'Tell what was denied lately, or forget it.'],
      ['SAVE', 'Write the users to the ACL file.'],
      ['SETUSER <username> <rule> [<rule> ...]', 'Create a user, or change what it may do.'],
      ['USERS', 'Tell the names of all users.'],
      ['WHOAMI', 'Tell the user of this connection.'],
    ]),
    list,
    load,
    log,
    save,
    setuser,
    users,
    whoami,
  ],
};

export const aclCommands: readonly CommandSpec[] = [acl];
