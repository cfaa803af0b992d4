import type { Acl } from '../../engine/acl/acl.ts';
import type { Blocking } from '../../engine/blocking/blocking.ts';
import type { Serving } from '../../engine/blocking/serving.ts';
import type { BufferLimits } from '../../engine/config/buffer-limits-kind.ts';
import type { Config } from '../../engine/config/config.ts';
import type { Dispatcher } from '../../engine/dispatch/dispatcher.ts';
import { PREFETCH_REQUESTS, type Prefetcher } from '../../engine/keyspace/prefetcher.ts';
import type { Monitors } from '../../engine/monitor/monitors.ts';
import type { PubSub } from '../../engine/pubsub/pubsub.ts';
import { counters, type Statistics } from '../../engine/server/statistics.ts';
import type { Tracking } from '../../engine/tracking/tracking.ts';
import { Request } from '../../protocol/resp/request.ts';
import type { ReplyWriter } from '../../protocol/resp/writer.ts';
import type { ReadTimes } from '../../tiers/cold/read-times.ts';
import type { Interests } from '../../tiers/index/interest.ts';
import type { LogLevel } from '../messages.ts';
import { StallWatch } from '../stall-watch.ts';
import { type ClientEvictor, ClientMemory, type CountedClient } from './client-memory.ts';
import { evictClient } from './client-requests.ts';
import { Connection } from './connection.ts';
import { Deliveries } from './deliveries.ts';
import { isLoopback, maxClientsText, protectedModeText } from './denied.ts';
import type { HeldReplies } from './held-replies.ts';
import { HeldTransport } from './held-transport.ts';
import type { OutputBudget } from './output-budget.ts';
import type { ReadBuffer, Transport } from './transport.ts';

export interface FrontEndParts {
  readonly threadIndex: number;
  readonly config: Config;
  readonly acl: Acl;
  readonly pubsub: PubSub;
  readonly tracking: Tracking;
  readonly monitors: Monitors;
  readonly statistics: Statistics;
  readonly dispatcher: Dispatcher;
  /** Clients of this thread that wait; and how clients are served whose keys this thread has filled. */
  readonly blocking: Blocking;
  readonly serving: Serving;
  readonly interests: Interests;
  readonly reply: ReplyWriter;
  readonly output: OutputBudget;
  readonly read: ReadBuffer;
  readonly prefetcher: Prefetcher;
  readonly readTimes: Pick<ReadTimes, 'reset'>;
  /** With write-through. */
  readonly held: HeldReplies | undefined;
  /** See SharedState.clients. */
  readonly clients: Int32Array;
  readonly evictor: Omit<ClientEvictor, 'evictNow'>;
  readonly log: (level: LogLevel, text: string) => void;
}

const cronMs = 100;
const ticksPerHousekeeping = 10;

/** All connections of one thread and what they share. */
export class FrontEnd {
  readonly threadIndex: number;
  readonly config: Config;
  readonly acl: Acl;
  readonly pubsub: PubSub;
  readonly tracking: Tracking;
  readonly monitors: Monitors;
  readonly clientMemory: ClientMemory;
  readonly deliveries: Deliveries = new Deliveries();
  readonly statistics: Statistics;
  readonly dispatcher: Dispatcher;
  readonly blocking: Blocking;
  readonly serving: Serving;
  readonly interests: Interests;
  readonly reply: ReplyWriter;
  readonly output: OutputBudget;
  readonly read: ReadBuffer;
  readonly log: (level: LogLevel, text: string) => void;
  /** The request that is being run; requests never overlap in a thread. */
  readonly request: Request = new Request();
  /** Requests that are parsed ahead of their execution, see Connection. */
  readonly ahead: readonly Request[] = Array.from({ length: PREFETCH_REQUESTS }, () => new Request());
  readonly prefetcher: Prefetcher;
  readonly stalls: StallWatch;
  private readonly readTimes: Pick<ReadTimes, 'reset'>;
  readonly held: HeldReplies | undefined;
  readonly connections: Map<number, Connection> = new Map();
  /** Copies of directives that every chunk or connection looks at. */
  maxBulkLength = 0;
  outputLimits: BufferLimits;
  private maxClients = 0;
  private readonly clients: Int32Array;
  private ticks = 0;
  private readonly cron: NodeJS.Timeout;

  constructor(parts: FrontEndParts) {
    this.threadIndex = parts.threadIndex;
    this.config = parts.config;
    this.acl = parts.acl;
    this.pubsub = parts.pubsub;
    this.tracking = parts.tracking;
    this.monitors = parts.monitors;
    this.statistics = parts.statistics;
    this.dispatcher = parts.dispatcher;
    this.blocking = parts.blocking;
    this.serving = parts.serving;
    this.interests = parts.interests;
    this.reply = parts.reply;
    this.output = parts.output;
    this.read = parts.read;
    this.prefetcher = parts.prefetcher;
    this.held = parts.held;
    this.clients = parts.clients;
    this.readTimes = parts.readTimes;
    this.stalls = new StallWatch(parts.statistics);
    this.log = parts.log;
    const { config, statistics } = parts;
    config.watch('proto-max-bulk-len', (bytes) => {
      this.maxBulkLength = Number(bytes);
    });
    this.outputLimits = config.values['client-output-buffer-limit'];
    config.watch('client-output-buffer-limit', (limits) => {
      this.outputLimits = limits;
    });
    config.watch('maxclients', (count) => {
      this.maxClients = count;
    });
    config.watch('slowlog-log-slower-than', (usec) => {
      statistics.slowlog.slowerThanUsec = Number(usec);
    });
    config.watch('slowlog-max-len', (entries) => {
      statistics.slowlog.maxLength = Number(entries);
    });
    config.watch('latency-tracking', (on) => {
      statistics.commands.tracking = on;
    });
    config.watch('latency-monitor-threshold', (ms) => {
      statistics.latency.thresholdMs = Number(ms);
    });
    const evictNow = (client: CountedClient) => {
      if (client instanceof Connection) evictClient(this, client);
    };
    this.clientMemory = new ClientMemory(config, statistics, { ...parts.evictor, evictNow }, () =>
      this.connections.values(),
    );
    this.cron = setInterval(() => this.tick(), cronMs);
  }

  /**
   * Takes a connection, or turns it away with Redis's words. The caller has counted it in `clients` for this thread.
   */
  adopt(transport: Transport, unixSocket: boolean): void {
    const { statistics, config } = this;
    if (statistics.total('connected_clients') >= this.maxClients) {
      statistics.add(counters.rejected_connections, 1);
      this.turnAway(transport, maxClientsText);
      return;
    }
    const open = config.values['protected-mode'] && this.acl.users.default.noPassword;
    if (open && !unixSocket && !isLoopback(transport.remoteAddress)) {
      statistics.add(counters.rejected_connections, 1);
      this.turnAway(transport, protectedModeText);
      return;
    }
    statistics.add(counters.total_connections_received, 1);
    statistics.add(counters.connected_clients, 1);
    const held = this.held === undefined ? transport : new HeldTransport(transport, this.held);
    const connection = new Connection(this, held, unixSocket, Date.now());
    this.connections.set(connection.session.id, connection);
    connection.start();
  }

  /** A connection is gone. */
  closed(connection: Connection, wasParked: boolean): void {
    const { session } = connection;
    if (!this.connections.delete(session.id)) return;
    this.clientMemory.forget(connection);
    this.output.count(connection, 0);
    if (session.blocked) this.blocking.leave(session.id);
    if (session.watched.length > 0) this.dispatcher.forgetWatches(session);
    if (session.monitors) this.monitors.remove(session);
    this.tracking.disable(session);
    if (session.subscriptions !== undefined) {
      this.dispatcher.beginBatch();
      this.pubsub.leaveAll(session);
      this.dispatcher.endBatch();
    }
    this.statistics.add(counters.connected_clients, -1);
    if (wasParked) this.statistics.add(counters.blocked_clients, -1);
    Atomics.sub(this.clients, this.threadIndex, 1);
  }

  countHandOver(): void {
    this.statistics.add(counters.connections_handed_over, 1);
  }

  /** CONFIG RESETSTAT. */
  resetStatistics(): void {
    this.statistics.reset();
    this.readTimes.reset();
    this.stalls.reset();
  }

  close(): void {
    clearInterval(this.cron);
    this.stalls.close();
    this.held?.close();
    for (const connection of this.connections.values()) connection.kill();
  }

  private turnAway(transport: Transport, text: string): void {
    transport.start({
      onData: () => {},
      onEnd: () => transport.destroy(),
      onDrained: () => {},
      onClose: () => {
        Atomics.sub(this.clients, this.threadIndex, 1);
      },
    });
    const bytes = Buffer.from(text, 'latin1');
    transport.write(bytes, bytes.length);
    transport.end();
  }

  private tick(): void {
    const nowMs = Date.now();
    this.dispatcher.adjustClock();
    this.statistics.sample(nowMs);
    this.stalls.publish();
    this.dispatcher.beginBatch();
    this.tracking.limit(this.config.values['tracking-table-max-keys']);
    this.dispatcher.endBatch();
    if (++this.ticks % ticksPerHousekeeping !== 0) return;
    let query = 0;
    let output = 0;
    for (const connection of this.connections.values()) {
      connection.housekeep(nowMs);
      query += connection.queryBufferBytes;
      output += connection.outputBufferBytes;
    }
    this.statistics.set(counters.query_buffer_bytes, query);
    this.statistics.set(counters.output_buffer_bytes, output);
  }
}
