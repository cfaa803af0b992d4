import { ENTRY_BYTES, SLOTS } from '../../tiers/base/limits.ts';
import {
  COLD_VALUE_TYPE_MASK,
  ENTRY_EXPIRES,
  ENTRY_TAG_SHIFT,
  STATE_COLD,
  STATE_MASK,
  STATE_TOMBSTONE,
} from '../../tiers/index/layout.ts';
import { isKeyEntry } from '../../tiers/index/slot-index.ts';
import { COUNT_EXPIRES, COUNT_KEYS, COUNT_UNINDEXED, SlotTables } from '../../tiers/index/slot-tables.ts';
import type { StoreView } from '../../tiers/index/store-view.ts';
import { asHandle } from '../../tiers/memory/handle.ts';
import { objectExpiry, objectKeyAt, objectKeyLength, objectType } from '../../tiers/memory/object.ts';
import type { ColdNameMemo, ScannedKey } from './keyspace.ts';

/** Slots that RANDOMKEY of a script tries to find a hot key in, before it has a name read. */
const HOT_DRAWS = 16;

/** Slots that are indexed together when a scan comes to one that is not. */
const SLOTS_AHEAD = 32;

/** A stretch of one slot's hash order whose cold keys' names are wanted. Positions are unsigned, `to` inclusive. */
export interface NameRange {
  readonly keyspaceId: number;
  readonly slot: number;
  readonly from: number;
  readonly to: number;
}

/** A record's key with the hash that it is stored under. */
export interface ColdName {
  readonly position: number;
  readonly check: number;
  readonly key: Buffer;
}

/** The thread that owns the cold tier, as a scan needs it. */
export interface ColdNames {
  /** Reads the names of cold keys from disk; answers one list per range. */
  names(ranges: readonly NameRange[]): Promise<readonly (readonly ColdName[])[]>;
  /** Resolves when the table's slots [from, to) are indexed. Rejects with a CommandError when they cannot be. */
  index(table: number, keyspaceId: number, from: number, to: number): Promise<void>;
}

/** A key found in the index: a hot one with its name, a cold one with what its name will be recognised by. */
interface Found {
  readonly tag: number;
  readonly type: number;
  readonly key: Buffer | undefined;
  readonly check: number;
}

interface ColdPart {
  readonly range: NameRange;
  readonly found: readonly Found[];
}

/**
 * Walks the keyspace in hash order. A cursor is slot << 24 | tag (the top 24 bits of the position), plus one so that it is never
 * 0 before the end; keys keep their place in this order for life, so growth between two calls neither hides nor repeats any.
 */
export class KeyScanner {
  private readonly store: StoreView;
  private readonly names: ColdNames | undefined;

  constructor(store: StoreView, names: ColdNames | undefined) {
    this.store = store;
    this.names = names;
  }

  scan(
    db: number,
    cursor: bigint,
    count: number,
    visit: (key: ScannedKey) => void,
    known?: ColdNameMemo,
  ): bigint | Promise<bigint> {
    const table = this.store.tables.tableOf(db);
    const nowMs = Date.now();
    const from = cursor === 0n ? 0 : Number(BigInt.asUintN(53, cursor - 1n));
    let slot = Math.floor(from / 2 ** 24);
    let tag = from % 2 ** 24;
    let left = Math.max(1, count);
    const cold: ColdPart[] = [];
    while (slot < SLOTS && left > 0) {
      const slotAt = SlotTables.at(table, slot);
      if (!this.store.tables.isIndexed(slotAt)) {
        // What was found so far is an answer, and the next call goes on here.
        if (left < count) break;
        const here = BigInt(slot * 2 ** 24 + tag) + 1n;
        return this.indexFrom(table, slot).then(() => this.scan(db, here, count, visit, known));
      }
      if (this.store.tables.entries(slotAt) !== 0) {
        const found = this.collect(slotAt, tag, left, nowMs);
        for (const { key, type } of found.keys) if (key !== undefined) visit({ key, type });
        const missing = found.keys.filter(({ key }) => key === undefined);
        if (missing.length > 0) cold.push(this.coldPart(table, slot, missing));
        left -= found.keys.length;
        tag = found.nextTag;
        if (tag < 2 ** 24) break;
      }
      slot++;
      tag = 0;
    }
    const next = slot >= SLOTS ? 0n : BigInt(slot * 2 ** 24 + tag) + 1n;
    if (cold.length === 0) return next;
    const reading = this.visitCold(cold, visit, known);
    return reading === undefined ? next : reading.then(() => next);
  }

  /** Has a slot, and some behind it, indexed. */
  private indexFrom(table: number, slot: number): Promise<void> {
    if (this.names === undefined) throw new Error('slots that are not indexed without a cold tier');
    const { tables } = this.store;
    return this.names.index(table, tables.keyspaceId(table), slot, Math.min(SLOTS, slot + SLOTS_AHEAD));
  }

  /** A random key of a random slot, which is indexed first if need be: some slots have more keys than others, which this does not mind. */
  private async randomWhileLoading(db: number): Promise<Buffer | undefined> {
    for (;;) {
      const { tables } = this.store;
      const table = tables.tableOf(db);
      if (tables.total(table, COUNT_UNINDEXED) <= 0) return this.randomKey(db, tables.total(table, COUNT_KEYS));
      const slot = Math.floor(Math.random() * SLOTS);
      const slotAt = SlotTables.at(table, slot);
      if (!tables.isIndexed(slotAt)) await this.indexFrom(table, slot);
      const found = this.collect(slotAt, 0, Number.MAX_SAFE_INTEGER, Date.now()).keys;
      const chosen = found[Math.floor(Math.random() * found.length)];
      if (chosen === undefined) continue;
      if (chosen.key !== undefined) return chosen.key;
      let name: Buffer | undefined;
      await this.readCold(
        [this.coldPart(table, slot, [chosen])],
        ({ key }) => {
          name = key;
        },
        undefined,
      );
      if (name !== undefined) return name;
    }
  }

  randomKey(db: number, size: number, known?: ColdNameMemo): Buffer | undefined | Promise<Buffer | undefined> {
    const table = this.store.tables.tableOf(db);
    if (this.store.tables.total(table, COUNT_UNINDEXED) > 0) return this.randomWhileLoading(db);
    if (size <= 0) return undefined;
    const slot = this.randomSlot(table, size);
    if (slot < 0) return undefined;
    const found = this.collect(SlotTables.at(table, slot), 0, Number.MAX_SAFE_INTEGER, Date.now()).keys;
    const chosen = found[Math.floor(Math.random() * found.length)];
    // Everything in the slot had expired: another slot, among keys that are fewer than was thought.
    if (chosen === undefined) return this.randomKey(db, size - 1, known);
    if (chosen.key !== undefined) return chosen.key;
    const atHand = known && this.nameAtHand(table, size, known);
    if (atHand !== undefined) return atHand;
    let name: Buffer | undefined;
    const visit = (key: ScannedKey): void => {
      name = key.key;
    };
    const part = this.coldPart(table, slot, [chosen]);
    return this.readCold([part], visit, known).then(() => name ?? this.randomKey(db, size - 1, known));
  }

  /** A name that need not be read: of a random hot key, or else of one that was read before. */
  private nameAtHand(table: number, size: number, known: ColdNameMemo): Buffer | undefined {
    for (let draw = 0; draw < HOT_DRAWS; draw++) {
      const slotAt = SlotTables.at(table, this.randomSlot(table, size));
      const hot = this.collect(slotAt, 0, Number.MAX_SAFE_INTEGER, Date.now()).keys.filter(
        ({ key }) => key !== undefined,
      );
      const chosen = hot[Math.floor(Math.random() * hot.length)];
      if (chosen !== undefined) return chosen.key;
    }
    const prefix = `${this.store.tables.keyspaceId(table)}:`;
    const names = [...known].filter(([place]) => place.startsWith(prefix));
    return names[Math.floor(Math.random() * names.length)]?.[1];
  }

  averageTtlMs(db: number, samples: number): number {
    const { tables, index, arena } = this.store;
    const table = tables.tableOf(db);
    const nowMs = Date.now();
    const start = Math.floor(Math.random() * SLOTS);
    let seen = 0;
    let sum = 0;
    for (let i = 0; i < SLOTS && seen < samples; i++) {
      const slotAt = SlotTables.at(table, (start + i) % SLOTS);
      if (tables.slotCount(slotAt, COUNT_EXPIRES) === 0) continue;
      tables.lock(slotAt);
      for (let p = 0; p < 2 ** 32 && index.walk(slotAt, p); p = index.nextPagePosition(p)) {
        for (let at = index.firstEntry; at < index.endOfPage; at += ENTRY_BYTES) {
          const word1 = index.view.getUint32(at + 4, true);
          if (!isKeyEntry(word1) || (word1 & ENTRY_EXPIRES) === 0) continue;
          const handle = asHandle(index.view.getUint32(at, true));
          const cold = (word1 & STATE_MASK) === STATE_COLD;
          const expiry = cold
            ? index.expiryAfter(index.view, at)
            : objectExpiry(arena.view(handle), arena.offset(handle));
          sum += Math.max(0, expiry - nowMs);
          seen++;
        }
      }
      tables.unlock(slotAt);
    }
    return seen === 0 ? 0 : Math.round(sum / seen);
  }

  /** A slot, each with probability proportional to its number of keys; -1 when there is none. */
  private randomSlot(table: number, size: number): number {
    const { tables } = this.store;
    const mean = size / SLOTS;
    // Crowded tables: draw slots and accept each by its share of what hardly any slot exceeds. Else count through.
    for (let draw = 0; mean >= 4 && draw < 64; draw++) {
      const slot = Math.floor(Math.random() * SLOTS);
      if (Math.random() * mean * 4 < tables.slotCount(SlotTables.at(table, slot), COUNT_KEYS)) return slot;
    }
    let left = Math.floor(Math.random() * size);
    let last = -1;
    for (let slot = 0; slot < SLOTS; slot++) {
      const keys = tables.slotCount(SlotTables.at(table, slot), COUNT_KEYS);
      if (keys === 0) continue;
      last = slot;
      left -= keys;
      if (left < 0) return slot;
    }
    return last;
  }

  /** Live keys of a slot from `fromTag` on in hash order, about `limit`; all keys of one tag come together. */
  private collect(slotAt: number, fromTag: number, limit: number, nowMs: number): { keys: Found[]; nextTag: number } {
    const { tables, index } = this.store;
    tables.lock(slotAt);
    const keys: Found[] = [];
    let position = fromTag * 256;
    let nextTag = 2 ** 24;
    while (position < 2 ** 32 && index.walk(slotAt, position)) {
      const page = this.livePage(fromTag, nowMs);
      const room = limit - keys.length;
      if (page.length > room) {
        let end = room;
        const last = page[end - 1]?.tag ?? 0;
        while (end < page.length && page[end]?.tag === last) end++;
        keys.push(...page.slice(0, end));
        if (end < page.length) {
          nextTag = last + 1;
          break;
        }
      } else keys.push(...page);
      position = index.nextPagePosition(position);
      if (keys.length >= limit) {
        nextTag = Math.floor(position / 256);
        break;
      }
    }
    tables.unlock(slotAt);
    return { keys, nextTag };
  }

  /** The live keys of the page that the index stands at, in hash order. */
  private livePage(fromTag: number, nowMs: number): Found[] {
    const { index, arena } = this.store;
    const { view } = index;
    const found: Found[] = [];
    for (let at = index.firstEntry; at < index.endOfPage; at += ENTRY_BYTES) {
      const word1 = view.getUint32(at + 4, true);
      const state = word1 & STATE_MASK;
      const tag = word1 >>> ENTRY_TAG_SHIFT;
      if (!isKeyEntry(word1) || state === STATE_TOMBSTONE || tag < fromTag) continue;
      const word0 = view.getUint32(at, true);
      if (state === STATE_COLD) {
        if ((word1 & ENTRY_EXPIRES) !== 0 && index.expiryAfter(view, at) <= nowMs) continue;
        found.push({ tag, type: word0 & COLD_VALUE_TYPE_MASK, key: undefined, check: word0 >>> 4 });
        continue;
      }
      const object = arena.view(asHandle(word0));
      const objectAt = arena.offset(asHandle(word0));
      const expiry = objectExpiry(object, objectAt);
      if (expiry >= 0 && expiry <= nowMs) continue;
      const keyAt = objectKeyAt(object, objectAt);
      const key = Buffer.from(
        arena.bytes(asHandle(word0)).slice(keyAt, keyAt + objectKeyLength(object, objectAt)).buffer,
      );
      found.push({ tag, type: objectType(object, objectAt), key, check: 0 });
    }
    return found.sort((a, b) => a.tag - b.tag);
  }

  private coldPart(table: number, slot: number, found: readonly Found[]): ColdPart {
    const tags = found.map(({ tag }) => tag);
    const from = (tags[0] ?? 0) * 256;
    const to = (tags[tags.length - 1] ?? 0) * 256 + 255;
    return { range: { keyspaceId: this.store.tables.keyspaceId(table), slot, from, to }, found };
  }

  /** Visits at once what is known by name, all of it or nothing; else answers the promise of having read and visited it. */
  private visitCold(
    parts: readonly ColdPart[],
    visit: (key: ScannedKey) => void,
    known: ColdNameMemo | undefined,
  ): Promise<void> | undefined {
    if (known === undefined || known.size === 0) return this.readCold(parts, visit, known);
    const keys: ScannedKey[] = [];
    for (const { range, found } of parts) {
      for (const one of found) {
        const key = known.get(placeOf(range, one));
        if (key === undefined) return this.readCold(parts, visit, known);
        keys.push({ key, type: one.type });
      }
    }
    for (const key of keys) visit(key);
    return undefined;
  }

  private async readCold(
    parts: readonly ColdPart[],
    visit: (key: ScannedKey) => void,
    known: ColdNameMemo | undefined,
  ): Promise<void> {
    if (this.names === undefined) throw new Error('cold keys without a cold tier');
    const lists = await this.names.names(parts.map(({ range }) => range));
    parts.forEach(({ found, range }, i) => {
      for (const one of found) {
        const { tag, check, type } = one;
        const match = lists[i]?.find((name) => name.position >>> 8 === tag && name.check >>> 4 === check);
        // Not on disk any more: it was deleted since.
        if (match === undefined) continue;
        known?.set(placeOf(range, one), match.key);
        visit({ key: match.key, type });
      }
    });
  }
}

/** What tells a cold key from all others. */
function placeOf({ keyspaceId, slot }: NameRange, { tag, check }: Found): string {
  return `${keyspaceId}:${slot}:${tag}:${check}`;
}
