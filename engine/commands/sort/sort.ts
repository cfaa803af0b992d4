import { Slice } from '../../../tiers/tree/slice.ts';
import { eventClass } from '../../events/events.ts';
import { type KeyRef, VALUE_LIST, VALUE_NONE, VALUE_SET, VALUE_ZSET } from '../../keyspace/key-ref.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, errors } from '../errors.ts';
import { Elements } from './elements.ts';
import { parseOptions, type SortOptions } from './options.ts';
import { Pattern } from './pattern.ts';
import { Weights } from './weights.ts';

const notNumbers = new CommandError("ERR One or more scores can't be converted into double");

/** Elements of the running command; empty between commands. */
const elements = new Elements();
const results = new Elements();
const element = new Slice();

/** Whether the client may read all keys that there are, as those are that BY and GET name. */
function mayReadAll({ request, session, server: { acl } }: CommandContext, mayStore: boolean): boolean {
  const entry = acl.commands.find(mayStore ? 'sort' : 'sort_ro');
  return entry === undefined || session.acl.free[entry.id] === 1 || acl.allowsOnEveryKey(session, entry, request);
}

/** SORT (`mayStore`) and SORT_RO. */
export function sort(context: CommandContext, mayStore: boolean): void {
  const options = parseOptions(context.request, mayStore, mayReadAll(context, mayStore));
  if (options.problem !== undefined) throw options.problem;
  const key = context.keys.at(0);
  const { type } = key;
  if (type !== VALUE_NONE && type !== VALUE_LIST && type !== VALUE_SET && type !== VALUE_ZSET) {
    if (mayStore) context.keys.countLookup(0);
    throw errors.wrongType;
  }
  try {
    sortKey(context, key, options, mayStore);
  } finally {
    elements.clear();
    results.clear();
  }
}

function sortKey(context: CommandContext, key: KeyRef, given: SortOptions, mayStore: boolean): void {
  const { keys, keyspace, request } = context;
  // Redis makes a sorted set a skiplist before it looks at the members.
  if (key.type === VALUE_ZSET) keyspace.sortedSets.becomeSkiplist(key);
  // What is stored of a set, or given to a script, must not depend on how it lies in memory.
  const options =
    !given.sorts && key.type === VALUE_SET && (given.store > 0 || context.inScript)
      ? { ...given, sorts: true, alpha: true, by: 0 }
      : given;
  const length = count(context, key);
  const [start, end] = limits(options, length);
  const ordered = options.sorts || key.type === VALUE_SET;
  collect(context, key, ordered ? 0 : start, ordered ? length : end, !ordered && options.descending);
  const order = options.sorts ? sorted(context, options) : undefined;
  const from = ordered ? start : 0;
  const patterns = options.gets.map((argIndex) => new Pattern(request, argIndex));
  const chosen = (n: number): Slice => elements.get(order === undefined ? from + n : (order[from + n] ?? 0), element);
  if (options.store > 0) {
    for (let n = 0; n < end - start; n++) {
      if (patterns.length === 0) results.add(chosen(n));
      for (const pattern of patterns) results.add(pattern.read(context, chosen(n)) ?? nothing);
    }
    keys.others.settle();
    countLookups(context, true);
    store(context);
    return;
  }
  reply(context, patterns, end - start, chosen);
  keys.others.settle();
  countLookups(context, mayStore);
}

/** `itself`: the sorted key too, which the dispatcher counts when a command that is readonly succeeds. */
function countLookups({ keys }: CommandContext, itself: boolean): void {
  if (itself) keys.countLookup(0);
  keys.others.countLookups();
}

const nothing = new Slice();

/** The results that are asked for: numbers [start, end) of `length`. */
function limits({ offset, count: wanted }: SortOptions, length: number): readonly [start: number, end: number] {
  const start = Math.min(Math.max(offset, 0), length);
  return [start, wanted < 0 ? length : Math.min(start + wanted, length)];
}

function count({ keyspace }: CommandContext, key: KeyRef): number {
  if (!key.exists) return 0;
  if (key.type === VALUE_LIST) return keyspace.lists.length(key);
  return key.type === VALUE_SET ? keyspace.sets.size(key) : keyspace.sortedSets.open(key).count;
}

/** Copies elements [start, end) into `elements`: of a list or sorted set by their place, counted and read from the end if `backwards`. */
function collect({ keyspace }: CommandContext, key: KeyRef, start: number, end: number, backwards: boolean): void {
  if (start >= end) return;
  if (key.type === VALUE_SET) {
    keyspace.sets.visit(key, (member) => elements.add(member));
    return;
  }
  if (key.type === VALUE_LIST) {
    const entries = keyspace.lists.open(key);
    let more = entries.seek(backwards ? entries.count - 1 - start : start);
    for (let left = end - start; more && left > 0; left--) {
      elements.add(entries.key(element));
      more = backwards ? entries.previous() : entries.next();
    }
    return;
  }
  keyspace.sortedSets.open(key).visit(start, end - start, backwards, (member) => elements.add(member));
}

/** The order of the elements. Throws when one of them, or what BY names for it, is no number. */
function sorted(context: CommandContext, options: SortOptions): Uint32Array {
  const { keys, request } = context;
  const weights = new Weights(elements.count, options.alpha);
  const pattern = options.by > 0 ? new Pattern(request, options.by) : undefined;
  for (let n = 0; n < elements.count; n++) {
    const own = elements.get(n, element);
    const weight = pattern === undefined ? own : pattern.read(context, own);
    if (weight !== undefined) weights.set(n, weight);
  }
  keys.others.settle();
  if (weights.failed) {
    countLookups(context, true);
    throw notNumbers;
  }
  return weights.order(elements, options.descending, options.store > 0);
}

function reply(
  context: CommandContext,
  patterns: readonly Pattern[],
  chosenCount: number,
  chosen: (n: number) => Slice,
): void {
  const { reply: writer } = context;
  writer.array(chosenCount * Math.max(1, patterns.length));
  for (let n = 0; n < chosenCount; n++) {
    const own = chosen(n);
    if (patterns.length === 0) writer.bulkFrom(own.view, own.bytes, own.at, own.length);
    for (const pattern of patterns) {
      const value = pattern.read(context, own);
      if (value === undefined) writer.nil();
      else writer.bulkFrom(value.view, value.bytes, value.at, value.length);
    }
  }
}

/** Makes `results` the list of the key that STORE names; an empty one is no list. */
function store({ keys, keyspace, reply: writer }: CommandContext): void {
  const to = keys.at(1);
  if (results.count > 0) {
    keyspace.lists.build(to, results.count, results.length, (n) => results.get(n, element));
    keyspace.collections.changed(to, results.count);
    keyspace.events.notify(eventClass.list, 'sortstore', to);
  } else if (keyspace.delete(to)) keyspace.events.notify(eventClass.generic, 'del', to);
  writer.integer(results.count);
}
