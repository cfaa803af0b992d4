import type { CommandError } from '../../engine/commands/errors.ts';
import { DISPATCH_BLOCKED, DISPATCH_DONE, DISPATCH_PARKED, type Finish } from '../../engine/dispatch/session.ts';
import { counters } from '../../engine/server/statistics.ts';
import { endCaching } from '../../engine/tracking/tracking.ts';
import { PARSE_ERROR, PARSE_REQUEST, RequestParser } from '../../protocol/resp/parser.ts';
import type { Request } from '../../protocol/resp/request.ts';
import type { Parcel, Recipient } from './deliveries.ts';
import type { FrontEnd } from './front-end.ts';
import { ClientSession, type ConnectionControl } from './session.ts';
import {
  type ReadBuffer,
  type Transport,
  type TransportListener,
  WRITE_COPIED,
  WRITE_DONE,
  WRITE_KEPT,
  type WriteOutcome,
} from './transport.ts';

/** Replies are sent when this many bytes have gathered, even in the middle of a batch. */
const flushBytes = 64 * 1024;
/** Reading stops while more than this waits to be sent, so that one deaf client cannot fill the memory. */
const pauseReadingBytes = 64 * 1024 * 1024;
/** What a client has asked for further waits while more than this of its replies waits to be sent. */
const heldBytes = 1024 * 1024;
/** Of replies to a client that has not logged in, beyond what the network takes. */
const strangersBytes = 1024;

const RUNNING = 0;
/** A request of this client waits for a cold key, for memory, for CLIENT PAUSE, for a deferred reply, or for a key to be filled. */
const PARKED = 1;
/** No more requests are read; what was written is being sent. */
const ENDING = 2;
const CLOSED = 3;

/** One client: bytes in, requests to the dispatcher, replies out. */
export class Connection implements TransportListener, ConnectionControl, Recipient {
  readonly session: ClientSession;
  parcel: Parcel | undefined;
  private readonly parser: RequestParser = new RequestParser();
  private readonly transport: Transport;
  private readonly front: FrontEnd;
  /** Parked, and counted in blocked_clients. */
  private blocked = false;
  private state: typeof RUNNING | typeof PARKED | typeof ENDING | typeof CLOSED = RUNNING;
  /** Set while this connection's own requests run, when closing has to wait for their replies. */
  private busy = false;
  private wantsClose = false;
  /** Its further requests wait until its replies are sent: what they would answer need not be in memory too. */
  private held = false;
  private softLimitSinceMs = 0;
  /** See ClientMemory. */
  countedBytes = 0;

  constructor(front: FrontEnd, transport: Transport, unixSocket: boolean, nowMs: number) {
    this.front = front;
    this.transport = transport;
    const unixPath = `${front.config.values.unixsocket}:0`;
    this.session = new ClientSession(
      {
        id: front.statistics.nextClientId(),
        createdAtMs: nowMs,
        address: unixSocket ? unixPath : transport.remoteAddress,
        localAddress: unixSocket ? unixPath : transport.localAddress,
        fd: transport.fd,
        unixSocket,
        thread: front.threadIndex,
        acl: front.acl,
      },
      this,
    );
  }

  start(): void {
    this.transport.start(this);
  }

  /** Bytes that came and are not parsed, and those of the request that runs. */
  get queryBufferBytes(): number {
    return this.parser.unparsedBytes + (this.busy ? this.front.dispatcher.request.frameBytes : 0);
  }

  get argumentBytes(): number {
    return this.busy ? this.front.dispatcher.request.argumentBytes : this.parser.argumentBytes;
  }

  /** What `maxmemory-clients` counts; 0 for a client that must not be evicted for it. */
  get evictableBytes(): number {
    return this.session.noEvict || this.state >= ENDING ? 0 : this.session.memoryBytes;
  }

  get outputBufferBytes(): number {
    return this.transport.pendingBytes + (this.parcel?.length ?? 0);
  }

  get outputBuffers(): number {
    return this.transport.pendingBuffers;
  }

  onData(length: number): void {
    const { front, parser } = this;
    front.statistics.add(counters.total_reads_processed, 1);
    front.statistics.add(counters.total_net_input_bytes, length);
    if (this.state >= ENDING) return;
    if (this.state === PARKED || this.held) {
      parser.feed(front.read.bytes, front.read.view, 0, length);
      parser.suspend();
      this.checkQueryLimit();
      if (front.clientMemory.active) front.clientMemory.count(this);
      return;
    }
    if (this.parcel !== undefined) this.sendParcel();
    const nowMs = front.dispatcher.beginBatch();
    this.session.lastInteractionMs = nowMs;
    parser.feed(front.read.bytes, front.read.view, 0, length);
    // Who is over the limit with this does not get to run it.
    if (front.clientMemory.active) front.clientMemory.count(this);
    if (!this.gone) this.run();
    this.finishBatch();
    if (parser.bufferedBytes > 0) this.checkQueryLimit();
    if (front.clientMemory.active) front.clientMemory.count(this);
  }

  /** While a script keeps this thread from its event loop: reads what an idle client has sent, and answers it without running anything. */
  answerBusy(input: ReadBuffer, request: Request, answer: (request: Request) => string): void {
    const { parser, transport } = this;
    if (this.state !== RUNNING || this.busy || parser.hasInput || this.parcel !== undefined) return;
    const length = transport.readNow?.(input.bytes) ?? 0;
    if (length === 0) return;
    parser.feed(input.bytes, input.view, 0, length);
    while (parser.next(request) === PARSE_REQUEST) transport.answerNow?.(answer(request));
  }

  onEnd(): void {
    // Redis drops a client that half-closes; replies that are being written still go out.
    if (this.state === RUNNING && this.transport.pendingBuffers > 0) this.closeAfterReply();
    else this.kill();
  }

  onDrained(): void {
    this.softLimitSinceMs = 0;
    this.front.output.count(this, 0);
    if (this.state < ENDING) this.transport.resume();
    if (this.held) this.goOn();
    if (this.front.clientMemory.active) this.front.clientMemory.count(this);
  }

  /** Where limits say how much may wait, it is to come to that. */
  private holdsPipeline(): boolean {
    const { hardBytes, softBytes } = this.front.outputLimits[this.session.type];
    return hardBytes === 0 && softBytes === 0 && !this.front.clientMemory.active;
  }

  /** Its replies are sent: on with what it has asked for meanwhile. */
  private goOn(): void {
    this.held = false;
    if (this.state !== RUNNING || !this.parser.hasInput) return;
    const { front } = this;
    front.dispatcher.beginBatch();
    this.run();
    this.finishBatch();
  }

  onClose(): void {
    this.state = CLOSED;
    this.front.closed(this, this.blocked);
  }

  /** The parked request can run, or failed. Clients that left meanwhile are forgotten here. */
  wake(error?: CommandError): void {
    if (!this.isWaiting()) return;
    const { front, parser } = this;
    const { request } = front;
    this.unpark();
    if (this.parcel !== undefined) this.sendParcel();
    front.dispatcher.beginBatch();
    front.reply.resp = this.session.resp;
    let answered = true;
    if (parser.resume(request)) {
      if (error !== undefined) front.dispatcher.fail(this.session, error);
      else answered = this.dispatch(request);
    }
    if (answered) this.run();
    this.finishBatch();
  }

  settle(finish: Finish): void {
    if (!this.isWaiting()) return;
    const { front, parser } = this;
    this.unpark();
    if (this.parcel !== undefined) this.sendParcel();
    front.dispatcher.beginBatch();
    // Another thread may have served it.
    front.held?.touch();
    front.reply.resp = this.session.resp;
    if (parser.resume(front.request)) front.dispatcher.finish(this.session, front.request, finish);
    this.run();
    this.finishBatch();
  }

  private get gone(): boolean {
    return this.state >= ENDING;
  }

  /** Whether `settle` will answer the request that waits. */
  isWaiting(): boolean {
    return this.state === PARKED && !this.transport.closed;
  }

  closeAfterReply(): void {
    if (this.busy) this.wantsClose = true;
    else this.endNow();
  }

  /** Closes when the parked request has been answered. */
  closeOnceAnswered(): void {
    this.wantsClose = true;
    if (this.state !== PARKED) this.closeAfterReply();
  }

  kill(): void {
    // A client that kills itself gets its reply first.
    if (this.busy) this.wantsClose = true;
    else this.transport.destroy();
  }

  /** Closes at once, as `kill`, also while a request of this client waits to be answered. */
  evict(): void {
    this.state = ENDING;
    this.transport.destroy();
  }

  /** Called about once a second. */
  housekeep(nowMs: number): void {
    const idleSeconds = this.front.config.values.timeout;
    if (idleSeconds > 0 && this.state === RUNNING && nowMs - this.session.lastInteractionMs > idleSeconds * 1000) {
      this.front.log('verbose', 'Closing idle client');
      this.kill();
      return;
    }
    this.checkOutputLimit(nowMs);
    if (this.front.clientMemory.active) this.front.clientMemory.count(this);
  }

  /** Runs requests until there are no more, or one has to wait. Within a batch. */
  private run(): void {
    const { front, parser, session } = this;
    const { request, reply } = front;
    this.busy = true;
    reply.resp = session.resp;
    parser.maxBulkLength = front.maxBulkLength;
    while (!this.wantsClose) {
      if (this.held) {
        parser.suspend();
        break;
      }
      parser.authenticated = session.authenticated;
      if (session.authenticated && parser.hasInput && !this.runAhead()) break;
      if (this.wantsClose) break;
      if (this.held) continue;
      const status = parser.next(request);
      if (status !== PARSE_REQUEST) {
        if (status === PARSE_ERROR) this.protocolError();
        break;
      }
      if (!this.dispatch(request)) break;
      if (reply.length >= flushBytes) this.flush(false);
    }
    this.busy = false;
  }

  /**
   * Runs the requests that lie whole in the input. Several are parsed before the first is run, so that what they will touch can be
   * fetched from memory at the same time. False when the client must wait.
   */
  private runAhead(): boolean {
    const { front, parser, session } = this;
    const { ahead, prefetcher, reply } = front;
    for (;;) {
      let count = 0;
      for (; count < ahead.length; count++) {
        const request = ahead[count];
        if (request === undefined || !parser.nextInPlace(request)) break;
      }
      if (count === 0) return true;
      if (count > 1) prefetcher.run(ahead, count, session.db);
      for (let i = 0; i < count; i++) {
        const request = ahead[i];
        if (request === undefined) break;
        if (!this.dispatch(request)) return false;
        if (reply.length >= flushBytes) this.flush(false);
        if (this.wantsClose) return true;
        if (this.held) {
          // What was parsed ahead comes again.
          parser.rewind(request);
          return true;
        }
      }
    }
  }

  /** False when the client must wait. */
  private dispatch(request: Request): boolean {
    const { front, session } = this;
    const { reply } = front;
    const before = this.busy;
    this.busy = true;
    const mark = reply.length;
    const outcome = front.dispatcher.dispatch(session, request);
    if (front.interests.ready.length > 0) front.serving.serve();
    this.busy = before;
    if (this.parcel !== undefined) this.insertParcel(mark);
    if (session.tracking !== undefined) endCaching(session);
    if (front.tracking.pending) front.tracking.afterCommand(session, reply);
    if (reply.resp !== session.resp) reply.resp = session.resp;
    if (outcome === DISPATCH_DONE) return true;
    if (request !== front.request) this.parser.rewind(request);
    this.parser.suspend(request);
    this.state = PARKED;
    // Who waits for an answer of other threads is no blocked client: INFO would count the one that asks.
    this.blocked = outcome === DISPATCH_PARKED || outcome === DISPATCH_BLOCKED;
    if (this.blocked) front.statistics.add(counters.blocked_clients, 1);
    return false;
  }

  private unpark(): void {
    this.state = RUNNING;
    if (this.blocked) this.front.statistics.add(counters.blocked_clients, -1);
    this.blocked = false;
  }

  private finishBatch(): void {
    if (this.front.interests.ready.length > 0) this.front.serving.serve();
    if (this.front.tracking.pending) this.front.tracking.afterCommand(undefined, undefined);
    if (this.front.reply.length > 0) this.flush(true);
    this.front.dispatcher.endBatch();
    if (this.wantsClose) this.endNow();
  }

  deliver(bytes: Uint8Array, start: number, length: number, patient: boolean): void {
    if (this.state < ENDING) this.front.deliveries.add(this, bytes, start, length, patient);
  }

  sendParcel(): void {
    const { front, parcel } = this;
    // While a command of this client runs, what it gets goes with the reply.
    if (parcel === undefined || this.busy) return;
    let outcome: WriteOutcome = WRITE_DONE;
    if (parcel.length > 0 && this.state < ENDING) {
      front.statistics.add(counters.total_net_output_bytes, parcel.length);
      front.statistics.add(counters.total_writes_processed, 1);
      outcome = this.transport.push(parcel.buffer.subarray(0, parcel.length));
    }
    front.deliveries.done(this, outcome === WRITE_KEPT);
    if (outcome !== WRITE_KEPT && outcome !== WRITE_COPIED) return;
    this.checkOutputLimit(front.dispatcher.nowMs);
    if (front.clientMemory.active) front.clientMemory.count(this);
  }

  /** What a command made for its own client goes before the reply, which begins at `mark`. */
  private insertParcel(mark: number): void {
    const { front, parcel } = this;
    if (parcel === undefined || parcel.length === 0) return;
    front.reply.insert(mark, parcel.buffer, parcel.length);
    front.deliveries.done(this, false);
  }

  /** @param last nothing comes after it in this batch */
  private flush(last: boolean): void {
    const { front, transport } = this;
    const { reply } = front;
    const { hardBytes } = front.outputLimits[this.session.type];
    if (hardBytes > 0) {
      // Nothing is sent before all requests at hand have run: so much of their replies counts at once, as in redis-server.
      const over = reply.length + transport.pendingBytes >= hardBytes;
      if (!last && !over) return;
      if (over) {
        reply.reset();
        this.overOutputLimit(front.dispatcher.nowMs);
        this.wantsClose = true;
        return;
      }
    }
    front.statistics.add(counters.total_net_output_bytes, reply.length);
    front.statistics.add(counters.total_writes_processed, 1);
    const outcome = transport.write(reply.buffer, reply.length);
    if (outcome === WRITE_KEPT) reply.detach();
    else reply.reset();
    if (outcome !== WRITE_KEPT && outcome !== WRITE_COPIED) return;
    front.output.count(this, transport.pendingBytes);
    if (transport.pendingBytes > pauseReadingBytes) transport.pause();
    else if (transport.pendingBytes > heldBytes && this.holdsPipeline()) {
      transport.pause();
      this.held = true;
    }
    this.checkOutputLimit(front.dispatcher.nowMs);
  }

  private protocolError(): void {
    const { front, parser, session } = this;
    front.log('verbose', `Protocol error (${parser.error}) from client: ${session.describe(front.dispatcher.nowMs)}`);
    const message = `ERR Protocol error: ${parser.error}`;
    front.reply.error(message);
    front.statistics.countError(message);
    this.wantsClose = true;
  }

  private endNow(): void {
    if (this.state === CLOSED) return;
    if (this.state === PARKED) this.unpark();
    this.state = ENDING;
    this.transport.end();
  }

  private checkQueryLimit(): void {
    const { front, parser, session } = this;
    if (parser.bufferedBytes <= front.config.values['client-query-buffer-limit'] || this.state >= ENDING) return;
    front.log(
      'warning',
      `Closing client that reached max query buffer length: ${session.describe(session.lastInteractionMs)}`,
    );
    front.statistics.add(counters.client_query_buffer_limit_disconnections, 1);
    this.transport.destroy();
  }

  private checkOutputLimit(nowMs: number): void {
    const waiting = this.transport.pendingBytes;
    if (waiting === 0 || this.state === CLOSED) return;
    const { hardBytes, softBytes, softSeconds } = this.front.outputLimits[this.session.type];
    // Who has not logged in must not make the server keep anything (CVE-2025-21605).
    let over = (hardBytes > 0 && waiting >= hardBytes) || (!this.session.authenticated && waiting > strangersBytes);
    if (softBytes > 0 && waiting >= softBytes) {
      if (this.softLimitSinceMs === 0) this.softLimitSinceMs = nowMs;
      else if (nowMs - this.softLimitSinceMs > softSeconds * 1000) over = true;
    } else {
      this.softLimitSinceMs = 0;
    }
    if (over) this.overOutputLimit(nowMs);
  }

  private overOutputLimit(nowMs: number): void {
    const { front, session } = this;
    front.log(
      'warning',
      `Client ${session.describe(nowMs)} scheduled to be closed ASAP for overcoming of output buffer limits.`,
    );
    front.statistics.add(counters.client_output_buffer_limit_disconnections, 1);
    this.transport.destroy();
  }
}
