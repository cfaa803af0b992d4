/**
 * Users and their permissions, on one thread. Every front-end has its own `Acl` (`ServerLink.acl`), all of them with the same content.
 *
 * For others:
 * - **A command of a client** is checked by the dispatcher: `session.acl.free[entry.id] === 1` means that this user may run it whatever
 *   the arguments are; else `refuse(session, entry, request, context)` answers the error to reply with, or undefined. Channels of
 *   SUBSCRIBE, PSUBSCRIBE, SSUBSCRIBE, PUBLISH and SPUBLISH are part of it (patterns literally), so pub/sub commands need no check of
 *   their own.
 * - **MULTI**: when a command is queued: `refuse(..., 'multi')`; when EXEC runs it: `refuseInExec`, whose error becomes that
 *   command's reply.
 * - **Scripts**: each call: `refuseInScript`; `redis.acl_check_cmd`: `allows(session, entry, request)`, which logs nothing.
 * - **What a client hears later** (keyspace events, messages) needs no check: whoever loses a channel is disconnected, see `ChannelsRevoked`.
 * - **Changes** come as ThreadRequests (`acl-...`), in the same order to every thread. `session.acl` is the user itself, so a change
 *   counts from the next command on.
 */
import type { Request } from '../../protocol/resp/request.ts';
import type { CommandContext } from '../commands/context.ts';
import { CommandError, errors } from '../commands/errors.ts';
import type { CommandEntry, CommandTable } from '../commands/table.ts';
import type { Session } from '../server/session.ts';
import { AclLog, type DenialContext, type DenialReason } from './acl-log.ts';
import { AccessCheck, ALLOWED, DENIED_CHANNEL, DENIED_COMMAND, DENIED_KEY, type Verdict } from './check.ts';
import { ACCESS_READ, AclCommands } from './commands.ts';
import { matchesPassword } from './passwords.ts';
import type { RuleReader } from './selector-rules.ts';
import { User } from './user.ts';
import { DEFAULT_USER, Users } from './users.ts';

const keyDenied = new CommandError('NOPERM this user has no permissions to access one of the keys used as arguments');
const channelDenied = new CommandError(
  'NOPERM this user has no permissions to access one of the channels used as arguments',
);

const execReasons: Readonly<Record<number, string>> = {
  [DENIED_COMMAND]: 'no permission to execute the command or subcommand',
  [DENIED_KEY]: 'no permission to touch the specified keys',
  [DENIED_CHANNEL]: 'no permission to access one of the channels used as arguments',
};

const scriptReasons: Readonly<Record<number, string>> = {
  [DENIED_COMMAND]: "can't run this command or subcommand",
  [DENIED_KEY]: "can't access at least one of the keys mentioned in the command arguments",
  [DENIED_CHANNEL]: "can't publish to the channel mentioned in the command",
};

const logReasons: Readonly<Record<number, DenialReason>> = {
  [DENIED_COMMAND]: 'command',
  [DENIED_KEY]: 'key',
  [DENIED_CHANNEL]: 'channel',
};

export interface AclSettings {
  /** `acl-pubsub-default allchannels`. */
  allChannels: boolean;
  /** `acllog-max-len`. */
  maxLogLength: number;
}

export class Acl {
  readonly commands: AclCommands;
  readonly users: Users;
  readonly log: AclLog = new AclLog();
  /** Changed by `config-set` requests only, at the same place in the order of requests on every thread. */
  readonly settings: AclSettings = { allChannels: false, maxLogLength: 128 };
  /**
   * Whom a session belongs to until it has logged in. Its `free` is that of the default user while that one is open, and else has only
   * what everybody may run.
   */
  readonly guest: User;
  private readonly check: AccessCheck;

  /** @param warn where the use of deprecated rules goes; all threads apply all rules, so at most one of them should have it */
  constructor(table: Pick<CommandTable, 'allWithSubcommands'>, warn: (text: string) => void = () => {}) {
    const commands = new AclCommands(table);
    const { settings } = this;
    const reader: RuleReader = {
      commands,
      get allChannels() {
        return settings.allChannels;
      },
      warn,
    };
    this.commands = commands;
    this.users = new Users(reader);
    this.guest = new User(DEFAULT_USER, { commands, allChannels: false });
    this.check = new AccessCheck(commands);
    this.settle();
  }

  /** Whose key declarations checks ask for: the thread's one context. */
  follow(context: CommandContext): void {
    this.check.context = context;
  }

  /** To be called after every change of users: what a session may do that has not logged in. */
  settle(): void {
    const { open, free } = this.users.default;
    if (open) this.guest.free = free;
    else this.guest.settle();
  }

  /** A new session, or one after RESET or of a deleted user. */
  welcome(session: Session): void {
    const { open } = this.users.default;
    session.acl = open ? this.users.default : this.guest;
    session.authenticated = open;
    session.user = DEFAULT_USER;
  }

  /** The session of a user that is gone can do nothing any more, whatever happens before it is closed. */
  expel(session: Session): void {
    session.acl = this.guest;
    session.authenticated = false;
    session.user = DEFAULT_USER;
  }

  /**
   * Logs a session in, or writes the failure to the log and answers false.
   *
   * @param name one character per byte
   * @param command as the client wrote it: `AUTH`, `hello`
   */
  login(session: Session, name: string, password: Uint8Array, command: string, context: DenialContext): boolean {
    const user = this.users.get(name);
    // A user who does not exist costs as much time as a wrong password.
    const right = matchesPassword(password, user?.passwords ?? []);
    if (user === undefined || !user.enabled || (!user.noPassword && !right)) {
      this.record(session, 'auth', context, command, name);
      return false;
    }
    session.acl = user;
    session.user = name;
    session.authenticated = true;
    return true;
  }

  /** Why the session may not run the command, or undefined. A denial is written to the log. */
  refuse(
    session: Session,
    entry: CommandEntry,
    request: Request,
    context: 'toplevel' | 'multi',
  ): CommandError | undefined {
    if (session.acl.free[entry.id] === 1) return undefined;
    if (session.acl === this.guest && !this.users.default.open) {
      return this.commands.forEverybody[entry.id] === true ? undefined : errors.noAuth;
    }
    switch (this.denial(session, entry, request, context)) {
      case ALLOWED:
        return undefined;
      case DENIED_COMMAND:
        return new CommandError(`NOPERM this user has no permissions to run the '${entry.fullName}' command`);
      case DENIED_KEY:
        return keyDenied;
      default:
        return channelDenied;
    }
  }

  /** For each command of a transaction when it runs: the user may have changed since it was queued. */
  refuseInExec(session: Session, entry: CommandEntry, request: Request): CommandError | undefined {
    const verdict = this.denial(session, entry, request, 'multi');
    if (verdict === ALLOWED) return undefined;
    return new CommandError(
      `NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following reason: ${execReasons[verdict]}`,
    );
  }

  /** For each command that a script calls; the session is that of the script's caller. */
  refuseInScript(session: Session, entry: CommandEntry, request: Request): CommandError | undefined {
    const verdict = this.denial(session, entry, request, 'lua');
    return verdict === ALLOWED
      ? undefined
      : new CommandError(`ERR The user executing the script ${scriptReasons[verdict]}`);
  }

  /** The same question without any trace: `redis.acl_check_cmd`. */
  allows(session: Session, entry: CommandEntry, request: Request): boolean {
    return this.check.command(this.userOf(session), entry, request) === ALLOWED;
  }

  /** For SORT's BY and GET: whether the session may run the command, and read all keys that there are besides. */
  allowsOnEveryKey(session: Session, entry: CommandEntry, request: Request): boolean {
    return this.check.commandOnEveryKey(this.userOf(session), entry, request, ACCESS_READ);
  }

  /** ACL DRYRUN: the verdict, and which argument is the forbidden key or channel. */
  tryOut(user: User, entry: CommandEntry, request: Request): { readonly verdict: Verdict; readonly at: number } {
    const verdict = this.check.command(user, entry, request);
    return { verdict, at: this.check.deniedAt };
  }

  /** The default user for who has not logged in and need not. */
  private userOf(session: Session): User {
    return session.acl === this.guest && this.users.default.open ? this.users.default : session.acl;
  }

  private denial(session: Session, entry: CommandEntry, request: Request, context: DenialContext): Verdict {
    const verdict = this.check.command(this.userOf(session), entry, request);
    if (verdict === ALLOWED) return ALLOWED;
    const object = verdict === DENIED_COMMAND ? entry.fullName : request.latin1(this.check.deniedAt);
    this.record(session, logReasons[verdict] ?? 'command', context, object, session.user);
    return verdict;
  }

  private record(
    session: Session,
    reason: DenialReason,
    context: DenialContext,
    object: string,
    username: string,
  ): void {
    const atMs = performance.timeOrigin + performance.now();
    const clientInfo = session.describe(atMs);
    this.log.record({ reason, context, object, username, clientInfo, atMs }, this.settings.maxLogLength);
  }
}
