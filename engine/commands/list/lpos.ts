import type { Request } from '../../../protocol/resp/request.ts';
import { Slice } from '../../../tiers/tree/slice.ts';
import { VALUE_LIST } from '../../keyspace/key-ref.ts';
import { HEAD, TAIL } from '../../types/list/shared-lists.ts';
import { INT64_MIN, parseInteger } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { element, key, longArgument, longFrom } from './arguments.ts';

const zeroRank = new CommandError(
  "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
);
const negativeCount = new CommandError("ERR COUNT can't be negative");
const negativeLength = new CommandError("ERR MAXLEN can't be negative");

interface Options {
  /** Which match is the first to be answered: from 1, or from -1 backwards. */
  readonly rank: number;
  /** How many are: 0 for all, -1 for one that is not in an array. */
  readonly count: number;
  /** How many elements are looked at, 0 for all. */
  readonly maxlen: number;
}

function parseOptions(request: Request): Options {
  let rank = 1;
  let count = -1;
  let maxlen = 0;
  let boundless = false;
  for (let i = 3; i < request.count; i += 2) {
    if (i + 1 === request.count) throw errors.syntax;
    if (request.is(i, 'rank')) {
      rank = longArgument(request, i + 1);
      if (rank === 0) throw zeroRank;
      boundless = parseInteger(request, i + 1) === INT64_MIN;
    } else if (request.is(i, 'count')) count = longFrom(request, i + 1, 0, negativeCount);
    else if (request.is(i, 'maxlen')) maxlen = longFrom(request, i + 1, 0, negativeLength);
    else throw errors.syntax;
  }
  // The least number has no opposite. To redis-server it is the last match, and with COUNT all of them.
  if (boundless) return { rank: -1, count: Math.min(0, count), maxlen };
  return { rank, count, maxlen };
}

const wanted = new Slice();

function lpos({ keys, keyspace, reply, request }: CommandContext): void {
  const { rank, count, maxlen } = parseOptions(request);
  const list = keys.at(0);
  keyspace.requireType(list, VALUE_LIST);
  wanted.set(request.view, request.bytes, request.start(2), request.length(2));
  const mark = reply.mark();
  const most = maxlen === 0 ? Number.POSITIVE_INFINITY : maxlen;
  let skip = Math.abs(rank) - 1;
  let found = 0;
  const visit = (position: number): boolean => {
    if (skip > 0) {
      skip--;
      return true;
    }
    found++;
    reply.integer(position);
    return count >= 0 && found !== count;
  };
  if (list.exists) keyspace.lists.search(list, wanted, rank < 0 ? TAIL : HEAD, most, visit);
  if (count >= 0) reply.patchArray(mark, found);
  else if (found === 0) reply.nil();
}

export const lposCommand: CommandSpec = {
  name: 'lpos',
  summary: 'Find the positions of an element in a list',
  since: '6.0.6',
  group: 'list',
  complexity: 'O(N), N being the number of elements looked at',
  arity: -3,
  flags: ['readonly'],
  categories: ['list'],
  keySpecs: [keyAt(1, ['RO', 'access'])],
  arguments: [
    key,
    element,
    { name: 'rank', type: 'integer', token: 'RANK', optional: true },
    { name: 'num-matches', type: 'integer', token: 'COUNT', optional: true },
    { name: 'len', type: 'integer', token: 'MAXLEN', optional: true },
  ],
  tiers: 'value',
  execute: lpos,
};
