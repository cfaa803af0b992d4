import { ENTRY_BYTES } from '../base/limits.ts';
import { asHandle } from '../memory/handle.ts';
import { objectKeyAt, objectKeyLength, objectType } from '../memory/object.ts';
import {
  COLD_CHECK_MASK,
  COLD_VALUE_TYPE_MASK,
  ENTRY_TAG_MASK,
  STATE_COLD,
  STATE_DEMOTING,
  STATE_HOT,
  STATE_MASK,
} from './layout.ts';
import type { StoreView } from './store-view.ts';

/**
 * Type of the value of a key of which only the hash is known, 0 when there is no such key. One that has expired may still be found. Its slot is
 * locked, and the index stands at the key's entry afterwards. Uses the hasher of `store.interests`.
 */
export function typeByHash(store: StoreView, slotAt: number, position: number, check: number): number {
  const { interests, index, arena } = store;
  const { hasher } = interests;
  if (!index.walk(slotAt, position >>> 0)) return 0;
  const { view } = index;
  for (let at = index.firstEntry; at < index.endOfPage; at += ENTRY_BYTES) {
    const word1 = view.getUint32(at + 4, true);
    const state = word1 & STATE_MASK;
    if (((word1 ^ position) & ENTRY_TAG_MASK) !== 0) continue;
    const word0 = view.getUint32(at, true);
    index.entry = at;
    if (state === STATE_COLD && ((word0 ^ check) & COLD_CHECK_MASK) === 0) return word0 & COLD_VALUE_TYPE_MASK;
    if (state !== STATE_HOT && state !== STATE_DEMOTING) continue;
    const object = arena.view(asHandle(word0));
    const objectAt = arena.offset(asHandle(word0));
    hasher.hash(object, objectKeyAt(object, objectAt), objectKeyLength(object, objectAt));
    if (hasher.position === position && hasher.check === check) return objectType(object, objectAt);
  }
  return 0;
}
