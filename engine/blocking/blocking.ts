import type { Request } from '../../protocol/resp/request.ts';
import { assert } from '../../tiers/base/assert.ts';
import { INTEREST_BLOCKED } from '../../tiers/index/interest-layout.ts';
import { SLOT_INTEREST } from '../../tiers/index/layout.ts';
import { SlotTables } from '../../tiers/index/slot-tables.ts';
import type { StoreView } from '../../tiers/index/store-view.ts';
import { type Handle, NULL_HANDLE } from '../../tiers/memory/handle.ts';
import { KIND_OTHER } from '../../tiers/memory/layout.ts';
import { CommandError, errors } from '../commands/errors.ts';
import type { DeferredReply } from '../commands/spec.ts';
import type { ThreadContext } from '../dispatch/context.ts';
import type { BatchLock } from '../dispatch/hooks.ts';
import { MAIL_SERVED, type Mail } from '../server/mail.ts';
import { Deadlines, type Timed } from './deadlines.ts';
import { blockBytes, GONE, RequestBlock, WAITING } from './request-block.ts';
import { readResp } from './resp-value.ts';
import {
  BLOCKED,
  type BlockingSpec,
  type Commands,
  type Waiting,
  type WaitingSession,
  type WaitOptions,
  type WaitSort,
} from './waiting.ts';

const unblocked = new CommandError('UNBLOCKED client unblocked via CLIENT UNBLOCK');

/** Tokens of one thread's waits are so far apart. */
const TOKEN_STEP = 128;
const ERROR = 0x2d;

/** A client of this thread that waits. */
interface BlockedClient extends Timed {
  /** Names this wait in all threads; never used again. */
  readonly token: number;
  readonly spec: BlockingSpec;
  readonly db: number;
  /** NULL_HANDLE for one that waits for time to pass only. */
  readonly block: Handle;
  session: WaitingSession | undefined;
  /** It left, but had been served by then: what it was given is on its way here. */
  left: boolean;
}

export interface BlockingParts {
  readonly store: StoreView;
  readonly context: ThreadContext;
  readonly lock: BatchLock;
  readonly mail: Mail;
  /** What a command's spec says of its blocking. */
  readonly specOf: (request: Request) => BlockingSpec | undefined;
  /** Runs commands of nobody, one after the other, in database `db`; outside of any batch. */
  readonly giveBack: (db: number, commands: Commands) => void;
}

/**
 * The clients of one thread that wait. Whom another thread (or this one, see Serving) has served, it takes out of the queues of all its keys; this
 * class takes out those whose time is over, who are unblocked, or who leave.
 */
export class Blocking implements Waiting {
  /** Which declared key the running command is served from; -1: it is no client's that has waited. Set by Serving. */
  servingKey = -1;
  private readonly parts: BlockingParts;
  private readonly store: StoreView;
  private readonly block: RequestBlock;
  private readonly byToken = new Map<number, BlockedClient>();
  private readonly bySession = new Map<number, BlockedClient>();
  private readonly deadlines = new Deadlines<BlockedClient>((client) => this.expire(client));
  private readonly order: number[] = [];
  private serial = 0;
  /** The client that `wait` made for the command that is running. */
  private latest: BlockedClient | undefined;
  private settled: { readonly token: number; readonly bytes: Buffer }[] = [];

  constructor(parts: BlockingParts) {
    this.parts = parts;
    this.store = parts.store;
    this.block = new RequestBlock(parts.store.arena);
    parts.mail.on(MAIL_SERVED, (_from, bytes, view, start, length) => {
      this.settle(view.getFloat64(start, true), Buffer.from(bytes.subarray(start + 8, start + length)));
    });
  }

  /** Clients that wait. */
  get count(): number {
    return this.bySession.size;
  }

  get serving(): boolean {
    return this.servingKey >= 0;
  }

  concerns(n: number): boolean {
    return this.servingKey < 0 || this.servingKey === n;
  }

  mayTake(n: number, sort: WaitSort): boolean {
    if (this.servingKey >= 0) return this.servingKey === n;
    const { context } = this.parts;
    const { slotAt, position, check } = context.keys.at(n);
    const { tables, interests } = this.store;
    if (tables.view.getUint32(slotAt + SLOT_INTEREST, true) === 0 || !context.mayBlock) return true;
    return !interests.hasWaiters(slotAt, position, check, sort);
  }

  wait(options: WaitOptions): DeferredReply {
    if (this.servingKey >= 0) return BLOCKED;
    const { context } = this.parts;
    const { interests, allocator } = this.store;
    const { request, session, keys } = context;
    assert(context.mayBlock, 'nothing waits in a transaction or a script');
    const args = Array.from({ length: request.count }, (_, i) => options.rewrite?.(i) ?? request.copy(i));
    const refs = distinct(options.keys, (n) => keys.at(n));
    const block = allocator.allocate(blockBytes(refs.length, args), KIND_OTHER);
    if (block === NULL_HANDLE) throw errors.oom;
    this.block.open(block).write(
      {
        db: session.db,
        resp: session.resp,
        noTouch: session.noTouch,
        groupIndex: options.groupIndex ?? 0,
        keys: refs.length,
      },
      args,
    );
    const client = this.newClient(session.db, request, block, options.timeoutMs);
    for (const [n, { slotAt, slot, position, check }] of refs.entries()) {
      const record = interests.add(slotAt, position, check, INTEREST_BLOCKED, client.token, block, options.sort);
      if (record === NULL_HANDLE) {
        for (let i = 0; i < n; i++) interests.remove(refs[i]?.slotAt ?? 0, this.block.record(i));
        allocator.free(block, KIND_OTHER);
        throw errors.oom;
      }
      this.block.setKey(n, slot, record);
    }
    this.latest = client;
    return BLOCKED;
  }

  waitForTime(timeoutMs: number): DeferredReply {
    const { request, session } = this.parts.context;
    this.latest = this.newClient(session.db, request, NULL_HANDLE, timeoutMs);
    return BLOCKED;
  }

  /** The dispatcher: the command that just ran has to wait, and this is its client. */
  keep(session: WaitingSession): void {
    const client = this.latest;
    assert(client !== undefined, 'a command that blocks has called `wait`');
    this.latest = undefined;
    client.session = session;
    session.blocked = true;
    this.byToken.set(client.token, client);
    this.bySession.set(session.id, client);
    if (client.deadline !== Number.POSITIVE_INFINITY) this.deadlines.add(client);
  }

  /** A client of this thread was served by this thread, within a batch. Its reply goes out when the batch is over. */
  settleLater(token: number, bytes: Buffer): void {
    this.settled.push({ token, bytes });
    if (this.settled.length > 1) return;
    queueMicrotask(() => {
      const { settled } = this;
      this.settled = [];
      for (const one of settled) this.settle(one.token, one.bytes);
    });
  }

  /** CLIENT UNBLOCK, outside of any batch; whether the client waited. */
  unblock(sessionId: number, withError: boolean): boolean {
    const client = this.bySession.get(sessionId);
    if (client === undefined || !this.withdraw(client)) return false;
    this.forget(client);
    if (withError) {
      client.session?.settle(() => {
        throw unblocked;
      });
    } else this.timeOut(client);
    return true;
  }

  /** The session's connection is gone; outside of any batch. */
  leave(sessionId: number): void {
    const client = this.bySession.get(sessionId);
    if (client === undefined) return;
    if (this.withdraw(client)) this.forget(client);
    else {
      // Its reply is on its way here.
      this.bySession.delete(sessionId);
      this.deadlines.remove(client);
      client.left = true;
    }
  }

  private newClient(db: number, request: Request, block: Handle, timeoutMs: number): BlockedClient {
    const spec = this.parts.specOf(request);
    assert(spec !== undefined, 'a command that blocks says in its spec how that ends');
    this.serial++;
    return {
      token: this.serial * TOKEN_STEP + this.parts.mail.thread,
      spec,
      db,
      block,
      deadline: timeoutMs > 0 ? performance.now() + timeoutMs : Number.POSITIVE_INFINITY,
      heapIndex: -1,
      session: undefined,
      left: false,
    };
  }

  private expire(client: BlockedClient): void {
    // One that has been served meanwhile gets its reply soon.
    if (!this.withdraw(client)) return;
    this.forget(client);
    this.timeOut(client);
  }

  private timeOut({ session, spec }: BlockedClient): void {
    session?.settle((context) => spec.onTimeout(context.reply));
  }

  /** Takes the client out of the queues of its keys; false when it has been served. */
  private withdraw(client: BlockedClient): boolean {
    if (client.block === NULL_HANDLE) return true;
    const { lock } = this.parts;
    const { tables, interests, allocator } = this.store;
    const { order } = this;
    lock.enter();
    const block = this.block.open(client.block);
    const table = tables.tableOf(client.db);
    order.length = 0;
    for (let n = 0; n < block.keys; n++) order.push(SlotTables.at(table, block.slot(n)));
    order.sort((a, b) => a - b);
    for (const [n, slotAt] of order.entries()) if (slotAt !== order[n - 1]) tables.lock(slotAt);
    const waits = block.state === WAITING;
    if (waits) {
      block.state = GONE;
      for (let n = 0; n < block.keys; n++) interests.remove(SlotTables.at(table, block.slot(n)), block.record(n));
    }
    for (const [n, slotAt] of order.entries()) if (slotAt !== order[n - 1]) tables.unlock(slotAt);
    if (waits) allocator.free(client.block, KIND_OTHER);
    lock.leave();
    return waits;
  }

  /** A client was served; `bytes` is its reply. */
  private settle(token: number, bytes: Buffer): void {
    const client = this.byToken.get(token);
    assert(client !== undefined, 'a client is served once, and waits until it knows');
    this.forget(client);
    const { session, spec } = client;
    if (session?.isWaiting() === true && !client.left) {
      this.freeBlock(client);
      session.settle(({ reply }) => {
        if (bytes[0] === ERROR) throw new CommandError(bytes.latin1Slice(1, bytes.length - 2));
        reply.raw(bytes);
      });
      return;
    }
    if (spec.giveBack !== undefined && bytes[0] !== ERROR) {
      this.block.open(client.block).load();
      this.parts.giveBack(client.db, spec.giveBack(this.block.request, readResp(bytes)));
    }
    this.freeBlock(client);
  }

  private freeBlock({ block }: BlockedClient): void {
    const { lock } = this.parts;
    lock.enter();
    this.store.allocator.free(block, KIND_OTHER);
    lock.leave();
  }

  private forget(client: BlockedClient): void {
    this.deadlines.remove(client);
    this.byToken.delete(client.token);
    if (client.session === undefined) return;
    if (!client.left) this.bySession.delete(client.session.id);
    client.session.blocked = false;
  }
}

interface KeyPlace {
  readonly slotAt: number;
  readonly slot: number;
  readonly position: number;
  readonly check: number;
}

/** The first `count` keys, each once. Copies: what `at` answers may be reused. */
function distinct(count: number, at: (n: number) => KeyPlace): readonly KeyPlace[] {
  const places: KeyPlace[] = [];
  for (let n = 0; n < count; n++) {
    const { slotAt, slot, position, check } = at(n);
    const known = places.some((one) => one.slotAt === slotAt && one.position === position && one.check === check);
    if (!known) places.push({ slotAt, slot, position, check });
  }
  return places;
}
