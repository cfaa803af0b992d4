import { Acl } from '../../engine/acl/acl.ts';
import type { AclLogEntry } from '../../engine/acl/acl-log.ts';
import { ACCESS_READ } from '../../engine/acl/commands.ts';
import { type AclFileText, followConfigSet, startUsers } from '../../engine/acl/start.ts';
import type { User } from '../../engine/acl/user.ts';
import type { CommandTable } from '../../engine/commands/table.ts';
import type { Config } from '../../engine/config/config.ts';
import type { ThreadRequest } from '../../engine/server/link.ts';
import { assert } from '../../tiers/base/assert.ts';
import { buildCommandTable } from '../front-end/commands.ts';
import { ownSession } from '../front-end/session.ts';

/** Somebody who looks on: a user as it was when the password was checked. */
export interface Visitor {
  readonly user: User;
  /** All its rules: when they change, the session is over. */
  readonly rules: string;
}

/**
 * The server's users, as the main thread knows them: from the same texts as every front-end, and by the same changes in the same order. So
 * a password is checked, and a permission looked up, while every front-end is busy.
 */
export class DashboardUsers {
  private readonly acl: Acl;
  private readonly table: CommandTable;

  constructor(config: Config, aclFile: AclFileText) {
    this.table = buildCommandTable(new Map(config.renamedCommands));
    this.acl = new Acl(this.table);
    const problem = startUsers(this.acl, config, aclFile, () => {});
    assert(problem === '', `main has checked the users: ${problem}`);
  }

  /** What main sends to all front-ends, at the time when it sends it. */
  follow(request: ThreadRequest): void {
    const { acl } = this;
    switch (request.kind) {
      case 'acl-setuser':
        acl.users.set(request.name, request.rules, () => {});
        acl.settle();
        break;
      case 'acl-deluser':
        acl.users.delete(request.names);
        break;
      case 'acl-load':
        acl.users.load(request.text, '', () => {});
        acl.settle();
        break;
      case 'acl-log-reset':
        acl.log.reset();
        break;
      case 'config-set':
        followConfigSet(acl, request.pairs);
        break;
      default:
    }
  }

  /** What was denied here: for ACL LOG. */
  get log(): readonly AclLogEntry[] {
    return this.acl.log.get();
  }

  /** Whether the default user needs no password; then nobody from elsewhere is served in protected mode. */
  get needsNoPassword(): boolean {
    return this.acl.users.default.noPassword;
  }

  /** As AUTH does; a failure is written to the ACL log. @param address as CLIENT LIST prints it */
  login(name: string, password: string, address: string): Visitor | undefined {
    const session = ownSession(this.acl, Date.now(), address);
    session.name = 'dashboard';
    const bytes = Buffer.from(password);
    if (!this.acl.login(session, Buffer.from(name).latin1Slice(), bytes, 'AUTH', 'toplevel')) return undefined;
    return visitor(session.acl);
  }

  /** Who need not log in: the default user, while it is on and without a password. */
  guest(): Visitor | undefined {
    const { default: user } = this.acl.users;
    return user.open ? visitor(user) : undefined;
  }

  /** Whether nothing has happened to the user since. */
  isCurrent({ user, rules }: Visitor): boolean {
    return user.enabled && this.acl.users.get(user.name) === user && user.describe() === rules;
  }

  /** Whether the user may run a command without arguments that are keys: `tier|hotkeys`. */
  may({ user }: Visitor, command: string): boolean {
    const entry = this.table.byName(command);
    return entry !== undefined && user.free[entry.id] === 1;
  }

  /** Whether the user may read a key of that name. TIER HOTKEYS names all to whoever may run it; the page is stricter. */
  mayRead({ user }: Visitor, key: Uint8Array): boolean {
    return user.selectors.some((selector) => selector.mayUseKey(key, 0, key.length, ACCESS_READ));
  }
}

function visitor(user: User): Visitor {
  return { user, rules: user.describe() };
}
