import { performance } from 'node:perf_hooks';
import { CommandError, errors } from '../../engine/commands/errors.ts';
import type { BatchLock } from '../../engine/dispatch/hooks.ts';
import type { ColdFetcher } from '../../engine/keyspace/key-access.ts';
import type { ReadRecords } from '../../engine/keyspace/piece-loader.ts';
import { assert } from '../../tiers/base/assert.ts';
import { ReadBudget } from '../../tiers/cold/read-budget.ts';
import { ReadPace } from '../../tiers/cold/read-pace.ts';
import type { ReadTimes } from '../../tiers/cold/read-times.ts';
import type { DirectPromoter } from '../../tiers/mover/direct-promoter.ts';
import type { ColdPlace } from '../../tiers/mover/promotion.ts';
import type { TierPort } from './tier-port.ts';

export interface ColdReadsParts {
  /** The way that always works: by the thread that owns the store. */
  readonly port: Pick<TierPort, 'fetch' | 'whenFetched' | 'readRecords' | 'freeFor'>;
  readonly promoter: DirectPromoter;
  /** Whether memory is below its bound. */
  readonly room: () => boolean;
  /** Bytes of the block that a thread could not have last. */
  readonly refusedBytes: () => number;
  readonly lock: () => BatchLock;
  /** Counts what a command waited for one key, in ms. */
  readonly times: Pick<ReadTimes, 'record'>;
}

/** The cold keys that one command waits for. */
interface Group {
  left: number;
  readonly startedAt: number;
  wake: ((error?: CommandError) => void) | undefined;
  error: CommandError | undefined;
}

interface Wanted {
  readonly place: ColdPlace;
  readonly generation: number;
  readonly key: Buffer;
  readonly recordKey: Buffer;
  readonly group: Group;
}

/** What was read and waits for memory. */
interface Homeless {
  readonly wanted: Wanted;
  readonly value: Buffer;
  /** Of the block that could not be had. */
  readonly bytes: number;
  /** How often memory was made and others took it. */
  readonly tries: number;
}

/** Reads of several keys each that one front-end has under way in the pool; more keys meanwhile wait and make the next one larger. */
const MAX_IN_FLIGHT = 4;
/** A read is worth the wake-ups of two threads for so many keys; fewer go only when nothing else is under way. */
const WORTH_KEYS = 4;
const MAX_KEYS = 64;
const MAX_TRIES = 16;

/** What belongs to a transaction or a script that has changed something already cannot wait for the thread that owns the store. */
const notHere = new CommandError(
  'IOERR The value is on disk and cannot be read in the middle of a transaction or script',
);
const damaged = new CommandError('IOERR The record of this key on disk is damaged');

/**
 * A front-end's three ways to a cold key: reading it on its own thread while clients wait, which is cheapest while reads are short;
 * reading those of several clients in the pool, parking the clients; asking the tier thread, which is what is left when these bring
 * nothing. What was read waits for memory here, so that it need not be read again. See docs/decisions/0005.
 */
export class ColdReads implements ColdFetcher {
  /** Keys of commands whose value was fetched, since whoever counts them took them. */
  hits = 0;
  private readonly parts: ColdReadsParts;
  private readonly pace = new ReadPace();
  private readonly budget = new ReadBudget();
  private open: Group | undefined;
  private waiting: Wanted[] = [];
  private homeless: Homeless[] = [];
  private makingRoom = false;
  private inFlight = 0;
  private scheduled = false;

  constructor(parts: ColdReadsParts) {
    this.parts = parts;
  }

  readNow(place: ColdPlace, generation: number, bytes: Buffer, start: number, length: number, nowMs: number): boolean {
    const { pace } = this;
    const { promoter, room } = this.parts;
    const from = performance.now();
    if (!pace.allows(from) || !promoter.reader.ready || !room()) return false;
    const hot = promoter.promoteNow(place, generation, bytes, start, length, nowMs);
    if (!pace.used) setImmediate(this.endTurn);
    const until = performance.now();
    pace.note(from, until);
    if (hot) this.count(until - from);
    return hot;
  }

  fetch(place: ColdPlace, generation: number, key: Buffer): void {
    const { promoter } = this.parts;
    this.open ??= { left: 0, startedAt: performance.now(), wake: undefined, error: undefined };
    const group = this.open;
    group.left++;
    const { table, slot, position, check } = place;
    const kept = { table, slot, position, check };
    const wanted = { place: kept, generation, key, recordKey: promoter.recordKey(kept, key), group };
    const value = promoter.takeUnlinked(wanted.recordKey, generation);
    if (value !== undefined) this.waitForRoom(wanted, value);
    else if (promoter.reader.ready) this.waiting.push(wanted);
    else this.ask(wanted);
  }

  whenFetched(wake: (error?: CommandError) => void): void {
    const group = this.open;
    assert(group !== undefined, 'a command waits for the keys that it asked for');
    group.wake = wake;
    this.open = undefined;
    if (this.scheduled || (this.waiting.length === 0 && this.homeless.length === 0)) return;
    this.scheduled = true;
    setImmediate(this.send);
  }

  readonly readRecords: ReadRecords = (keys) => this.parts.port.readRecords(keys);

  private count(ms: number): void {
    this.hits++;
    this.parts.times.record(ms);
  }

  readHeld(place: ColdPlace, bytes: Buffer, start: number, length: number, nowMs: number): void {
    const from = performance.now();
    switch (this.parts.promoter.promoteHeld(place, bytes, start, length, nowMs)) {
      case 'unread':
        throw notHere;
      case 'no-memory':
        throw errors.oom;
      case 'damaged':
        throw damaged;
      default:
        this.count(performance.now() - from);
    }
  }

  get readsHeld(): boolean {
    return this.parts.promoter.reader.ready;
  }

  readRecordsHeld(keys: readonly Buffer[]): readonly (Buffer | undefined)[] {
    const { reader } = this.parts.promoter;
    if (!reader.ready) throw notHere;
    return keys.map((key) => reader.read(key) ?? undefined);
  }

  private readonly endTurn = (): void => this.pace.endTurn();

  private readonly send = (): void => {
    this.scheduled = false;
    void this.makeRoom();
    const { waiting } = this;
    while (waiting.length > 0 && this.inFlight < MAX_IN_FLIGHT) {
      if (this.inFlight > 0 && waiting.length < WORTH_KEYS) return;
      const room = this.budget.room(this.homelessBytes());
      if (room === 0) return;
      const share = Math.max(WORTH_KEYS, Math.ceil(waiting.length / (MAX_IN_FLIGHT - this.inFlight)));
      this.read(waiting.splice(0, Math.min(share, MAX_KEYS, room)));
    }
  };

  private read(batch: readonly Wanted[]): void {
    this.inFlight++;
    this.budget.begin(batch.length);
    const recordKeys = batch.map(({ recordKey }) => recordKey);
    const from = performance.now();
    this.parts.promoter.reader.readMany(recordKeys, (values) => {
      const until = performance.now();
      this.pace.noteElsewhere(until - from, until);
      this.link(batch, values);
    });
  }

  /** What a read brought, in the order of its keys. */
  private link(batch: readonly Wanted[], values: readonly (Buffer | undefined | null)[]): void {
    const { promoter, lock, room } = this.parts;
    this.inFlight--;
    this.budget.end(values, batch.length);
    const nowMs = Date.now();
    const settled: Group[] = [];
    lock().enter();
    for (let i = 0; i < batch.length; i++) {
      const wanted = batch[i];
      const value = values[i];
      if (wanted === undefined) continue;
      const { place, generation, recordKey, group } = wanted;
      if (!value) {
        // Not there is an answer in a slot that is not indexed yet; not read (an error) is none.
        const absent = i < values.length && value === undefined && promoter.missing(place, recordKey) === 'absent';
        if (absent) settled.push(group);
        else this.ask(wanted);
        continue;
      }
      const linked = room() ? promoter.link(place, generation, recordKey, value, nowMs) : 'no-memory';
      if (linked === 'hot' || linked === 'absent') settled.push(group);
      else if (linked === 'no-memory') this.waitForRoom(wanted, value);
      else this.ask(wanted);
    }
    lock().leave();
    // Before the clients go on: what they ask for next makes up the next reads.
    for (const group of settled) this.settle(group);
    this.send();
  }

  private homelessBytes(): number {
    return this.homeless.reduce((bytes, { value }) => bytes + value.length, 0);
  }

  private waitForRoom(wanted: Wanted, value: Buffer): void {
    const { room, refusedBytes } = this.parts;
    const bytes = room() ? refusedBytes() : wanted.recordKey.length + value.length;
    this.homeless.push({ wanted, value, bytes, tries: 0 });
  }

  /** Has memory made for what was read and found none, and links it then. */
  private async makeRoom(): Promise<void> {
    if (this.makingRoom || this.homeless.length === 0) return;
    this.makingRoom = true;
    for (let first = this.homeless[0]; first !== undefined; first = this.homeless[0]) {
      this.linkHomeless(await this.parts.port.freeFor(first.bytes));
    }
    this.makingRoom = false;
    // Some may have waited until what was read before had found its place.
    if (this.waiting.length > 0) this.send();
  }

  /** `freed`: whether memory could be made. */
  private linkHomeless(freed: boolean): void {
    const { promoter, lock, refusedBytes, room } = this.parts;
    const { homeless } = this;
    const nowMs = Date.now();
    const settled: Group[] = [];
    const failed: Group[] = [];
    lock().enter();
    let done = 0;
    // It was made for the first; the others take what is left of it.
    for (; done < homeless.length && (done === 0 || room()); done++) {
      const first = homeless[done];
      if (first === undefined) break;
      const { wanted, value, tries } = first;
      const { place, generation, recordKey, group } = wanted;
      const linked = promoter.linkRead(place, generation, recordKey, value, nowMs);
      if (linked === 'hot' || linked === 'absent') settled.push(group);
      else if (linked === 'other') this.ask(wanted);
      else if (!freed || tries === MAX_TRIES) failed.push(group);
      else {
        const again = done === 0 ? tries + 1 : tries;
        homeless[done] = { wanted, value, bytes: refusedBytes(), tries: again };
        break;
      }
    }
    this.homeless = homeless.slice(done);
    lock().leave();
    for (const group of settled) this.settle(group);
    for (const group of failed) this.settle(group, errors.oom);
  }

  /** By way of the tier thread. */
  private ask({ place, key, group }: Wanted): void {
    const { port } = this.parts;
    port.fetch(place, key);
    port.whenFetched((error) => this.settle(group, error));
  }

  private settle(group: Group, error?: CommandError): void {
    group.error ??= error;
    if (error === undefined) this.count(performance.now() - group.startedAt);
    if (--group.left > 0) return;
    assert(group.wake !== undefined, 'answers are for commands that wait');
    group.wake(group.error);
  }
}
