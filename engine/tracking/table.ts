import { INTEREST_TRACKED } from '../../tiers/index/interest-layout.ts';
import { SlotTables } from '../../tiers/index/slot-tables.ts';
import type { StoreView } from '../../tiers/index/store-view.ts';
import { NULL_HANDLE } from '../../tiers/memory/handle.ts';
import type { KeyRef } from '../keyspace/key-ref.ts';

/** A key that clients of this thread have read. */
interface TrackedKey {
  readonly id: number;
  readonly db: number;
  readonly slot: number;
  readonly position: number;
  readonly check: number;
  /** One character per byte. */
  readonly name: string;
  readonly clients: Set<number>;
}

/** A key that changed, and who had read it. */
export interface Forgotten {
  readonly name: string;
  readonly clients: ReadonlySet<number>;
}

/**
 * Which clients of this thread have read which keys. However many they are, one interest record hangs from the key: it makes whoever changes
 * the key send its id here. Between that and the mail's arrival a client may read the key again; it is told all the same, and loses nothing but the copy.
 */
export class TrackedKeys {
  /** Pairs of client and key; and keys that are among them. */
  items = 0;
  size = 0;
  private readonly store: StoreView;
  private readonly byName: Map<string, TrackedKey> = new Map();
  private readonly byId: Map<number, TrackedKey> = new Map();
  private lastId = 0;

  constructor(store: StoreView) {
    this.store = store;
  }

  /** Keys of all threads: one that two threads track counts twice. */
  get total(): number {
    return this.store.interests.count(INTEREST_TRACKED);
  }

  /** The client has read the key, whose slot is locked. False when there is no memory to remember it. */
  add(ref: KeyRef, name: string, client: number): boolean {
    const mapName = `${ref.db} ${name}`;
    let key = this.byName.get(mapName);
    if (key === undefined) {
      const { slotAt, position, check, db } = ref;
      key = { id: ++this.lastId, db, slot: SlotTables.slotAt(slotAt), position, check, name, clients: new Set() };
      const record = this.store.interests.add(slotAt, position, check, INTEREST_TRACKED, key.id);
      if (record === NULL_HANDLE) return false;
      this.byName.set(mapName, key);
      this.byId.set(key.id, key);
    }
    if (key.clients.has(client)) return true;
    if (key.clients.size === 0) this.size++;
    key.clients.add(client);
    this.items++;
    return true;
  }

  /** The key with this record changed: the record is gone. */
  take(id: number): Forgotten | undefined {
    const key = this.byId.get(id);
    if (key === undefined) return undefined;
    this.byId.delete(id);
    this.byName.delete(`${key.db} ${key.name}`);
    this.items -= key.clients.size;
    if (key.clients.size > 0) this.size--;
    return key;
  }

  /** Everybody was told to forget everything. Records stay until their keys change: nobody is told then. */
  forgetClients(): void {
    this.items = 0;
    this.size = 0;
    for (const key of this.byName.values()) key.clients.clear();
  }

  /** Within a batch: takes out the key that was read first. Undefined when there is none. */
  takeOldest(): Forgotten | undefined {
    const [key] = this.byName.values();
    if (key === undefined) return undefined;
    const { tables, interests } = this.store;
    const slotAt = SlotTables.at(tables.tableOf(key.db), key.slot);
    tables.lock(slotAt);
    let node = interests.firstNode(slotAt);
    while (node !== NULL_HANDLE && (interests.position(node) !== key.position || interests.check(node) !== key.check)) {
      node = interests.nextNode(node);
    }
    let record = node === NULL_HANDLE ? NULL_HANDLE : interests.firstOf(node, INTEREST_TRACKED);
    const mine = this.store.allocator.thread;
    while (record !== NULL_HANDLE && (interests.threadOf(record) !== mine || interests.idOf(record) !== key.id)) {
      record = interests.next(record);
    }
    if (record !== NULL_HANDLE) interests.remove(slotAt, record);
    tables.unlock(slotAt);
    return this.take(key.id);
  }
}
