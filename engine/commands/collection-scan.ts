import { globMatchRange } from '../../protocol/text/glob.ts';
import type { Collection } from '../types/collection/collection.ts';
import { int64Argument } from './arguments.ts';
import type { CommandContext } from './context.ts';
import { errors } from './errors.ts';
import { defaultCount, parseCursor, patternArgument } from './generic/scan.ts';
import type { ArgumentSpec } from './spec.ts';

/** HSCAN, SSCAN and ZSCAN: `key cursor [MATCH pattern] [COUNT count]`. */

/** Cursors are hashes of members; this many there are, and none is left from here on. */
const END = 2 ** 32;

export const memberScanArguments: readonly ArgumentSpec[] = [
  { name: 'key', type: 'key', keySpecIndex: 0 },
  { name: 'cursor', type: 'integer' },
  { name: 'pattern', type: 'pattern', token: 'MATCH', optional: true },
  { name: 'count', type: 'integer', token: 'COUNT', optional: true },
];

interface Options {
  count: number;
  pattern: Buffer | undefined;
}

function parseOptions({ request }: CommandContext): Options {
  const options: Options = { count: defaultCount, pattern: undefined };
  for (let i = 3; i < request.count; i += 2) {
    const hasValue = i + 1 < request.count;
    if (hasValue && request.is(i, 'count')) {
      options.count = Math.min(Number(int64Argument(request, i + 1)), Number.MAX_SAFE_INTEGER);
      if (options.count < 1) throw errors.syntax;
    } else if (hasValue && request.is(i, 'match')) options.pattern = patternArgument(request, i + 1);
    else throw errors.syntax;
  }
  return options;
}

/**
 * Runs one step of a scan over the members of key 0, whose type is `type`. `open` opens the collection by hash (its keys are the members) and
 * `write` writes the entry that it stands at, answering how many elements of the reply that took. What Redis keeps in a listpack or an intset
 * it answers at once, whatever COUNT says: `whole`. What exists from the first step to the last is seen at least once: leaves hold ranges of hashes,
 * and the cursor is the hash at which the next one begins, whatever is split or joined meanwhile. `skips`: bytes in front of the member in a key.
 */
export function scanMembers(
  context: CommandContext,
  type: number,
  open: () => Collection,
  whole: () => boolean,
  write: (collection: Collection) => number,
  skips: (collection: Collection) => number = noBytes,
): void {
  const { keys, keyspace, reply, request } = context;
  const cursor = parseCursor(request.latin1(2));
  const key = keys.at(0);
  reply.array(2);
  if (!key.exists) {
    reply.text('0');
    reply.array(0);
    return;
  }
  keyspace.requireType(key, type);
  const { count, pattern } = parseOptions(context);
  const collection = open();
  const mark = reply.mark();
  let elements = 0;
  const skipped = skips(collection);
  const visit = (): void => {
    const { leafBytes, keyAt, keyLength } = collection;
    if (pattern === undefined || globMatchRange(pattern, leafBytes, keyAt + skipped, keyLength - skipped))
      elements += write(collection);
  };
  let next = END;
  if (collection.isFlat || whole()) {
    for (let more = collection.first(); more; more = collection.next()) visit();
  } else if (cursor < END) next = scanLeaves(collection, Number(cursor), count, visit);
  reply.patchArray(mark, elements);
  reply.patchText(mark, next === END ? '0' : next.toString());
}

function noBytes(): number {
  return 0;
}

/** Visits leaves from the one with `from` on until `count` entries were seen; where to go on. */
function scanLeaves(collection: Collection, from: number, count: number, visit: () => void): number {
  let next = from;
  for (let seen = 0; next < END && seen < count; next = collection.scanEnd()) {
    if (!collection.scanFrom(next)) return END;
    // When leaves were joined, this one begins before the place that the last step came to.
    const skips = next === from && from > 0;
    do {
      if (skips && collection.hashHere() < from) continue;
      visit();
      seen++;
    } while (collection.nextInLeaf());
  }
  return next;
}
