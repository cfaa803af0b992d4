import type { Acl } from '../../engine/acl/acl.ts';
import type { User } from '../../engine/acl/user.ts';
import type { CommandError } from '../../engine/commands/errors.ts';
import type { DispatchedSession, Finish } from '../../engine/dispatch/session.ts';
import { CHANNEL, PATTERN, SHARD_CHANNEL, type TopicKind } from '../../engine/pubsub/registry.ts';
import type { Subscriptions } from '../../engine/pubsub/subscriptions.ts';
import type { ReplyMode } from '../../engine/server/session.ts';
import type { TrackingState } from '../../engine/tracking/state.ts';
import type { Transaction } from '../../engine/transactions/transaction.ts';
import type { WatchedKey } from '../../engine/transactions/watches.ts';

/** What a session asks of its connection. */
export interface ConnectionControl {
  readonly queryBufferBytes: number;
  readonly argumentBytes: number;
  readonly outputBufferBytes: number;
  readonly outputBuffers: number;
  deliver(bytes: Uint8Array, start: number, length: number, patient: boolean): void;
  closeAfterReply(): void;
  kill(): void;
  isWaiting(): boolean;
  wake(error?: CommandError): void;
  settle(finish: Finish): void;
}

export interface SessionFacts {
  readonly id: number;
  readonly createdAtMs: number;
  readonly address: string;
  readonly localAddress: string;
  readonly fd: number;
  readonly unixSocket: boolean;
  readonly thread: number;
  readonly acl: Acl;
}

/** What a client costs beside its buffers, for `tot-mem`: measured once on Node 20, connection, parser and handle together. */
const connectionBytes = 2048;

/** What a watched key takes beside its name. */
const watchBytes = 64;
/** What a prefix of CLIENT TRACKING takes beside its name. */
const prefixBytes = 64;

/** The commands' side of a connection. */
export class ClientSession implements DispatchedSession {
  readonly id: number;
  db = 0;
  resp: 2 | 3 = 2;
  authenticated = false;
  user = 'default';
  acl: User;
  name = '';
  libName = '';
  libVersion = '';
  blocked = false;
  noEvict = false;
  noTouch = false;
  replyMode: ReplyMode = 'on';
  subscriptions: Subscriptions | undefined;
  tracking: TrackingState | undefined;
  monitors = false;
  transaction: Transaction | undefined;
  watched: readonly WatchedKey[] = [];
  readonly createdAtMs: number;
  lastInteractionMs: number;
  readonly address: string;
  readonly localAddress: string;
  readonly fd: number;
  readonly unixSocket: boolean;
  lastCommand = 'NULL';
  readonly thread: number;
  readonly wake: (error?: CommandError) => void;
  readonly settle: (finish: Finish) => void;
  readonly isWaiting: () => boolean;
  private readonly connection: ConnectionControl;
  private readonly facts: SessionFacts;

  constructor(facts: SessionFacts, connection: ConnectionControl) {
    this.facts = facts;
    this.id = facts.id;
    this.createdAtMs = facts.createdAtMs;
    this.lastInteractionMs = facts.createdAtMs;
    this.address = facts.address;
    this.localAddress = facts.localAddress;
    this.fd = facts.fd;
    this.unixSocket = facts.unixSocket;
    this.thread = facts.thread;
    this.acl = facts.acl.guest;
    facts.acl.welcome(this);
    this.connection = connection;
    this.wake = (error) => connection.wake(error);
    this.settle = (finish) => connection.settle(finish);
    this.isWaiting = () => connection.isWaiting();
  }

  deliver(bytes: Uint8Array, start: number, length: number, patient = false): void {
    this.connection.deliver(bytes, start, length, patient);
  }

  closeAfterReply(): void {
    this.connection.closeAfterReply();
  }

  kill(): void {
    this.connection.kill();
  }

  /** As CLIENT LIST's filter TYPE names it: a monitor is a normal client to redis 7.0. */
  get type(): 'normal' | 'pubsub' {
    return this.subscriptions === undefined ? 'normal' : 'pubsub';
  }

  /** All that this client takes: `tot-mem`. */
  get memoryBytes(): number {
    const { connection, subscriptions, tracking, transaction, watched, name } = this;
    const watches = watched.length === 0 ? 0 : watched.reduce((sum, key) => sum + key.name.length + watchBytes, 0);
    const topics = subscriptions === undefined ? 0 : subscriptions.bytes;
    const prefixes =
      tracking === undefined ? 0 : tracking.prefixes.reduce((sum, one) => sum + one.length + prefixBytes, 0);
    const buffers = connection.queryBufferBytes + connection.argumentBytes + connection.outputBufferBytes;
    return connectionBytes + buffers + prefixes + (transaction?.bytes ?? 0) + watches + topics + name.length;
  }

  describe(nowMs: number): string {
    const { connection } = this;
    const query = connection.queryBufferBytes;
    const output = connection.outputBufferBytes;
    const of = (kind: TopicKind) => this.subscriptions?.of(kind).size ?? 0;
    const seconds = (sinceMs: number) => Math.max(0, Math.floor((nowMs - sinceMs) / 1000));
    return [
      `id=${this.id}`,
      `addr=${this.address}`,
      `laddr=${this.localAddress}`,
      `fd=${this.fd}`,
      `name=${this.name}`,
      `age=${seconds(this.createdAtMs)}`,
      `idle=${seconds(this.lastInteractionMs)}`,
      `flags=${this.flags()}`,
      `db=${this.db}`,
      `sub=${of(CHANNEL)} psub=${of(PATTERN)} ssub=${of(SHARD_CHANNEL)} multi=${this.transaction?.queue.length ?? -1}`,
      `qbuf=${query} qbuf-free=0`,
      `argv-mem=${connection.argumentBytes} multi-mem=${this.transaction?.bytes ?? 0} rbs=0 rbp=0 obl=0`,
      `oll=${connection.outputBuffers} omem=${output}`,
      `tot-mem=${this.memoryBytes}`,
      `events=${output > 0 ? 'rw' : 'r'}`,
      `cmd=${this.lastCommand}`,
      `user=${this.user}`,
      `redir=${this.tracking?.redirect ?? -1}`,
      `resp=${this.resp}`,
      `lib-name=${this.libName} lib-ver=${this.libVersion}`,
      `watch=${this.watched.length}`,
      // Ours: which front-end serves the client.
      `thread=${this.thread}`,
    ].join(' ');
  }

  reset(): void {
    this.db = 0;
    this.resp = 2;
    this.name = '';
    this.noEvict = false;
    this.noTouch = false;
    this.replyMode = 'on';
    this.facts.acl.welcome(this);
  }

  private trackingLetters(): string {
    const { tracking } = this;
    if (tracking === undefined) return '';
    return `t${tracking.broken ? 'R' : ''}${tracking.broadcasts ? 'B' : ''}`;
  }

  /** Redis's letters: t tracked, R its redirection broken, B by prefix, O monitor, P subscriber, U Unix socket, e excluded from eviction, T no-touch; N for none. */
  private flags(): string {
    const letters = `${this.monitors ? 'O' : ''}${this.subscriptions === undefined ? '' : 'P'}${this.transaction === undefined ? '' : 'x'}${this.blocked ? 'b' : ''}${this.trackingLetters()}${this.unixSocket ? 'U' : ''}${this.noEvict ? 'e' : ''}${this.noTouch ? 'T' : ''}`;
    return letters === '' ? 'N' : letters;
  }
}

/** A session of the server itself, whose replies nobody reads: `control` says what is asked of it all the same. */
export function ownSession(
  acl: Acl,
  createdAtMs: number,
  address: string,
  control: Partial<Pick<ConnectionControl, 'isWaiting' | 'wake'>> = {},
): ClientSession {
  const nothing = (): void => {};
  return new ClientSession(
    { id: 0, createdAtMs, address, localAddress: '', fd: -1, unixSocket: false, thread: 0, acl },
    {
      queryBufferBytes: 0,
      argumentBytes: 0,
      outputBufferBytes: 0,
      outputBuffers: 0,
      deliver: nothing,
      closeAfterReply: nothing,
      kill: nothing,
      isWaiting: () => false,
      wake: nothing,
      settle: nothing,
      ...control,
    },
  );
}
