import type { Request } from '../../../protocol/resp/request.ts';
import { parseDouble } from '../../../protocol/text/numbers.ts';
import { Slice } from '../../../tiers/tree/slice.ts';
import { parseInteger } from '../arguments.ts';
import { type CommandError, errors } from '../errors.ts';
import type { ArgumentSpec } from '../spec.ts';

const slice = new Slice();

/** Names an argument as a member; good until the next call. */
export function memberArgument(request: Request, argIndex: number): Slice {
  return slice.set(request.view, request.bytes, request.start(argIndex), request.length(argIndex));
}

/** A score: a double that is not NaN. */
export function scoreArgument(request: Request, argIndex: number, error: CommandError = errors.notFloat): number {
  const score = parseDouble(request.bytes, request.start(argIndex), request.length(argIndex));
  if (score === undefined) throw error;
  return score;
}

/** A C `long` where more than 2^53 is as good as endless. */
export function longArgument(request: Request, argIndex: number, error: CommandError = errors.notInteger): number {
  const value = parseInteger(request, argIndex);
  if (value === undefined) throw error;
  return Number(value);
}

/** Arguments that many commands of the family have. */
export const key: ArgumentSpec = { name: 'key', type: 'key', keySpecIndex: 0 };
export const member: ArgumentSpec = { name: 'member', type: 'string' };
export const members: ArgumentSpec = { name: 'member', type: 'string', multiple: true };
export const withScores: ArgumentSpec = { name: 'withscores', type: 'pure-token', token: 'WITHSCORES', optional: true };
export const start: ArgumentSpec = { name: 'start', type: 'integer' };
export const stop: ArgumentSpec = { name: 'stop', type: 'integer' };
export const minScore: ArgumentSpec = { name: 'min', type: 'double' };
export const maxScore: ArgumentSpec = { name: 'max', type: 'double' };
export const minMember: ArgumentSpec = { name: 'min', type: 'string' };
export const maxMember: ArgumentSpec = { name: 'max', type: 'string' };
export const numkeys: ArgumentSpec = { name: 'numkeys', type: 'integer' };
export const keys: ArgumentSpec = { name: 'key', type: 'key', keySpecIndex: 0, multiple: true };
/** After a destination. */
export const sources: ArgumentSpec = { name: 'key', type: 'key', keySpecIndex: 1, multiple: true };
export const destination: ArgumentSpec = { name: 'destination', type: 'key', keySpecIndex: 0 };
export const limit: ArgumentSpec = {
  name: 'offset_count',
  type: 'block',
  token: 'LIMIT',
  optional: true,
  arguments: [
    { name: 'offset', type: 'integer' },
    { name: 'count', type: 'integer' },
  ],
};
export const weights: ArgumentSpec = {
  name: 'weight',
  type: 'integer',
  token: 'WEIGHTS',
  optional: true,
  multiple: true,
};
export const aggregates: ArgumentSpec = {
  name: 'aggregate',
  type: 'oneof',
  token: 'AGGREGATE',
  optional: true,
  arguments: [
    { name: 'sum', type: 'pure-token', token: 'SUM' },
    { name: 'min', type: 'pure-token', token: 'MIN' },
    { name: 'max', type: 'pure-token', token: 'MAX' },
  ],
};
