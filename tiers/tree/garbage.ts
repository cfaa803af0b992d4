import { copyBytes } from '../base/bytes.ts';
import type { Allocator } from '../memory/allocator.ts';
import { asHandle, NULL_HANDLE } from '../memory/handle.ts';
import { GARBAGE_COUNT, GARBAGE_HEADER_BYTES, TREE_GARBAGE } from './layout.ts';

/** Pieces of a TREE object that are on disk and out of date, until the batch that replaces them deletes them. `valueAt`: of the object. */

/** Notes a piece; false when there is no memory for it. */
export function addGarbage(
  allocator: Allocator,
  view: DataView,
  valueAt: number,
  kind: number,
  piece: number,
): boolean {
  const { arena } = allocator;
  const list = asHandle(view.getUint32(valueAt + TREE_GARBAGE, true));
  const count = list === NULL_HANDLE ? 0 : arena.view(list).getUint32(arena.offset(list) + GARBAGE_COUNT, true);
  const needed = GARBAGE_HEADER_BYTES + (count + 1) * 4;
  let to = list;
  if (list === NULL_HANDLE || needed > allocator.capacity(list)) {
    to = allocator.allocateBeyondLimit(needed + (needed >>> 1), kind);
    if (to === NULL_HANDLE) return false;
    if (list !== NULL_HANDLE) {
      const from = arena.offset(list);
      copyBytes(
        arena.view(to),
        arena.bytes(to),
        arena.offset(to),
        arena.view(list),
        arena.bytes(list),
        from,
        needed - 4,
      );
      allocator.free(list, kind);
    }
    view.setUint32(valueAt + TREE_GARBAGE, to, true);
  }
  arena.view(to).setUint32(arena.offset(to) + GARBAGE_COUNT, count + 1, true);
  arena.view(to).setUint32(arena.offset(to) + needed - 4, piece, true);
  return true;
}

/** Takes all that is noted. */
export function takeGarbage(allocator: Allocator, view: DataView, valueAt: number, kind: number): number[] {
  const { arena } = allocator;
  const list = asHandle(view.getUint32(valueAt + TREE_GARBAGE, true));
  if (list === NULL_HANDLE) return [];
  const from = arena.view(list);
  const at = arena.offset(list);
  const count = from.getUint32(at + GARBAGE_COUNT, true);
  const pieces = Array.from({ length: count }, (_, n) => from.getUint32(at + GARBAGE_HEADER_BYTES + n * 4, true));
  view.setUint32(valueAt + TREE_GARBAGE, 0, true);
  allocator.free(list, kind);
  return pieces;
}
