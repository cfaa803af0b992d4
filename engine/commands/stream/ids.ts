import type { Request } from '../../../protocol/resp/request.ts';
import type { Slice } from '../../../tiers/tree/slice.ts';
import { type IdSyntax, StreamId } from '../../types/stream/stream-id.ts';
import { CommandError } from '../errors.ts';

const invalidId = new CommandError('ERR Invalid stream ID specified as stream command argument');
const invalidStart = new CommandError('ERR invalid start ID for the interval');
const invalidEnd = new CommandError('ERR invalid end ID for the interval');

/** `ms` or `ms-seq`. */
export const PLAIN_ID: IdSyntax = { edges: false, autoSequence: false, missingIsLast: false };
/** `ms-*` too. */
export const NEW_ID: IdSyntax = { ...PLAIN_ID, autoSequence: true };
/** `-` and `+` too. */
export const EDGE_ID: IdSyntax = { ...PLAIN_ID, edges: true };
const END_ID: IdSyntax = { ...EDGE_ID, missingIsLast: true };
const EXCLUSIVE_END_ID: IdSyntax = { ...PLAIN_ID, missingIsLast: true };
const PARENTHESIS = 0x28;

/** Reads an id argument; throws what Redis says when it is none. */
export function readId(request: Request, index: number, id: StreamId, syntax: IdSyntax = PLAIN_ID): void {
  if (!id.parse(request.bytes, request.start(index), request.length(index), syntax)) throw invalidId;
}

/** Whether an argument is an id; for options that follow ids. */
export function isId(request: Request, index: number, id: StreamId): boolean {
  return id.parse(request.bytes, request.start(index), request.length(index), PLAIN_ID);
}

/** Reads the begin of an interval, `(` before it leaves the id itself out. */
export function readStart(request: Request, index: number, id: StreamId): void {
  if (readBound(request, index, id, EDGE_ID, PLAIN_ID) && !id.increment()) throw invalidStart;
}

/** The same for the end; without a sequence number it is the last id of its millisecond. */
export function readEnd(request: Request, index: number, id: StreamId): void {
  if (readBound(request, index, id, END_ID, EXCLUSIVE_END_ID) && !id.decrement()) throw invalidEnd;
}

/** True when the bound is to be left out. */
function readBound(request: Request, index: number, id: StreamId, inclusive: IdSyntax, exclusive: IdSyntax): boolean {
  const start = request.start(index);
  const length = request.length(index);
  const isExclusive = length > 1 && request.bytes[start] === PARENTHESIS;
  const read = isExclusive
    ? id.parse(request.bytes, start + 1, length - 1, exclusive)
    : id.parse(request.bytes, start, length, inclusive);
  if (!read) throw invalidId;
  return isExclusive;
}

/** Points `slice` at an argument. */
export function argument(request: Request, index: number, slice: Slice): Slice {
  return slice.set(request.view, request.bytes, request.start(index), request.length(index));
}

/** The least and the greatest id. */
export const leastId: StreamId = new StreamId();
export const greatestId: StreamId = new StreamId().fill(0xff);
