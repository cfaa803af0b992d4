import type { KeyRef } from '../../keyspace/key-ref.ts';
import { getRegister } from '../../types/string/hyperloglog/dense.ts';
import { HyperLogLogDraft } from '../../types/string/hyperloglog/draft.ts';
import { HLL_AT_REGISTERS, HLL_REGISTERS, isSparse } from '../../types/string/hyperloglog/layout.ts';
import { describeSparse } from '../../types/string/hyperloglog/sparse.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, untilNul } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { corrupt, locateHyperLogLog, storeDraft } from './value.ts';

const noKey = new CommandError('ERR The specified key does not exist');
const notSparse = new CommandError('ERR HLL encoding is not sparse');

const draft = new HyperLogLogDraft();

/** Makes the value dense; whether it was not. */
function makeDense(context: CommandContext, key: KeyRef): boolean {
  const region = locateHyperLogLog(context, key);
  if (!isSparse(region)) return false;
  draft.load(region);
  if (!draft.makeDense()) throw corrupt;
  storeDraft(context, key, draft);
  return true;
}

function getRegisters(context: CommandContext, key: KeyRef): void {
  const { reply } = context;
  makeDense(context, key);
  const { view, offset } = locateHyperLogLog(context, key);
  reply.array(HLL_REGISTERS);
  for (let register = 0; register < HLL_REGISTERS; register++) {
    reply.integer(getRegister(view, offset + HLL_AT_REGISTERS, register));
  }
}

function pfdebug(context: CommandContext): void {
  const { keys, keyspace, reply, request } = context;
  const key = keys.at(0);
  if (!key.exists) throw noKey;
  locateHyperLogLog(context, key);
  const region = keyspace.strings.edit(key);
  if (request.is(1, 'getreg')) getRegisters(context, key);
  else if (request.is(1, 'decode')) {
    if (!isSparse(region)) throw notSparse;
    const { view, offset, length } = region;
    reply.text(describeSparse(view, offset + HLL_AT_REGISTERS, offset + length));
  } else if (request.is(1, 'encoding')) reply.simple(isSparse(region) ? 'sparse' : 'dense');
  else if (request.is(1, 'todense')) reply.integer(makeDense(context, key) ? 1 : 0);
  else throw new CommandError(`ERR Unknown PFDEBUG subcommand '${untilNul(request.latin1(1))}'`);
}

export const pfdebugCommand: CommandSpec = {
  name: 'pfdebug',
  summary: 'Look into a HyperLogLog: its registers, opcodes or encoding; or make it dense',
  since: '2.8.9',
  group: 'hyperloglog',
  complexity: 'O(1) for ENCODING, else O(N) with N registers',
  arity: 3,
  flags: ['write', 'denyoom', 'admin'],
  categories: ['hyperloglog'],
  keySpecs: [keyAt(2, ['RW', 'access'])],
  arguments: [
    { name: 'subcommand', type: 'string' },
    { name: 'key', type: 'key', keySpecIndex: 0 },
  ],
  systemCommand: true,
  tiers: 'value',
  execute: pfdebug,
};
