import { OP_DELETE, OP_WRITE, type SampledTrace } from '../plan.ts';
import { PlanError } from '../plan-error.ts';
import type { ServerAddress } from './address.ts';
import { ReplayLane } from './replay-lane.ts';
import { REPLY_ERROR, REPLY_NONE } from './reply-scanner.ts';

/** The part of a trace that is replayed: all its requests, so a sample of rate 1. */
export type ReplayTrace = Pick<SampledTrace, 'length' | 'keys' | 'valueBytes' | 'ops' | 'keyCount' | 'keyBytes'>;

export interface ReplayOptions {
  readonly address: ServerAddress;
  readonly database?: number;
  readonly connections?: number;
  /** Requests under way at a time, over all connections. */
  readonly depth?: number;
  /** From 0 to 1, every so often. */
  readonly onProgress?: (share: number) => void;
  /** Called before every `lookEvery`th request, when the requests before it are answered; the replay waits for it. */
  readonly onLook?: (request: number) => Promise<void>;
  readonly lookEvery?: number;
  readonly signal?: AbortSignal;
}

/** What the clients of a replay saw. */
export interface ReplayResult {
  readonly reads: number;
  readonly hits: number;
  /** Reads that found nothing, but for `echoes`. */
  readonly misses: number;
  /** Reads that found nothing only because an earlier read of the key, still under way, had not filled it in again yet: who asks in order would have hit. */
  readonly echoes: number;
  readonly writes: number;
  readonly deletes: number;
  /** Writes that the server refused (no room), and its first words about it. */
  readonly refused: number;
  readonly refusal: string | undefined;
  readonly seconds: number;
}

const DEFAULT_CONNECTIONS = 4;
const DEFAULT_DEPTH = 64;
const MAX_BACKLOG_BYTES = 4 * 2 ** 20;
const PROGRESS_EVERY = 4096;

/** What is known of a key on the server. */
const ABSENT = 0;
const PRESENT = 1;
/** A read of a key that may be absent is under way: later requests for it wait, so that they do not miss as well. */
const ASKED = 2;
/** A read has missed and the value is on its way. */
const FILLING = 3;

const KIND_READ = 0;
const KIND_FILL = 1;
const KIND_OTHER = 2;
const KINDS = 4;

/**
 * Plays a trace against a server as the clients of a cache would: a read, and after a miss a write of the value (cache-aside); writes, deletes. Requests go
 * out in the trace's order, `depth` at a time; each key belongs to one connection, so requests for one key keep their order exactly, and a key that
 * was missed is filled before it is asked for again. TTLs are left out: a replay runs at its own speed. Rejects with a PlanError.
 */
export async function replay(trace: ReplayTrace, options: ReplayOptions): Promise<ReplayResult> {
  const lanes = await ReplayLane.openAll(
    options.address,
    options.database ?? 0,
    options.connections ?? DEFAULT_CONNECTIONS,
  );
  try {
    return await new Replay(trace, lanes, options).run();
  } finally {
    for (const lane of lanes) lane.close();
  }
}

class Replay {
  private readonly trace: ReplayTrace;
  private readonly lanes: readonly ReplayLane[];
  private readonly options: ReplayOptions;
  private readonly depth: number;
  private readonly states: Uint8Array;
  /** Requests that wait for the read of their key that is under way. */
  private readonly behind = new Map<number, number[]>();
  private underWay = 0;
  private wake: (() => void) | undefined;
  private failure: PlanError | undefined;
  private counts = { reads: 0, hits: 0, misses: 0, echoes: 0, writes: 0, deletes: 0, refused: 0 };
  private refusal: string | undefined;

  constructor(trace: ReplayTrace, lanes: readonly ReplayLane[], options: ReplayOptions) {
    this.trace = trace;
    this.lanes = lanes;
    this.options = options;
    this.depth = options.depth ?? DEFAULT_DEPTH;
    this.states = new Uint8Array(trace.keyCount);
    for (const lane of lanes) {
      lane.onReply = (tag, reply, text) => this.reply(Math.floor(tag / KINDS), tag % KINDS, reply, text);
      lane.onFailure = (error) => {
        this.failure ??= error;
        this.nudge();
      };
    }
  }

  async run(): Promise<ReplayResult> {
    const { trace, options } = this;
    const { onLook, lookEvery = Number.POSITIVE_INFINITY } = options;
    const startedAt = performance.now();
    for (let request = 0; request < trace.length; request++) {
      if (onLook !== undefined && request % lookEvery === 0) {
        await this.until(0);
        await onLook(request);
      }
      if (this.underWay >= this.depth) await this.until(this.depth / 2);
      this.underWay++;
      this.issue(request);
      if (request % PROGRESS_EVERY === 0) options.onProgress?.(request / trace.length);
    }
    await this.until(0);
    options.onProgress?.(1);
    return { ...this.counts, refusal: this.refusal, seconds: (performance.now() - startedAt) / 1000 };
  }

  /** Until no more than so many requests are under way, and what goes out does not pile up. */
  private async until(underWay: number): Promise<void> {
    for (;;) {
      for (const lane of this.lanes) lane.flush();
      if (this.failure !== undefined) throw this.failure;
      if (this.options.signal?.aborted === true) throw new PlanError('interrupted');
      if (this.underWay <= underWay && this.lanes.every((lane) => lane.backlogBytes < MAX_BACKLOG_BYTES)) return;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  private issue(request: number): void {
    const key = this.trace.keys[request] ?? 0;
    const others = this.behind.get(key);
    if (this.states[key] !== ASKED) this.start(request, key);
    else if (others === undefined) this.behind.set(key, [request]);
    else others.push(request);
  }

  private start(request: number, key: number): void {
    const { trace, states, counts } = this;
    const lane = this.laneOf(key);
    const keyBytes = trace.keyBytes[key] ?? 0;
    const op = trace.ops[request];
    if (op === OP_WRITE) {
      counts.writes++;
      states[key] = PRESENT;
      lane.set(request * KINDS + KIND_OTHER, key, keyBytes, trace.valueBytes[request] ?? 0);
    } else if (op === OP_DELETE) {
      counts.deletes++;
      states[key] = ABSENT;
      lane.del(request * KINDS + KIND_OTHER, key, keyBytes);
    } else {
      counts.reads++;
      if (states[key] === ABSENT) states[key] = ASKED;
      lane.get(request * KINDS + KIND_READ, key, keyBytes);
    }
  }

  private reply(request: number, kind: number, reply: number, text: string): void {
    const key = this.trace.keys[request] ?? 0;
    if (reply === REPLY_ERROR) this.noteError(kind, text);
    if (kind === KIND_READ && reply === REPLY_NONE) {
      if (this.states[key] !== FILLING) {
        this.counts.misses++;
        this.fill(request, key);
        return;
      }
      this.counts.echoes++;
    } else if (kind === KIND_READ) {
      this.counts.hits++;
      if (this.states[key] === ASKED) this.settle(key, PRESENT);
    } else if (kind === KIND_FILL && this.states[key] === FILLING) this.states[key] = PRESENT;
    this.underWay--;
    this.nudge();
  }

  /** One wake for all replies of a turn. */
  private nudge(): void {
    if (this.wake !== undefined) setImmediate(this.wake);
    this.wake = undefined;
  }

  private fill(request: number, key: number): void {
    const { trace } = this;
    const asked = this.states[key] === ASKED;
    const lane = this.laneOf(key);
    lane.set(request * KINDS + KIND_FILL, key, trace.keyBytes[key] ?? 0, trace.valueBytes[request] ?? 0);
    if (asked) this.settle(key, FILLING);
    else this.states[key] = FILLING;
    this.nudge();
  }

  /** The read that others waited for is answered: they go out in their order, until one has to wait again. */
  private settle(key: number, state: number): void {
    this.states[key] = state;
    const others = this.behind.get(key);
    if (others === undefined) return;
    this.behind.delete(key);
    for (const request of others) this.issue(request);
  }

  private noteError(kind: number, text: string): void {
    if (kind !== KIND_READ && /^(?:OOM|IOERR)/.test(text)) {
      this.counts.refused++;
      this.refusal ??= text;
    } else this.failure ??= new PlanError(`the server refused a request of the replay: ${text}`);
  }

  private laneOf(key: number): ReplayLane {
    const lane = this.lanes[key % this.lanes.length];
    if (lane === undefined) throw new Error('a replay has connections');
    return lane;
  }
}
