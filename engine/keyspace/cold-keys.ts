import type { Request } from '../../protocol/resp/request.ts';
import { assert } from '../../tiers/base/assert.ts';
import type { StoreView } from '../../tiers/index/store-view.ts';
import type { ColdPlace } from '../../tiers/mover/promotion.ts';
import type { CommandError } from '../commands/errors.ts';
import type { KeyRef } from './key-ref.ts';
import type { SharedOtherKeys } from './other-keys.ts';
import type { ReadRecords } from './piece-loader.ts';

/** Brings cold keys into RAM. */
export interface ColdFetcher {
  /**
   * Here and now, if that is likely to be quick: the key, `bytes[start, start + length)`, that was found cold when its slot's cold
   * generation was `generation`. False: ask for it by `fetch`. No slot is locked.
   */
  readNow(place: ColdPlace, generation: number, bytes: Buffer, start: number, length: number, nowMs: number): boolean;
  /** Asks for one; `wake` is called later, on this thread, when it can be looked up again. */
  fetch(place: ColdPlace, generation: number, key: Buffer): void;
  /** After one or more `fetch`: calls back when all of them are answered. */
  whenFetched(wake: (error?: CommandError) => void): void;
  /** Reads records by their keys: pieces of collections. */
  readonly readRecords: ReadRecords;
  /**
   * For a command that cannot wait, because what it belongs to has changed something already: the same as `readNow`, however long it takes, and with the
   * key's slot locked. Throws a CommandError when it cannot be done.
   */
  readHeld(place: ColdPlace, bytes: Buffer, start: number, length: number, nowMs: number): void;
  /** Whether what follows has a chance. */
  readonly readsHeld: boolean;
  /** The same for records. */
  readRecordsHeld(keys: readonly Buffer[]): readonly (Buffer | undefined)[];
}

/** Keys that a command found out by itself are read here and now only when they are few. */
const MAX_READ_NOW = 64;

/** What the running command has found to be on disk, and the ways to bring it into RAM. */
export class ColdKeys {
  private readonly store: Pick<StoreView, 'tables'>;
  private readonly fetcher: ColdFetcher | undefined;
  private readonly others: SharedOtherKeys;
  private readonly refs: KeyRef[] = [];
  /** The requests that name them. */
  private readonly requests: Request[] = [];

  constructor(store: Pick<StoreView, 'tables'>, fetcher: ColdFetcher | undefined, others: SharedOtherKeys) {
    this.store = store;
    this.fetcher = fetcher;
    this.others = others;
  }

  get areNone(): boolean {
    return this.refs.length === 0;
  }

  /** A key whose value is missing; its slot is locked. */
  note(ref: KeyRef, request: Request): void {
    ref.coldGeneration = this.store.tables.coldGeneration(ref.slotAt);
    this.refs.push(ref);
    this.requests.push(request);
  }

  forget(): void {
    // To set the length of an array that is empty takes V8 longer than to look.
    if (this.refs.length === 0) return;
    this.refs.length = 0;
    this.requests.length = 0;
  }

  /** Here and now, where that is likely to be quick; false: `fetch`. No slot is locked. */
  readNow(nowMs: number): boolean {
    const { refs, requests, others } = this;
    // Slots are all that a new try needs.
    if (refs.length === 0 && others.cold.length === 0) return true;
    const fetcher = this.wanted();
    for (let n = 0; n < refs.length; n++) {
      const ref = refs[n];
      const request = requests[n];
      if (ref === undefined || request === undefined) break;
      const { argIndex } = ref;
      const start = request.start(argIndex);
      if (!fetcher.readNow(ref, ref.coldGeneration, request.bytes, start, request.length(argIndex), nowMs))
        return false;
    }
    if (others.cold.length > MAX_READ_NOW) return false;
    for (const { ref, name } of others.cold) {
      if (!fetcher.readNow(ref, ref.coldGeneration, name, 0, name.length, nowMs)) return false;
    }
    return true;
  }

  fetch(wake: (error?: CommandError) => void): void {
    const { others } = this;
    const fetcher = this.wanted();
    for (const [n, ref] of this.refs.entries()) {
      const request = this.requests[n];
      if (request !== undefined) fetcher.fetch(ref, ref.coldGeneration, request.copy(ref.argIndex));
    }
    for (const { ref, name } of others.cold) fetcher.fetch(ref, ref.coldGeneration, name);
    this.forget();
    others.cold = [];
    fetcher.whenFetched(wake);
  }

  /** With their slots locked. Throws a CommandError when it cannot be done. */
  readHeld(nowMs: number): void {
    const { others } = this;
    const fetcher = this.wanted();
    for (const [n, ref] of this.refs.entries()) {
      const request = this.requests[n];
      if (request === undefined) break;
      fetcher.readHeld(ref, request.bytes, request.start(ref.argIndex), request.length(ref.argIndex), nowMs);
    }
    for (const { ref, name } of others.cold) fetcher.readHeld(ref, name, 0, name.length, nowMs);
    this.forget();
    others.cold = [];
  }

  private wanted(): ColdFetcher {
    assert(this.fetcher !== undefined, 'only a cold tier has cold keys');
    return this.fetcher;
  }
}
