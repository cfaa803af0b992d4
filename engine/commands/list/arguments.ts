import type { Request } from '../../../protocol/resp/request.ts';
import type { KeyRef } from '../../keyspace/key-ref.ts';
import { HEAD, type Side, TAIL } from '../../types/list/shared-lists.ts';
import { parseInteger } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { type CommandError, errors } from '../errors.ts';
import type { ArgumentSpec } from '../spec.ts';

export const key: ArgumentSpec = { name: 'key', type: 'key', keySpecIndex: 0 };
export const element: ArgumentSpec = { name: 'element', type: 'string' };

/** LEFT or RIGHT, under the name by which a command documents it. */
export function sideArgument(name: string): ArgumentSpec {
  return {
    name,
    type: 'oneof',
    arguments: [
      { name: 'left', type: 'pure-token', token: 'LEFT' },
      { name: 'right', type: 'pure-token', token: 'RIGHT' },
    ],
  };
}

/** LEFT or RIGHT; throws errors.syntax. */
export function parseSide(request: Request, index: number): Side {
  if (request.is(index, 'left')) return HEAD;
  if (request.is(index, 'right')) return TAIL;
  throw errors.syntax;
}

/** A C `long`. Beyond 2^53 its last digits are lost, which no position can tell. */
export function longArgument(request: Request, index: number): number {
  const value = parseInteger(request, index);
  if (value === undefined) throw errors.notInteger;
  return Number(value);
}

/** A `long` of at least `least`; throws `error` for anything else. */
export function longFrom(request: Request, index: number, least: number, error: CommandError): number {
  const value = parseInteger(request, index);
  if (value === undefined || value < least) throw error;
  return Number(value);
}

/** Marks a list changed after `count` elements were removed from it, and deletes it when none is left. */
export function removed({ keyspace }: CommandContext, ref: KeyRef, count: number): void {
  const { lists } = keyspace;
  if (lists.length(ref) > 0) lists.collections.changed(ref, count);
  else dropped(keyspace, ref, count);
}

/** Deletes a list of which the command removes all of `count` elements. */
export function dropped(keyspace: CommandContext['keyspace'], ref: KeyRef, count: number): void {
  keyspace.collections.emptied(count);
  keyspace.delete(ref);
}
