import { eventClass } from '../../events/events.ts';
import type { KeyRef } from '../../keyspace/key-ref.ts';
import { raiseRegister } from '../../types/string/hyperloglog/dense.ts';
import { CORRUPT, HyperLogLogDraft } from '../../types/string/hyperloglog/draft.ts';
import { locateElement, rankOf, registerOf } from '../../types/string/hyperloglog/hash.ts';
import { forgetCardinality, HLL_AT_REGISTERS, isSparse } from '../../types/string/hyperloglog/layout.ts';
import { OpcodeWalk } from '../../types/string/hyperloglog/sparse.ts';
import type { Region } from '../../types/string/string-values.ts';
import type { CommandContext } from '../context.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { corrupt, locateHyperLogLog, storeDraft } from './value.ts';

const draft = new HyperLogLogDraft();
const walk = new OpcodeWalk();

function pfadd(context: CommandContext): void {
  const { keys, keyspace, reply } = context;
  const key = keys.at(0);
  let changed = true;
  if (!key.exists) {
    draft.clear();
    addToDraft(context, 2);
    // No element has changed the registers yet when there are none, and Redis does not vouch for the cardinality even then.
    draft.forgetCardinality();
    storeDraft(context, key, draft);
  } else {
    const region = locateHyperLogLog(context, key);
    changed = isSparse(region) ? addSparse(context, key, region) : addDense(context, key);
  }
  if (changed) keyspace.events.notify(eventClass.string, 'pfadd', key);
  reply.integer(changed ? 1 : 0);
}

/** Adds all elements in place; whether a register changed. */
function addDense({ request, keyspace }: CommandContext, key: KeyRef): boolean {
  const { view, offset } = keyspace.strings.edit(key);
  let changed = false;
  for (let i = 2; i < request.count; i++) {
    const location = locateElement(request.view, request.start(i), request.length(i));
    if (raiseRegister(view, offset + HLL_AT_REGISTERS, registerOf(location), rankOf(location))) changed = true;
  }
  if (!changed) return false;
  forgetCardinality(view, offset);
  keyspace.strings.changed(key);
  return true;
}

/** Adds all elements; whether a register changed. A draft is made for the first one that changes one. */
function addSparse(context: CommandContext, key: KeyRef, region: Region): boolean {
  const { request, keyspace } = context;
  const { view, offset, length } = region;
  for (let i = 2; i < request.count; i++) {
    const location = locateElement(request.view, request.start(i), request.length(i));
    walk.begin(view, offset + HLL_AT_REGISTERS, offset + length);
    if (!walk.find(registerOf(location))) throw corrupt;
    if (walk.value >= rankOf(location)) continue;
    draft.load(region);
    addToDraft(context, i);
    draft.forgetCardinality();
    storeDraft(context, key, draft);
    return true;
  }
  // What has been a HyperLogLog to PFADD is `raw`, changed or not.
  keyspace.strings.edit(key);
  return false;
}

/** Adds the elements from the argument `first` on. Where Redis would keep those before a corrupt place, nothing is kept. */
function addToDraft({ request, server }: CommandContext, first: number): void {
  const limit = server.collectionLimits.hllSparseBytes;
  for (let i = first; i < request.count; i++) {
    const location = locateElement(request.view, request.start(i), request.length(i));
    if (draft.raise(registerOf(location), rankOf(location), limit) === CORRUPT) throw corrupt;
  }
}

export const pfaddCommand: CommandSpec = {
  name: 'pfadd',
  summary: 'Add elements to a HyperLogLog',
  since: '2.8.9',
  group: 'hyperloglog',
  complexity: 'O(1) for each element',
  arity: -2,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['hyperloglog'],
  keySpecs: [keyAt(1, ['RW', 'insert'])],
  arguments: [
    { name: 'key', type: 'key', keySpecIndex: 0 },
    { name: 'element', type: 'string', optional: true, multiple: true },
  ],
  tiers: 'value',
  execute: pfadd,
};
