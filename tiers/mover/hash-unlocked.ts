import type { StoreView } from '../index/store-view.ts';
import type { Handle } from '../memory/handle.ts';
import { headBytes, OBJECT_FLAGS, objectKeyLength } from '../memory/object.ts';

/**
 * Hashes the key of an object whose slot is not locked and which may be freed meanwhile: what is read may be nonsense, so every length is checked against the
 * block first, and the caller checks again under the lock of the slot that comes out of it. False when it is no block any more.
 */
export function hashUnlocked({ allocator, arena, hasher }: StoreView, handle: Handle): boolean {
  const capacity = allocator.probe(handle);
  if (capacity === 0) return false;
  const view = arena.view(handle);
  const at = arena.offset(handle);
  const head = headBytes(view.getUint8(at + OBJECT_FLAGS));
  const keyLength = objectKeyLength(view, at);
  if (head + keyLength > capacity) return false;
  hasher.hash(view, at + head, keyLength);
  return true;
}
