import type { Request } from '../../../protocol/resp/request.ts';
import { parseInteger } from '../arguments.ts';
import { CommandError, errors } from '../errors.ts';

const STAR = 0x2a;

/** What a SORT asks for. Patterns and keys are argument numbers, 0 for none. */
export interface SortOptions {
  readonly descending: boolean;
  readonly alpha: boolean;
  /** LIMIT as given; a count below 0 means all. */
  readonly offset: number;
  readonly count: number;
  /** The pattern of the last BY. */
  readonly by: number;
  /** False when any BY has no star: then everything stays in its order. */
  readonly sorts: boolean;
  readonly gets: readonly number[];
  readonly store: number;
  /** The first thing that is wrong; what stands behind it was not read. */
  readonly problem: CommandError | undefined;
}

const byDenied = new CommandError('ERR BY option of SORT denied due to insufficient ACL permissions.');
const getDenied = new CommandError('ERR GET option of SORT denied due to insufficient ACL permissions.');

/** Reads the options from argument 2 on. `mayStore`: SORT, not SORT_RO. `mayReadAll`: all keys that there are, which patterns may name. */
export function parseOptions(request: Request, mayStore: boolean, mayReadAll = true): SortOptions {
  const gets: number[] = [];
  let descending = false;
  let alpha = false;
  let offset = 0;
  let count = -1;
  let by = 0;
  let sorts = true;
  let store = 0;
  let problem: CommandError | undefined;
  for (let i = 2; i < request.count && problem === undefined; i++) {
    const left = request.count - i - 1;
    if (request.is(i, 'asc')) descending = false;
    else if (request.is(i, 'desc')) descending = true;
    else if (request.is(i, 'alpha')) alpha = true;
    else if (request.is(i, 'limit') && left >= 2) {
      const first = parseInteger(request, ++i);
      const second = parseInteger(request, ++i);
      if (first === undefined || second === undefined) problem = errors.notInteger;
      offset = Number(first ?? 0);
      count = Number(second ?? 0);
    } else if (mayStore && request.is(i, 'store') && left >= 1) store = ++i;
    else if (request.is(i, 'by') && left >= 1) {
      by = ++i;
      const named = hasStar(request, by);
      sorts &&= named;
      if (named && !mayReadAll) problem = byDenied;
    } else if (request.is(i, 'get') && left >= 1) {
      gets.push(++i);
      if (!mayReadAll) problem = getDenied;
    } else problem = errors.syntax;
  }
  return { descending, alpha, offset, count, by, sorts, gets, store, problem };
}

/** Where the key of STORE stands, 0 without one. Reads as much as is right, as Redis does when it looks for keys. */
export function storeArgument(request: Request): number {
  let store = 0;
  for (let i = 2; i < request.count; i++) {
    if (request.is(i, 'limit')) i += 2;
    else if (request.is(i, 'get') || request.is(i, 'by')) i++;
    else if (request.is(i, 'store') && i + 1 < request.count) store = ++i;
  }
  return store;
}

/** To redis-server a pattern ends at its first NUL when it looks for the star. */
function hasStar(request: Request, index: number): boolean {
  for (let at = request.start(index); at < request.end(index); at++) {
    const byte = request.bytes[at];
    if (byte === STAR) return true;
    if (byte === 0) return false;
  }
  return false;
}
