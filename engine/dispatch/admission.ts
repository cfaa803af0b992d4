import type { Request } from '../../protocol/resp/request.ts';
import { type CommandError, errors, wrongArity } from '../commands/errors.ts';
import { flagBit } from '../commands/flags.ts';
import type { CommandEntry, CommandTable } from '../commands/table.ts';
import type { Session } from '../server/session.ts';
import type { Accounting } from './accounting.ts';
import type { ThreadContext } from './context.ts';
import { GATE_FAILS, GATE_OPEN, GATE_REFUSES, type MemoryGate } from './hooks.ts';
import { ClientPause } from './pause.ts';
import { isWebRequest, protectedCommand, unknownCommand, unknownSubcommand, whileSubscribed } from './refusals.ts';
import type { DispatchedSession } from './session.ts';

/** What a RESP2 client may run while it subscribes to anything: it could not tell other replies from messages. */
const runsWhileSubscribed: ReadonlySet<string> = new Set([
  'subscribe',
  'unsubscribe',
  'psubscribe',
  'punsubscribe',
  'ssubscribe',
  'sunsubscribe',
  'ping',
  'quit',
  'reset',
]);

const mayReplicate = flagBit.write | flagBit.may_replicate;

export interface AdmissionParts {
  readonly table: CommandTable;
  readonly context: ThreadContext;
  readonly gate: MemoryGate;
  readonly accounting: Accounting;
  /** `enable-debug-command`, asked when a protected command comes. */
  readonly allowsProtected: (session: Session) => boolean;
}

/** Which command a request is, and whether its client may run it, now. */
export class Admission {
  readonly pause: ClientPause;
  private readonly table: CommandTable;
  private readonly context: ThreadContext;
  private readonly gate: MemoryGate;
  private readonly accounting: Accounting;
  private readonly allowsProtected: (session: Session) => boolean;

  constructor(parts: AdmissionParts) {
    this.table = parts.table;
    this.context = parts.context;
    this.gate = parts.gate;
    this.accounting = parts.accounting;
    this.allowsProtected = parts.allowsProtected;
    this.pause = new ClientPause((active) => {
      parts.context.keys.keepsExpired = active;
    });
  }

  /** The command that the client may run, or undefined when it was refused. */
  find(client: DispatchedSession, request: Request): CommandEntry | undefined {
    const entry = this.table.ofRequest(request) ?? this.refuseUnknown(client, request);
    if (entry === undefined) return undefined;
    const { arity, bits } = entry;
    if (arity > 0 ? request.count !== arity : request.count < -arity) {
      return this.refuse(client, entry, wrongArity(entry.fullName));
    }
    if ((bits & flagBit.protected) !== 0 && !this.allowsProtected(client)) {
      const name = entry.fullName.split('|', 1)[0] ?? '';
      return this.refuse(client, entry, protectedCommand(name.toUpperCase(), `enable-${name}-command`));
    }
    if (client.acl.free[entry.id] !== 1) {
      const { acl } = this.context.server;
      const denial = acl.refuse(client, entry, request, client.transaction === undefined ? 'toplevel' : 'multi');
      if (denial !== undefined) return this.refuse(client, entry, denial);
    }
    if ((bits & flagBit.denyoom) !== 0) {
      const answer = this.gate.admit();
      if (answer === GATE_REFUSES) return this.refuse(client, entry, errors.oom);
      if (answer === GATE_FAILS) return this.refuse(client, entry, errors.notWritable);
    }
    if ((bits & flagBit.write) !== 0 && this.gate.refusesChanges === true) {
      return this.refuse(client, entry, errors.notDurable);
    }
    if (client.subscriptions !== undefined && client.resp === 2 && !runsWhileSubscribed.has(entry.spec.name)) {
      return this.refuse(client, entry, whileSubscribed(entry.fullName));
    }
    return entry;
  }

  private refuseUnknown(client: DispatchedSession, request: Request): undefined {
    const { server } = this.context;
    const container = this.table.lookup(request.bytes, request.start(0), request.length(0));
    if (container !== undefined) {
      server.suggest('command', `${container.fullName}|${request.latin1(1)}`);
      return this.refuse(client, undefined, unknownSubcommand(request));
    }
    if (isWebRequest(request)) {
      client.closeAfterReply();
      return undefined;
    }
    server.suggest('command', request.latin1(0));
    return this.refuse(client, undefined, unknownCommand(request));
  }

  refuse(client: DispatchedSession, entry: CommandEntry | undefined, error: CommandError): undefined {
    if (entry !== undefined) this.accounting.of(entry).rejected++;
    if (client.transaction !== undefined) client.transaction.aborted = true;
    this.accounting.fail(client, error);
    return undefined;
  }

  /** CLIENT PAUSE, and writers that are faster than the disk: whether the client waits, to be woken. */
  holdsBack(client: DispatchedSession, bits: number): boolean {
    if (this.pause.active && this.pause.holds((bits & mayReplicate) !== 0)) {
      this.pause.whenOver(client.wake);
      return true;
    }
    if ((bits & flagBit.denyoom) !== 0 && this.gate.admit() !== GATE_OPEN) {
      this.gate.whenRoom(client.wake);
      return true;
    }
    return false;
  }

  refusesRoom(bits: number): boolean {
    return (bits & flagBit.denyoom) !== 0 && this.gate.admit() === GATE_REFUSES;
  }

  /** A command's flags; those of a script that says that it does not write are a reader's (redis 7.0.15, evalGetCommandFlags). */
  bitsOf({ bits, isScripting, spec }: CommandEntry, request: Request): number {
    if (!isScripting || (bits & flagBit.may_replicate) === 0) return bits;
    const { scripts, functions } = this.context.server;
    const onlyReads =
      spec.name === 'fcall' ? functions.onlyReads(request) : scripts.onlyReads(request, spec.name === 'evalsha');
    return onlyReads ? bits & ~flagBit.may_replicate : bits;
  }
}
