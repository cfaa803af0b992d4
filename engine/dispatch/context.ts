import { Request } from '../../protocol/resp/request.ts';
import type { ReplyWriter } from '../../protocol/resp/writer.ts';
import type { CommandContext } from '../commands/context.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import type { ServerLink } from '../server/link.ts';
import type { Session } from '../server/session.ts';
import type { KeyAccess } from './hooks.ts';

/** The one context object of a thread; the dispatcher points it at each command in turn. */
export class ThreadContext implements CommandContext {
  request: Request = new Request();
  session: Session;
  nowMs = 0;
  readonly reply: ReplyWriter;
  readonly keys: KeyAccess;
  readonly keyspace: Keyspace;
  readonly server: ServerLink;

  constructor(reply: ReplyWriter, keys: KeyAccess, keyspace: Keyspace, server: ServerLink, nobody: Session) {
    this.reply = reply;
    this.keys = keys;
    this.keyspace = keyspace;
    this.server = server;
    this.session = nobody;
  }
}
