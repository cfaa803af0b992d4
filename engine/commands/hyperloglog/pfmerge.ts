import { eventClass } from '../../events/events.ts';
import { RegisterUnion } from '../../types/string/hyperloglog/cardinality.ts';
import { CORRUPT, HyperLogLogDraft } from '../../types/string/hyperloglog/draft.ts';
import { HLL_REGISTERS, isSparse } from '../../types/string/hyperloglog/layout.ts';
import type { CommandContext } from '../context.ts';
import { keyAt, keysFrom } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { corrupt, locateHyperLogLog, storeDraft } from './value.ts';

const union = new RegisterUnion();
const draft = new HyperLogLogDraft();

/** The destination counts as a source too. It becomes dense if any source is; its opcodes are those of raising register by register. */
function pfmerge(context: CommandContext): void {
  const { keys, reply, server } = context;
  const limit = server.collectionLimits.hllSparseBytes;
  let dense = false;
  union.clear();
  for (let i = 0; i < keys.count; i++) {
    const key = keys.at(i);
    keys.countLookup(i);
    if (!key.exists) continue;
    const region = locateHyperLogLog(context, key);
    if (!isSparse(region)) dense = true;
    if (!union.add(region)) throw corrupt;
  }
  const destination = keys.at(0);
  if (destination.exists) draft.load(locateHyperLogLog(context, destination));
  else draft.clear();
  if (dense && !draft.makeDense()) throw corrupt;
  const { highest } = union;
  for (let register = 0; register < HLL_REGISTERS; register++) {
    const rank = highest[register] ?? 0;
    if (rank > 0 && draft.raise(register, rank, limit) === CORRUPT) throw corrupt;
  }
  draft.forgetCardinality();
  storeDraft(context, destination, draft);
  context.keyspace.events.notify(eventClass.string, 'pfadd', destination);
  reply.ok();
}

/** There may be no source, which key specifications cannot say. */
function declareKeys({ keys, request, session }: CommandContext): void {
  for (let i = 1; i < request.count; i++) keys.add(i, session.db);
}

export const pfmergeCommand: CommandSpec = {
  name: 'pfmerge',
  summary: 'Merge HyperLogLogs into one',
  since: '2.8.9',
  group: 'hyperloglog',
  complexity: 'O(N) to merge N HyperLogLogs of 16384 registers',
  arity: -2,
  flags: ['write', 'denyoom'],
  categories: ['hyperloglog'],
  keySpecs: [keyAt(1, ['RW', 'access', 'insert']), keysFrom(2, -1, 1, ['RO', 'access'])],
  arguments: [
    { name: 'destkey', type: 'key', keySpecIndex: 0 },
    { name: 'sourcekey', type: 'key', keySpecIndex: 1, multiple: true },
  ],
  tiers: 'value',
  declareKeys,
  execute: pfmerge,
};
