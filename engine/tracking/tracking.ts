import type { Request } from '../../protocol/resp/request.ts';
import { ReplyWriter } from '../../protocol/resp/writer.ts';
import type { Invalidation } from '../../tiers/index/interest.ts';
import type { StoreView } from '../../tiers/index/store-view.ts';
import type { CommandKeys } from '../commands/context.ts';
import { MAIL_INVALIDATE, type Mail } from '../server/mail.ts';
import type { Session } from '../server/session.ts';
import { counters, type Statistics } from '../server/statistics.ts';
import {
  LETTER_BROKEN,
  LETTER_FLUSH,
  LETTER_KEYS,
  LETTER_PREFIXES,
  LETTER_REDIRECT,
  LetterReader,
  LetterWriter,
} from './letters.ts';
import type { ChangedNames, ClientTracking, TrackingState } from './state.ts';
import { type Forgotten, TrackedKeys } from './table.ts';

export interface TrackingParts {
  readonly mail: Mail;
  readonly store: StoreView;
  readonly changed: ChangedNames;
  readonly statistics: Statistics;
  /** A client of this thread. */
  readonly find: (id: number) => Session | undefined;
}

/** So many keys are forgotten per round when there are more than `tracking-table-max-keys`. */
const MAX_EVICTED = 10_000;
const NOBODY = 0;

/**
 * Client-side caching, one thread's part (https://redis.io/docs/manual/client-side-caching/). What clients have read hangs from the keys as
 * interest records; who changes a key finds them in `store.interests.invalidations`, and tells the threads of those clients when the command has its
 * reply. Clients that are told by prefix are known to all threads by a count only.
 */
export class Tracking implements ClientTracking {
  /** Something besides `store.interests.invalidations` waits to be sent. */
  flushing = false;
  private readonly parts: TrackingParts;
  private readonly keys: TrackedKeys;
  private readonly prefixes: Map<string, Set<Session>> = new Map();
  private readonly clients: Set<Session> = new Set();
  private readonly letter: LetterWriter = new LetterWriter();
  private readonly writer: ReplyWriter = new ReplyWriter();
  /** The client whose command has just run, and the writer that has its reply. */
  private current: Session | undefined;
  /** The script or transaction that runs has read something. */
  private scriptReads = false;
  private reply: ReplyWriter | undefined;

  constructor(parts: TrackingParts) {
    this.parts = parts;
    this.keys = new TrackedKeys(parts.store);
    parts.mail.on(MAIL_INVALIDATE, (from, bytes, view, start) => {
      this.read(from, new LetterReader(bytes, view, start));
      this.publish();
    });
  }

  enable(session: Session, state: TrackingState): void {
    const before = session.tracking;
    session.tracking = state;
    this.clients.add(session);
    this.addPrefixes(session, state, before);
    this.publish();
  }

  private addPrefixes(session: Session, state: TrackingState, before: TrackingState | undefined): void {
    if (!state.broadcasts) return;
    if (before?.broadcasts !== true) this.countListener(1);
    for (const prefix of state.prefixes) {
      const known = this.prefixes.get(prefix);
      if (known === undefined) this.prefixes.set(prefix, new Set([session]));
      else known.add(session);
    }
  }

  /** Also of clients that leave. What they have read is forgotten when it changes. */
  disable(session: Session): void {
    const state = session.tracking;
    if (state === undefined) return;
    session.tracking = undefined;
    this.clients.delete(session);
    if (state.broadcasts) this.removePrefixes(session, state);
    this.publish();
  }

  private removePrefixes(session: Session, state: TrackingState): void {
    this.countListener(-1);
    for (const prefix of state.prefixes) {
      const known = this.prefixes.get(prefix);
      known?.delete(session);
      if (known?.size === 0) this.prefixes.delete(prefix);
    }
  }

  remember(session: Session, keys: CommandKeys, request: Request, isScript: boolean): void {
    if (!isScript || this.scriptReads) this.rememberKeys(session, keys, request);
    this.scriptReads = false;
  }

  rememberNested(session: Session, keys: CommandKeys, request: Request): void {
    this.scriptReads = true;
    this.rememberKeys(session, keys, request);
  }

  private rememberKeys(session: Session, keys: CommandKeys, request: Request): void {
    const state = session.tracking;
    if (state === undefined || state.broadcasts) return;
    if ((state.optIn && !state.caching) || (state.optOut && state.caching)) return;
    for (let n = 0; n < keys.count; n++) {
      const ref = keys.at(n);
      const name = request.latin1(ref.argIndex);
      // Without memory to remember it by, the key is out of date at once.
      if (!this.keys.add(ref, name, session.id)) this.send(session, [name]);
    }
    this.publish();
  }

  /** Whether `afterCommand` has anything to do. */
  get pending(): boolean {
    const { changed, store } = this.parts;
    return this.flushing || store.interests.invalidations.length > 0 || changed.names.size > 0;
  }

  /**
   * After a command, when its reply is written: tells everybody about what it changed. Its own client hears of it behind the reply.
   */
  afterCommand(session: Session | undefined, reply: ReplyWriter | undefined): void {
    const { mail, store, changed } = this.parts;
    this.current = session;
    this.reply = reply;
    const origin = session?.id ?? NOBODY;
    if (this.flushing) {
      this.flushing = false;
      this.flushed();
      this.letter.begin(LETTER_FLUSH, origin);
      for (let thread = 0; thread < mail.threads - 1; thread++) if (thread !== mail.thread) this.post(thread);
    }
    if (store.interests.invalidations.length > 0) {
      const list = store.interests.invalidations;
      store.interests.invalidations = [];
      for (const [thread, ids] of byThread(list)) {
        if (thread === mail.thread) this.changedKeys(ids, origin);
        else {
          this.letter.begin(LETTER_KEYS, origin);
          for (const id of ids) this.letter.number(id);
          this.post(thread);
        }
      }
    }
    if (changed.names.size > 0) this.tellPrefixes(changed.take(), origin);
    this.current = undefined;
    this.reply = undefined;
    this.publish();
  }

  /** Every 100 ms or so, within a batch. */
  limit(maxKeys: number): void {
    if (this.pending) this.afterCommand(undefined, undefined);
    if (maxKeys > 0) {
      for (let n = 0; n < MAX_EVICTED && this.keys.total > maxKeys; n++) {
        const key = this.keys.takeOldest();
        if (key === undefined) break;
        this.forget(key, NOBODY);
      }
    }
    this.publish();
  }

  /** INFO sees it at once. */
  private publish(): void {
    const { statistics } = this.parts;
    statistics.set(counters.tracking_total_keys, this.keys.size);
    statistics.set(counters.tracking_total_items, this.keys.items);
    statistics.set(counters.tracking_total_prefixes, this.prefixes.size);
    statistics.set(counters.tracking_clients, this.clients.size);
  }

  private countListener(by: number): void {
    const { listeners } = this.parts.changed;
    Atomics.add(listeners, 0, by);
    Atomics.add(listeners, this.parts.mail.thread + 1, by);
  }

  private tellPrefixes(names: readonly string[], origin: number): void {
    const { mail, changed } = this.parts;
    this.changedNames(names, origin);
    let written = false;
    for (let thread = 0; thread < mail.threads - 1; thread++) {
      if (thread === mail.thread || Atomics.load(changed.listeners, thread + 1) === 0) continue;
      if (!written) {
        this.letter.begin(LETTER_PREFIXES, origin);
        for (const name of names) this.letter.name(name);
        written = true;
      }
      this.post(thread);
    }
  }

  private post(thread: number): void {
    this.parts.mail.send(thread, MAIL_INVALIDATE, this.letter.bytes, 0, this.letter.length);
  }

  private read(from: number, letter: LetterReader): void {
    if (letter.kind === LETTER_KEYS) {
      const ids: number[] = [];
      while (letter.left > 0) ids.push(letter.number());
      this.changedKeys(ids, letter.client);
    } else if (letter.kind === LETTER_PREFIXES) this.changedNames(letter.names(), letter.client);
    else if (letter.kind === LETTER_FLUSH) this.flushed();
    else if (letter.kind === LETTER_REDIRECT) {
      const source = letter.number();
      const names = letter.left > 0 ? letter.names() : undefined;
      const target = this.parts.find(letter.client);
      if (target !== undefined) this.deliver(target, names, true);
      else {
        this.letter.begin(LETTER_BROKEN, source);
        this.post(from);
      }
    } else if (letter.kind === LETTER_BROKEN) this.broken(this.parts.find(letter.client));
  }

  private changedKeys(ids: readonly number[], origin: number): void {
    for (const id of ids) {
      const key = this.keys.take(id);
      if (key !== undefined) this.forget(key, origin);
    }
  }

  private forget({ name, clients }: Forgotten, origin: number): void {
    for (const id of clients) {
      const session = this.parts.find(id);
      const state = session?.tracking;
      if (session === undefined || state === undefined || state.broadcasts) continue;
      if (!state.noLoop || id !== origin) this.send(session, [name]);
    }
  }

  private changedNames(names: readonly string[], origin: number): void {
    for (const [prefix, sessions] of this.prefixes) {
      const matching = names.filter((name) => name.startsWith(prefix));
      if (matching.length === 0) continue;
      for (const session of sessions) {
        if (session.tracking?.noLoop !== true || session.id !== origin) this.send(session, matching);
      }
    }
  }

  private flushed(): void {
    this.keys.forgetClients();
    for (const session of this.clients) this.send(session, undefined);
  }

  /** @param names one character per byte; undefined: everything */
  private send(session: Session, names: readonly string[] | undefined): void {
    const state = session.tracking;
    if (state === undefined) return;
    const { mail, find } = this.parts;
    if (state.redirect === 0) this.deliver(session, names, false);
    else if (state.redirectThread === mail.thread) {
      const target = find(state.redirect);
      if (target === undefined) this.broken(session);
      else this.deliver(target, names, true);
    } else {
      this.letter.begin(LETTER_REDIRECT, state.redirect).number(session.id);
      for (const name of names ?? []) this.letter.name(name);
      this.post(state.redirectThread);
    }
  }

  private broken(session: Session | undefined): void {
    const state = session?.tracking;
    if (session === undefined || state === undefined) return;
    state.broken = true;
    if (session.resp !== 3) return;
    const { writer } = this;
    writer.reset();
    writer.resp = 3;
    writer.push(2);
    writer.text('tracking-redir-broken');
    writer.integer(state.redirect);
    this.hand(session);
  }

  private deliver(target: Session, names: readonly string[] | undefined, redirected: boolean): void {
    const { writer } = this;
    writer.reset();
    writer.resp = target.resp;
    if (target.resp === 3) {
      writer.push(2);
      writer.text('invalidate');
    } else if (redirected && target.subscriptions !== undefined) {
      writer.array(3);
      writer.text('message');
      writer.text('__redis__:invalidate');
    } else return;
    if (names === undefined) writer.nil();
    else {
      writer.array(names.length);
      for (const name of names) {
        const bytes = Buffer.from(name, 'latin1');
        writer.bulk(bytes, 0, bytes.length);
      }
    }
    this.hand(target);
  }

  private hand(target: Session): void {
    const { writer, reply } = this;
    if (target === this.current && reply !== undefined) reply.raw(writer.buffer.subarray(0, writer.length));
    else if ('blocked' in target && target.blocked === true) {
      // It may have been served by the very command that changed the key: its reply goes first.
      const bytes = Buffer.from(writer.buffer.subarray(0, writer.length));
      setImmediate(() => target.deliver(bytes, 0, bytes.length));
    } else target.deliver(writer.buffer, 0, writer.length);
  }
}

function byThread(list: readonly Invalidation[]): Map<number, number[]> {
  const threads = new Map<number, number[]>();
  for (const { thread, id } of list) {
    const ids = threads.get(thread);
    if (ids === undefined) threads.set(thread, [id]);
    else ids.push(id);
  }
  return threads;
}

/** CLIENT CACHING is for one command, or transaction. */
export function endCaching({ tracking, transaction, lastCommand }: Session): void {
  if (tracking === undefined || transaction !== undefined || lastCommand.startsWith('client|')) return;
  tracking.caching = false;
}
