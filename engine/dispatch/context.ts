import { Request } from '../../protocol/resp/request.ts';
import type { ReplyWriter } from '../../protocol/resp/writer.ts';
import { noWaiting, type Waiting } from '../blocking/waiting.ts';
import type { CommandContext } from '../commands/context.ts';
import type { ColdNameMemo, Keyspace } from '../keyspace/keyspace.ts';
import type { ScriptCalls } from '../scripting/calls.ts';
import type { ServerLink } from '../server/link.ts';
import type { Session } from '../server/session.ts';
import type { Watches } from '../transactions/watches.ts';
import type { KeyAccess } from './hooks.ts';

export interface ThreadContextParts {
  readonly reply: ReplyWriter;
  readonly keys: KeyAccess;
  readonly keyspace: Keyspace;
  readonly server: ServerLink;
  readonly watches: Watches;
  /** Stands in the context before the first command. */
  readonly nobody: Session;
}

/** Until there is a dispatcher. */
export const noCalls: ScriptCalls = {
  alone: false,
  takeBeyond: () => false,
  call: () => {
    throw new Error('no dispatcher runs this command');
  },
  changed: false,
  memoryRefusal: () => undefined,
};

/** The one context object of a thread; the dispatcher points it at each command in turn. */
export class ThreadContext implements CommandContext {
  request: Request = new Request();
  session: Session;
  nowMs = 0;
  mayBlock = true;
  inScript = false;
  coldNames: ColdNameMemo | undefined;
  /** A script's commands have a writer of their own. */
  reply: ReplyWriter;
  calls: ScriptCalls = noCalls;
  waiting: Waiting = noWaiting;
  readonly keys: KeyAccess;
  readonly keyspace: Keyspace;
  readonly server: ServerLink;
  readonly watches: Watches;

  constructor(parts: ThreadContextParts) {
    this.reply = parts.reply;
    this.keys = parts.keys;
    this.keyspace = parts.keyspace;
    this.server = parts.server;
    this.watches = parts.watches;
    this.session = parts.nobody;
  }
}
