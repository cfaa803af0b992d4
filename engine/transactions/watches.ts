import type { Interests } from '../../tiers/index/interest.ts';
import { INTEREST_WATCH } from '../../tiers/index/interest-layout.ts';
import { SlotTables } from '../../tiers/index/slot-tables.ts';
import type { StoreView } from '../../tiers/index/store-view.ts';
import { type Handle, NULL_HANDLE } from '../../tiers/memory/handle.ts';
import { errors } from '../commands/errors.ts';
import type { KeyRef } from '../keyspace/key-ref.ts';
import type { Session } from '../server/session.ts';

/** A key that a client watches. Slot, position and check: as in KeyRef. */
export interface WatchedKey {
  readonly db: number;
  readonly name: Buffer;
  readonly slot: number;
  readonly record: Handle;
}

/** What clients of one thread watch. */
export interface Watches {
  /** Begins to watch a key whose slot is locked. Throws errors.oom. */
  add(ref: KeyRef, name: Buffer, clientId: number): WatchedKey;
  /** Whether the key changed. Only under its slot's lock it cannot be about to. */
  isChanged(key: WatchedKey): boolean;
  /** Ends all of a client's watches; within a batch, no slot locked. */
  remove(keys: readonly WatchedKey[]): void;
}

/**
 * A record of interest in shared memory for each key (tiers/index/interest.ts), which whoever changes the key marks under its slot's lock.
 */
export class SharedWatches implements Watches {
  private readonly interests: Interests;
  private readonly tables: SlotTables;

  constructor(store: Pick<StoreView, 'interests' | 'tables'>) {
    this.interests = store.interests;
    this.tables = store.tables;
  }

  add(ref: KeyRef, name: Buffer, clientId: number): WatchedKey {
    const record = this.interests.add(ref.slotAt, ref.position, ref.check, INTEREST_WATCH, clientId);
    if (record === NULL_HANDLE) throw errors.oom;
    return { db: ref.db, name, slot: ref.slot, record };
  }

  isChanged({ record }: WatchedKey): boolean {
    return this.interests.isChanged(record);
  }

  remove(keys: readonly WatchedKey[]): void {
    const { tables } = this;
    for (const key of keys) {
      const slotAt = this.slotAt(key);
      tables.lock(slotAt);
      this.interests.remove(slotAt, key.record);
      tables.unlock(slotAt);
    }
  }

  /** FLUSHDB and SWAPDB give a database another table; records move along. */
  private slotAt({ db, slot }: WatchedKey): number {
    return SlotTables.at(this.tables.tableOf(db), slot);
  }
}

/** The client watches nothing any more. */
export function forgetWatched(session: Pick<Session, 'watched'>, watches: Watches): void {
  watches.remove(session.watched);
  session.watched = [];
}

/** The client's transaction is over, however it ended. */
export function endTransaction(session: Pick<Session, 'watched' | 'transaction'>, watches: Watches): void {
  session.transaction = undefined;
  forgetWatched(session, watches);
}
