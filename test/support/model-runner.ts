import { Acl } from '../../engine/acl/acl.ts';
import { noWaiting } from '../../engine/blocking/waiting.ts';
import type { CommandContext, CommandKeys } from '../../engine/commands/context.ts';
import { CommandError, wrongArity } from '../../engine/commands/errors.ts';
import { findKeys, KeyPositions } from '../../engine/commands/key-positions.ts';
import type { CommandSpec } from '../../engine/commands/spec.ts';
import { CommandTable } from '../../engine/commands/table.ts';
import { type CollectionLimits, followCollectionLimits } from '../../engine/config/collection-limits.ts';
import { Config } from '../../engine/config/config.ts';
import { noCalls } from '../../engine/dispatch/context.ts';
import type { ServerLink } from '../../engine/server/link.ts';
import type { Session } from '../../engine/server/session.ts';
import { Request } from '../../protocol/resp/request.ts';
import { ReplyWriter } from '../../protocol/resp/writer.ts';
import { type ModelKeyRef, ModelKeyspace } from './model-keyspace.ts';
import { noWatches } from './model-watches.ts';
import type { Argument } from './raw-client.ts';

/** A request whose arguments lie in one buffer with other bytes around them, as in a connection's read buffer. */
export function requestOf(args: readonly Argument[]): Request {
  const parts = args.map((arg) => (Buffer.isBuffer(arg) ? arg : Buffer.from(String(arg))));
  const bytes = Buffer.concat(parts.flatMap((part) => [Buffer.from('~'), part]));
  const request = new Request();
  request.attach(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
  let at = 0;
  for (const part of parts) {
    request.push(at + 1, part.length);
    at += part.length + 1;
  }
  return request;
}

class RunnerKeys implements CommandKeys {
  readonly others = {
    find: (): never => {
      throw new Error('the model has the declared keys only');
    },
    settle: (): void => {},
    countLookups: (): void => {},
  };
  private readonly refs: ModelKeyRef[] = [];
  private readonly request: Request;
  private readonly keyspace: ModelKeyspace;

  constructor(request: Request, keyspace: ModelKeyspace) {
    this.request = request;
    this.keyspace = keyspace;
  }

  get count(): number {
    return this.refs.length;
  }

  at(n: number): ModelKeyRef {
    const ref = this.refs[n];
    if (ref === undefined)
      throw new RangeError(`the command declared ${this.refs.length} keys and asks for number ${n}`);
    return ref;
  }

  add(argIndex: number, db: number): void {
    this.refs.push(this.keyspace.refer(db, this.request.latin1(argIndex), argIndex));
  }

  countLookup(): void {}
}

/** Runs commands on the model keyspace, one at a time, the way the dispatcher would; replies are raw bytes. */
export class ModelRunner {
  readonly keyspace = new ModelKeyspace();
  readonly config = new Config();
  readonly collectionLimits: CollectionLimits = followCollectionLimits(this.config);
  resp: 2 | 3 = 2;
  private readonly table: CommandTable;
  private readonly acl: Acl;

  constructor(specs: readonly CommandSpec[]) {
    this.table = new CommandTable(specs);
    this.acl = new Acl(this.table);
  }

  /** Runs one command at a time of day; its reply. */
  run(args: readonly Argument[], nowMs: number): Buffer {
    this.keyspace.nowMs = nowMs;
    const request = requestOf(args);
    const reply = new ReplyWriter();
    reply.resp = this.resp;
    const changesBefore = this.keyspace.changes;
    try {
      this.execute(request, reply, nowMs);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (this.keyspace.changes !== changesBefore) throw new Error(`${request.latin1(0)} failed after a change`);
      reply.reset();
      reply.error(error.message);
    }
    return Buffer.from(reply.buffer.subarray(0, reply.length));
  }

  private execute(request: Request, reply: ReplyWriter, nowMs: number): void {
    const entry = this.table.lookup(request.bytes, request.start(0), request.length(0));
    if (entry === undefined) throw new Error(`no such command in the test: ${request.latin1(0)}`);
    const { arity, execute, declareKeys, tiers } = entry.spec;
    if (arity > 0 ? request.count !== arity : request.count < -arity) throw wrongArity(entry.fullName);
    const { acl, keyspace, config, collectionLimits } = this;
    const keys = new RunnerKeys(request, keyspace);
    const session = { db: 0, resp: this.resp, acl: acl.users.default } as Session;
    const server = { config, collectionLimits, acl } as ServerLink;
    const context: CommandContext = {
      request,
      reply,
      session,
      keys,
      keyspace,
      server,
      watches: noWatches,
      calls: noCalls,
      mayBlock: false,
      inScript: false,
      coldNames: undefined,
      waiting: noWaiting,
      nowMs,
    };
    if (declareKeys !== undefined) declareKeys(context);
    else {
      const positions = new KeyPositions();
      findKeys(entry, request, positions);
      for (let i = 0; i < positions.count; i++) keys.add(positions.argIndex[i] ?? 0, session.db);
    }
    if (typeof tiers === 'function') tiers(context);
    execute(context);
  }
}
