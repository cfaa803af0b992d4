import { assert } from '../../tiers/base/assert.ts';
import type { ReadyKey } from '../../tiers/index/interest.ts';
import { typeByHash } from '../../tiers/index/key-type.ts';
import { SlotTables } from '../../tiers/index/slot-tables.ts';
import type { StoreView } from '../../tiers/index/store-view.ts';
import { type Handle, NULL_HANDLE } from '../../tiers/memory/handle.ts';
import { type CommandError, errors } from '../commands/errors.ts';
import type { ThreadContext } from '../dispatch/context.ts';
import { MAIL_RETRY, MAIL_SERVED, type Mail } from '../server/mail.ts';
import type { Session } from '../server/session.ts';
import type { Blocking } from './blocking.ts';
import { RequestBlock, SERVED } from './request-block.ts';
import { FETCHING, RAN, type Runner, WOULD_WAIT } from './runner.ts';
import { WAITS_GROUP } from './waiting.ts';

/** After so many fetches for one key its values evidently do not fit into RAM together. */
const MAX_FETCHES = 64;

/** Mail that names a ready key: header offset f64 | position i32 | check i32. */
const READY_BYTES = 16;

export interface ServingParts {
  readonly store: StoreView;
  readonly context: ThreadContext;
  readonly runner: Runner;
  readonly blocking: Blocking;
  readonly mail: Mail;
  /** Stands in for clients, which may be another thread's. */
  readonly standIn: Session;
  readonly beginBatch: () => void;
  readonly endBatch: () => void;
  /** What happens between two calls belongs to no command's time. */
  readonly skipTime: () => void;
}

/** A client in the queue of a key. */
interface Waiter {
  readonly record: Handle;
  readonly token: number;
  readonly thread: number;
  readonly block: Handle;
  readonly group: string | undefined;
}

/**
 * Runs the commands of clients that wait, of any thread, when this thread has changed a key that they wait for: after the command that changed it,
 * before the next one of the same connection. For each key first come is first served.
 */
export class Serving {
  private readonly parts: ServingParts;
  private readonly store: StoreView;
  /** Of the waiter whose command runs. */
  private readonly block: RequestBlock;
  private readonly tokenBytes = Buffer.alloc(8);
  private active = false;

  constructor(parts: ServingParts) {
    this.parts = parts;
    this.store = parts.store;
    this.block = new RequestBlock(parts.store.arena);
    parts.mail.on(MAIL_RETRY, (_from, _bytes, view, start) => {
      const key = {
        slotAt: view.getFloat64(start, true),
        position: view.getInt32(start + 8, true),
        check: view.getInt32(start + 12, true),
      };
      this.later(key, undefined, 0);
    });
  }

  /** Serves whom it can. Within a batch, no slot locked. */
  serve(): void {
    const { interests } = this.store;
    if (this.active || interests.ready.length === 0) return;
    this.active = true;
    this.parts.skipTime();
    try {
      // Serving makes keys ready, perhaps again: the destination of BLMOVE.
      while (interests.ready.length > 0) {
        const keys = interests.ready;
        interests.ready = [];
        for (const key of keys) this.serveKey(key, undefined, 0);
      }
    } finally {
      this.active = false;
      this.parts.skipTime();
    }
  }

  /** @param error what the first waiter is to be told instead of being served */
  private serveKey(key: ReadyKey, error: CommandError | undefined, fetches: number): void {
    /** Waiters that found nothing for them, and groups that have seen everything. */
    const tried = new Set<number>();
    const seen = new Set<string>();
    let failure = error;
    for (;;) {
      const waiter = this.pick(key, tried, seen);
      if (waiter === undefined) return;
      const outcome = this.attempt(key, waiter, failure, fetches);
      failure = undefined;
      if (outcome === FETCHING) return;
      if (outcome === RAN) continue;
      tried.add(waiter.token);
      if (outcome === WOULD_WAIT && waiter.group !== undefined) seen.add(waiter.group);
    }
  }

  /** The first waiter who may find what it waits for in the key; its request is loaded. */
  private pick({ slotAt, position, check }: ReadyKey, tried: Set<number>, seen: Set<string>): Waiter | undefined {
    const { tables, interests } = this.store;
    const { block } = this;
    tables.lock(slotAt);
    let record = interests.firstWaiter(slotAt, position, check);
    const type = record === NULL_HANDLE ? 0 : typeByHash(this.store, slotAt, position, check);
    // Nobody can tell yet: the command finds out.
    const unknown = type === 0 && !tables.isIndexed(slotAt);
    let found: Waiter | undefined;
    for (; record !== NULL_HANDLE && found === undefined; record = interests.next(record)) {
      const sort = interests.sortOf(record);
      // Who reads as a group wants to know when there is no stream any more.
      if (sort !== type && sort !== WAITS_GROUP && !unknown) continue;
      const token = interests.idOf(record);
      if (tried.has(token)) continue;
      const handle = interests.dataOf(record);
      block.open(handle);
      const { group } = block;
      if (group !== undefined && seen.has(group)) continue;
      block.load();
      found = { record, token, thread: interests.threadOf(record), block: handle, group };
    }
    tables.unlock(slotAt);
    return found;
  }

  private attempt(key: ReadyKey, waiter: Waiter, error: CommandError | undefined, fetches: number): number {
    const { runner, standIn, blocking, context } = this.parts;
    const { block } = this;
    const { request } = block;
    const entry = runner.entryOf(request);
    assert(entry !== undefined, 'a command that waits is known');
    standIn.db = block.db;
    standIn.resp = block.resp;
    standIn.noTouch = block.noTouch;
    try {
      const outcome = runner.run(entry, request, standIn, {
        isWanted: () => {
          if (!this.stillWaits(key, waiter)) return false;
          if (error !== undefined) throw error;
          blocking.servingKey = this.numberOf(key);
          return blocking.servingKey >= 0;
        },
        onRun: () => this.unlink(waiter),
        again: (failure) => {
          this.later(key, failure ?? (fetches + 1 >= MAX_FETCHES ? errors.oom : undefined), fetches + 1);
        },
      });
      if (outcome === RAN) this.send(waiter, context);
      return outcome;
    } finally {
      blocking.servingKey = -1;
    }
  }

  /** Which declared key of the running command the ready key is; -1: none (its database has another table by now). */
  private numberOf(key: ReadyKey): number {
    const { keys } = this.parts.context;
    for (let n = 0; n < keys.count; n++) {
      const { slotAt, position, check } = keys.at(n);
      if (slotAt === key.slotAt && position === key.position && check === key.check) return n;
    }
    return -1;
  }

  /** Whether the waiter still stands in the key's queue; all slots of its keys are locked. */
  private stillWaits({ slotAt, position, check }: ReadyKey, waiter: Waiter): boolean {
    const { interests } = this.store;
    let record = interests.firstWaiter(slotAt, position, check);
    while (record !== NULL_HANDLE && record !== waiter.record) record = interests.next(record);
    return record !== NULL_HANDLE && interests.idOf(record) === waiter.token;
  }

  /** Takes a waiter that was served out of the queues of all its keys, whose slots are locked. */
  private unlink(waiter: Waiter): void {
    const { tables, interests } = this.store;
    const block = this.block.open(waiter.block);
    const table = tables.tableOf(block.db);
    block.state = SERVED;
    for (let n = 0; n < block.keys; n++) interests.remove(SlotTables.at(table, block.slot(n)), block.record(n));
  }

  private send(waiter: Waiter, { server }: ThreadContext): void {
    const { runner, blocking, mail } = this.parts;
    const { reply } = runner;
    if (waiter.thread === server.threadIndex) {
      blocking.settleLater(waiter.token, Buffer.from(reply.buffer.subarray(0, reply.length)));
      return;
    }
    this.tokenBytes.writeDoubleLE(waiter.token);
    reply.insert(0, this.tokenBytes, 8);
    mail.send(waiter.thread, MAIL_SERVED, reply.buffer, 0, reply.length);
  }

  /** Outside of any batch: serves a key in one of its own. */
  private later(key: ReadyKey, error: CommandError | undefined, fetches: number): void {
    const { beginBatch, endBatch } = this.parts;
    beginBatch();
    this.active = true;
    try {
      this.serveKey(key, error, fetches);
    } finally {
      this.active = false;
    }
    this.serve();
    endBatch();
  }
}

/** A thread that runs no commands asks one that does to serve clients that wait for these keys. */
export function mailReadyKeys(mail: Mail, to: number, keys: readonly ReadyKey[]): void {
  for (const { slotAt, position, check } of keys) {
    const bytes = Buffer.alloc(READY_BYTES);
    bytes.writeDoubleLE(slotAt, 0);
    bytes.writeInt32LE(position, 8);
    bytes.writeInt32LE(check, 12);
    mail.send(to, MAIL_RETRY, bytes, 0, bytes.length);
  }
}
