import { setImmediate as nextTick } from 'node:timers/promises';
import { Acl } from '../../engine/acl/acl.ts';
import type { User } from '../../engine/acl/user.ts';
import { commandSpecs } from '../../engine/commands/index.ts';
import { CommandTable } from '../../engine/commands/table.ts';
import { followCollectionLimits } from '../../engine/config/collection-limits.ts';
import { Config } from '../../engine/config/config.ts';
import { ThreadContext } from '../../engine/dispatch/context.ts';
import { Dispatcher } from '../../engine/dispatch/dispatcher.ts';
import { GATE_OPEN, type KeyAccess, NESTED_READY } from '../../engine/dispatch/hooks.ts';
import {
  DISPATCH_DEFERRED,
  DISPATCH_DONE,
  type DispatchedSession,
  type Finish,
} from '../../engine/dispatch/session.ts';
import { createMonitorMemory, Monitors } from '../../engine/monitor/monitors.ts';
import { PubSub } from '../../engine/pubsub/pubsub.ts';
import { LocalRegistry } from '../../engine/pubsub/registry.ts';
import type { Subscriptions } from '../../engine/pubsub/subscriptions.ts';
import { ScriptEngine } from '../../engine/scripting/engine.ts';
import { FunctionEngine } from '../../engine/scripting/functions/function-engine.ts';
import { createFunctionStore } from '../../engine/scripting/functions/function-store.ts';
import { createScriptStore } from '../../engine/scripting/script-store.ts';
import type { ThreadAnswers } from '../../engine/server/answers.ts';
import { noIndex, type ServerLink, type ThreadRequest, type TierStatus } from '../../engine/server/link.ts';
import { NoMail } from '../../engine/server/mail.ts';
import type { ReplyMode } from '../../engine/server/session.ts';
import { counters, createStatisticsMemory, Statistics } from '../../engine/server/statistics.ts';
import { NoTracking, type TrackingState } from '../../engine/tracking/state.ts';
import type { Transaction } from '../../engine/transactions/transaction.ts';
import type { WatchedKey } from '../../engine/transactions/watches.ts';
import type { Request } from '../../protocol/resp/request.ts';
import { ReplyWriter } from '../../protocol/resp/writer.ts';
import { createReadTimes, summarizeReadTimes } from '../../tiers/cold/read-times.ts';
import { type ModelKeyRef, ModelKeyspace } from './model-keyspace.ts';
import { requestOf } from './model-runner.ts';
import { noWatches } from './model-watches.ts';
import type { Argument } from './raw-client.ts';

/** No command on the model looks at keys that its arguments do not name. */
class ModelOthers {
  again = false;

  find(): never {
    throw new Error('the model has the declared keys only');
  }

  settle(): void {}

  countLookups(): void {}
}

class ModelKeys implements KeyAccess {
  touching = true;
  keepsExpired = false;
  readonly changed = false;
  readonly alone = false;
  readonly others = new ModelOthers();
  private refs: ModelKeyRef[] = [];
  private request: Request | undefined;
  private readonly keyspace: ModelKeyspace;
  private readonly statistics: Statistics;

  constructor(keyspace: ModelKeyspace, statistics: Statistics) {
    this.keyspace = keyspace;
    this.statistics = statistics;
  }

  get count(): number {
    return this.refs.length;
  }

  at(n: number): ModelKeyRef {
    const ref = this.refs[n];
    if (ref === undefined) throw new RangeError(`${this.refs.length} keys are declared; key ${n} was asked for`);
    return ref;
  }

  begin(request: Request, nowMs: number): void {
    this.request = request;
    this.refs = [];
    this.keyspace.nowMs = nowMs;
  }

  add(argIndex: number, db: number): void {
    this.refs.push(this.keyspace.refer(db, this.request?.latin1(argIndex) ?? '', argIndex));
  }

  prepare(): boolean {
    return true;
  }

  fetchNow(): boolean {
    return false;
  }

  prepareOne(request: Request, argIndex: number, db: number, nowMs: number): boolean {
    this.begin(request, nowMs);
    this.add(argIndex, db);
    return true;
  }

  setAlone(): void {}

  private frames: { readonly request: Request; readonly refs: ModelKeyRef[] }[] = [];

  beginFrames(nowMs: number): void {
    this.frames = [];
    this.keyspace.nowMs = nowMs;
  }

  addFrame(request: Request): void {
    this.begin(request, this.keyspace.nowMs);
    this.frames.push({ request, refs: this.refs });
  }

  prepareFrames(): boolean {
    return true;
  }

  enterFrame(n: number): boolean {
    const frame = this.frames[n];
    if (frame === undefined) throw new RangeError(`no frame ${n}`);
    this.request = frame.request;
    this.refs = frame.refs;
    return true;
  }

  pushFrame(request: Request): void {
    this.frames.push({ request: this.request ?? request, refs: this.refs });
    this.begin(request, this.keyspace.nowMs);
  }

  prepareNested(): typeof NESTED_READY {
    return NESTED_READY;
  }

  popFrame(): void {
    this.enterFrame(this.frames.length - 1);
    this.frames.pop();
  }

  lockMore(): boolean {
    return true;
  }

  readHeld(): never {
    throw new Error('the model has no cold keys');
  }

  readPiecesHeld(): never {
    throw new Error('the model has no cold tier');
  }

  fetchPieces(): never {
    throw new Error('the model has no cold tier');
  }

  fetch(): void {
    throw new Error('the model has no cold keys');
  }

  release(): void {}

  countLookup(n: number): void {
    this.statistics.add(this.at(n).exists ? counters.keyspace_hits : counters.keyspace_misses, 1);
  }

  countLookups(): void {
    for (let n = 0; n < this.count; n++) this.countLookup(n);
  }
}

/** A connection to a CommandServer. */
export class ModelSession implements DispatchedSession {
  db = 0;
  resp: 2 | 3 = 2;
  authenticated = true;
  user = 'default';
  acl: User;
  name = '';
  libName = '';
  libVersion = '';
  noEvict = false;
  noTouch = false;
  replyMode: ReplyMode = 'on';
  subscriptions: Subscriptions | undefined;
  tracking: TrackingState | undefined;
  monitors = false;
  /** What came without being asked for. */
  delivered = '';
  transaction: Transaction | undefined;
  watched: readonly WatchedKey[] = [];
  readonly createdAtMs = Date.now();
  lastInteractionMs = Date.now();
  readonly address = '127.0.0.1:50000';
  readonly localAddress = '127.0.0.1:6000';
  readonly fd = 8;
  readonly unixSocket = false;
  lastCommand = '';
  readonly thread = 0;
  closed = false;
  blocked = false;
  readonly isWaiting = (): boolean => false;
  finish: Finish | undefined;
  readonly id: number;

  constructor(id: number, acl: Acl) {
    this.id = id;
    this.acl = acl.users.default;
  }

  deliver(bytes: Uint8Array, start: number, length: number): void {
    this.delivered += Buffer.from(bytes.subarray(start, start + length)).latin1Slice();
  }

  closeAfterReply(): void {
    this.closed = true;
  }

  kill(): void {
    this.closed = true;
  }

  describe(): string {
    return `id=${this.id} addr=${this.address} name=${this.name} db=${this.db}`;
  }

  reset(): void {
    this.db = 0;
    this.resp = 2;
    this.name = '';
    this.replyMode = 'on';
  }

  wake(): void {
    throw new Error('nothing parks here');
  }

  readonly settle = (finish: Finish): void => {
    this.finish = finish;
  };
}

const noTiers: TierStatus = {
  provider: 'none',
  path: '',
  engine: '',
  hotKeys: 0,
  coldKeys: 0,
  dirtyKeys: 0,
  savedChanges: 0,
  coldBytes: 0,
  coldDeadBytes: 0,
  coldEvictions: 0,
  demotions: 0,
  cleanEvictions: 0,
  promotions: 0,
  deletions: 0,
  checkpoints: 0,
  lastCheckpointMs: 0,
  coldReads: 0,
  coldReadMisses: 0,
  coldReadErrors: 0,
  coldWriteErrors: 0,
  bytesRead: 0,
  bytesWritten: 0,
  readQueue: 0,
  expiryBacklog: 0,
  expirySweepBytes: 0,
  expirySweepMs: 0,
  index: noIndex,
  lastError: '',
  ramBytes: 0,
  ramMaxBytes: 0,
  nvmeMaxBytes: 0,
  ramRefused: 0,
  nvmeRefused: 0,
  hits: { ram: 0, nvme: 0, none: 0 },
  recentHits: { ram: 0, nvme: 0, none: 0 },
  readTimes: summarizeReadTimes(createReadTimes(1)),
  device: undefined,
  engineFigures: undefined,
  pressure: 'none',
  longestStallsUsec: [0],
  tierThread: { loopActiveMs: 0, loopIdleMs: 0, heapUsedBytes: 0 },
};

/** All commands behind the real dispatcher, on the model keyspace, without sockets or threads; for tests of commands. */
export class CommandServer {
  readonly keyspace = new ModelKeyspace();
  readonly config = new Config();
  readonly table = new CommandTable(commandSpecs);
  readonly acl = new Acl(this.table);
  readonly sessions: ModelSession[] = [new ModelSession(1, this.acl)];
  /** Requests that commands sent to all threads. */
  readonly asked: ThreadRequest[] = [];
  private readonly statistics = new Statistics(createStatisticsMemory(1), 0);
  private readonly scripts = new ScriptEngine({
    table: this.table,
    statistics: this.statistics,
    log: () => {},
    thread: 0,
    store: createScriptStore(),
    limitMs: () => 0,
    onLong: () => {},
  });
  private readonly functions = new FunctionEngine({
    table: this.table,
    statistics: this.statistics,
    log: () => {},
    thread: 0,
    store: createFunctionStore(),
  });
  private readonly mail = new NoMail();
  private readonly reply = new ReplyWriter();
  private readonly dispatcher: Dispatcher;

  constructor() {
    const { table, statistics, reply, keyspace, config } = this;
    const context = new ThreadContext({
      reply,
      keys: new ModelKeys(keyspace, statistics),
      keyspace,
      server: this.link(),
      watches: noWatches,
      nobody: this.session(),
    });
    this.dispatcher = new Dispatcher({
      table,
      context,
      statistics,
      gate: { admit: () => GATE_OPEN, whenFits: () => false, whenRoom: () => {} },
      lock: { enter: () => {}, leave: () => {}, run: (body) => body() },
      largeReplies: { mayBegin: () => true, whenRoom: () => {} },
      allowsProtected: () => config.values['enable-debug-command'] !== 'no',
    });
  }

  /** The connection with that number, opened if need be. */
  session(n = 0): ModelSession {
    while (this.sessions.length <= n) this.sessions.push(new ModelSession(this.sessions.length + 1, this.acl));
    return this.sessions[n] ?? new ModelSession(0, this.acl);
  }

  /** `slowlog-log-slower-than` in µs. */
  slowerThan(usec: number): void {
    this.statistics.slowlog.slowerThanUsec = usec;
  }

  /** Runs one command as connection `n`; the raw reply. */
  async call(args: readonly Argument[], n = 0): Promise<Buffer> {
    const { dispatcher, reply } = this;
    const session = this.session(n);
    const request = requestOf(args);
    reply.reset();
    reply.resp = session.resp;
    this.keyspace.nowMs = dispatcher.beginBatch();
    const outcome = dispatcher.dispatch(session, request);
    dispatcher.endBatch();
    if (outcome === DISPATCH_DEFERRED) {
      for (let i = 0; session.finish === undefined && i < 1000; i++) await nextTick();
      const finish = session.finish;
      if (finish === undefined) throw new Error(`${request.latin1(0)} was never answered`);
      session.finish = undefined;
      reply.reset();
      reply.resp = session.resp;
      dispatcher.beginBatch();
      dispatcher.finish(session, request, finish);
      dispatcher.endBatch();
    } else if (outcome !== DISPATCH_DONE) throw new Error(`${request.latin1(0)} was parked`);
    return Buffer.from(reply.buffer.subarray(0, reply.length));
  }

  private link(): ServerLink {
    const { config, table, statistics } = this;
    const link: Omit<ServerLink, 'broadcast'> & { broadcast(request: ThreadRequest): Promise<readonly unknown[]> } = {
      config,
      collectionLimits: followCollectionLimits(config),
      table,
      acl: this.acl,
      scripts: this.scripts,
      functions: this.functions,
      statistics,
      threadIndex: 0,
      threadCount: 1,
      runId: '0123456789abcdef0123456789abcdef01234567',
      startedAtMs: Date.now(),
      mail: this.mail,
      tracking: new NoTracking(),
      pubsub: new PubSub(new LocalRegistry(), this.mail),
      monitors: new Monitors(createMonitorMemory(1), this.mail),
      broadcast: async (request) => {
        this.asked.push(request);
        return [this.answer(request)];
      },
      tiers: async ({ kind }) => (kind === 'status' ? noTiers : undefined),
      memory: () => ({
        usedBytes: 1e6,
        peakBytes: 2e6,
        overheadBytes: 1e5,
        committedBytes: 1.5e6,
        reservedBytes: 1e9,
        lazyFreePending: 0,
      }),
      sessions: () => this.sessions,
      suggest: () => {},
      exclusively: (body) => body(),
      shutdown: async () => 'ERR Errors trying to SHUTDOWN. Check logs.',
      abortShutdown: async () => false,
    };
    return link as ServerLink;
  }

  private answer(request: ThreadRequest): ThreadAnswers[keyof ThreadAnswers] {
    switch (request.kind) {
      case 'client-list':
        return this.sessions
          .filter(({ id }) => request.ids === undefined || request.ids.includes(id))
          .map((session) => ({ id: session.id, line: session.describe() }));
      case 'client-kill': {
        const { id, address, skipMe } = request.filter;
        const killed = this.sessions.filter(
          (one) =>
            (id === undefined || one.id === id) &&
            (address === undefined || one.address === address) &&
            (skipMe !== true || one.id !== request.askedBy),
        );
        for (const one of killed) one.kill();
        return killed.length;
      }
      case 'acl-setuser':
        return this.acl.users.set(request.name, request.rules, () => {});
      case 'acl-deluser':
        return this.acl.users.delete(request.names).length;
      case 'acl-log':
        return this.acl.log.get();
      case 'client-unblock':
      case 'slowlog-len':
        return 0;
      case 'config-set':
        return '';
      case 'command-stats':
      case 'latency-histogram':
        return this.statistics.commands.snapshot();
      case 'error-stats':
        return [...this.statistics.errorsByCode];
      case 'slowlog-get':
        return this.statistics.slowlog.get(request.count);
      case 'latency-latest':
      case 'latency-history':
      case 'latency-reset':
        return [];
      case 'thread-info':
        return {
          thread: 0,
          clients: this.sessions.length,
          blockedClients: 0,
          loopActiveMs: 1,
          loopIdleMs: 3,
          heapUsedBytes: 0,
          maxInputBuffer: 0,
          maxOutputBuffer: 0,
        };
      default:
        return undefined;
    }
  }
}
