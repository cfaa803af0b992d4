import assert from 'node:assert/strict';
import { VALUE_HASH } from '../../engine/keyspace/key-ref.ts';
import { Slice } from '../../tiers/tree/slice.ts';
import type { InProcessTiers } from './in-process.ts';

export type Hash = ReadonlyMap<string, string>;

/** HSET: everything is looked at before the first change, as the command does. */
export function hset(tiers: InProcessTiers, key: string, pairs: readonly (readonly [string, string])[]): Promise<void> {
  return tiers.run(key, ({ collections, hashes }, ref) => {
    if (!ref.exists) collections.create(ref, VALUE_HASH, 1);
    const entries = hashes.openForWrite(ref);
    const slices = pairs.map(([field, value]) => [Slice.of(Buffer.from(field)), Slice.of(Buffer.from(value))] as const);
    for (const [field] of slices) entries.find(field);
    for (const [field, value] of slices) hashes.put(field, value);
    collections.changed(ref);
  });
}

export function hdel(tiers: InProcessTiers, key: string, fields: readonly string[]): Promise<void> {
  return tiers.run(key, (keyspace, ref) => {
    if (!ref.exists) return;
    const entries = keyspace.hashes.open(ref);
    const slices = fields.map((field) => Slice.of(Buffer.from(field)));
    for (const field of slices) entries.find(field);
    for (const field of slices) if (entries.find(field)) entries.remove();
    if (entries.count === 0) keyspace.delete(ref);
    else keyspace.collections.changed(ref);
  });
}

export function hgetall(tiers: InProcessTiers, key: string): Promise<Hash> {
  return tiers.run(key, ({ hashes }, ref) => {
    const found = new Map<string, string>();
    if (!ref.exists) return found;
    const entries = hashes.open(ref);
    const [field, value] = [new Slice(), new Slice()];
    for (let more = entries.first(); more; more = entries.next()) {
      found.set(entries.key(field).copy().toString(), entries.value(value).copy().toString());
    }
    assert.equal(found.size, entries.count);
    return found;
  });
}
