import { Slice } from '../../../tiers/tree/slice.ts';
import { type KeyRef, VALUE_HASH, VALUE_LIST, VALUE_STRING } from '../../keyspace/key-ref.ts';
import { EXPIRY_NONE } from '../../types/string/string-values.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { addField, type Bucket, jsonOf, keyOfPath, listOfArguments, type Nested, namesOf } from './nested-path.ts';

const nothingThere = new CommandError('ERR no such key');
const empty = Slice.of(Buffer.alloc(0));

function sliceOf(text: string): Slice {
  return Slice.of(Buffer.from(text, 'latin1'));
}

function declarePath(argIndex: (context: CommandContext) => number): (context: CommandContext) => void {
  return (context) => context.keys.add(keyOfPath(context.request, argIndex(context)), context.session.db);
}

function nhset(context: CommandContext): void {
  const names = namesOf(context.request.latin1(1));
  if (names === undefined) throw errors.syntax;
  const replaced = names.length === 1 ? setKey(context) : setBelow(context, names.slice(1));
  context.reply.integer(replaced ? 1 : 0);
}

/** A path of one name: the key itself becomes a string or a list. */
function setKey({ keys, keyspace, request }: CommandContext): boolean {
  const ref = keys.at(0);
  const there = ref.exists;
  if (request.count === 3) keyspace.strings.set(ref, request.bytes, request.start(2), request.length(2), EXPIRY_NONE);
  else {
    const { collections, lists } = keyspace;
    const slice = new Slice();
    lists.build(ref, request.count - 2, request.end(request.count - 1) - request.start(2), (n) =>
      slice.set(request.view, request.bytes, request.start(n + 2), request.length(n + 2)),
    );
    collections.changed(ref);
  }
  return there;
}

/** True when the path led to something already. What is no bucket on the way is replaced by one. */
function setBelow({ keys, keyspace, request, server }: CommandContext, names: readonly string[]): boolean {
  const ref = keys.at(0);
  const { collections, hashes } = keyspace;
  const path = names.join('.');
  const value = request.count === 3 ? request.copy(2) : listOfArguments(request, 2);
  collections.reserve(value.length);
  if (ref.exists && ref.type !== VALUE_HASH) collections.create(ref, VALUE_HASH, 0);
  const entries = hashes.openForWrite(ref);
  const before = below(keyspace.hashes.open(ref), path);
  const above = names.slice(1).map((_, n) => names.slice(0, n + 1).join('.'));
  // All descents come before the first change.
  for (const bucket of above) {
    entries.find(sliceOf(bucket));
    entries.find(sliceOf(`${bucket}.`));
  }
  for (const field of before) entries.find(sliceOf(field));
  entries.find(sliceOf(path));
  for (const bucket of above) {
    if (entries.find(sliceOf(bucket))) entries.remove();
    hashes.put(sliceOf(`${bucket}.`), empty);
  }
  for (const field of before) if (entries.find(sliceOf(field))) entries.remove();
  hashes.put(sliceOf(request.count === 3 ? path : `${path}.`), Slice.of(value));
  hashes.recode(ref, server.collectionLimits, Math.max(path.length + 1, value.length));
  collections.changed(ref);
  return before.length > 0;
}

/** The fields that say what is at a path, and below it. */
function below(entries: ReturnType<CommandContext['keyspace']['hashes']['open']>, path: string): readonly string[] {
  const fields: string[] = [];
  if (entries.find(sliceOf(path))) fields.push(path);
  if (!entries.find(sliceOf(`${path}.`))) return fields;
  fields.push(`${path}.`);
  if (entries.valueLength > 0) return fields;
  const slice = new Slice();
  for (let more = entries.first(); more; more = entries.next()) {
    const field = entries.key(slice).copy().toString('latin1');
    if (field.startsWith(`${path}.`) && field.length > path.length + 1) fields.push(field);
  }
  return fields;
}

function nhget(context: CommandContext): void {
  const { reply, request } = context;
  const asJson = request.count === 3 && request.is(1, 'json');
  if (request.count > 3 || (request.count === 3 && !asJson && !request.is(1, 'resp'))) throw errors.syntax;
  const names = namesOf(request.latin1(request.count - 1));
  if (names === undefined) throw errors.syntax;
  const value = read(context, names.slice(1));
  if (value === undefined) throw nothingThere;
  if (asJson) {
    const text = Buffer.from(jsonOf(value), 'latin1');
    reply.bulk(text, 0, text.length);
  } else replyNested(context, value);
}

/** What the path below key 0 leads to. */
function read({ keys, keyspace }: CommandContext, names: readonly string[]): Nested | undefined {
  const ref = keys.at(0);
  if (!ref.exists) return undefined;
  if (ref.type === VALUE_STRING && names.length === 0)
    return keyspace.strings.copy(ref, 0, keyspace.strings.length(ref)).toString('latin1');
  if (ref.type === VALUE_LIST && names.length === 0) return readList(keyspace, ref);
  if (ref.type === VALUE_STRING || ref.type === VALUE_LIST) return undefined;
  keyspace.requireType(ref, VALUE_HASH);
  const bucket: Bucket = new Map();
  const entries = keyspace.hashes.open(ref);
  const slice = new Slice();
  const path = names.join('.');
  const add = (): void => {
    const field = entries.key(slice).copy().toString('latin1');
    if (path === '' || field.startsWith(path)) addField(bucket, field, entries.value(slice).copy().toString('latin1'));
  };
  if (path !== '' && entries.find(sliceOf(path))) add();
  else if (path !== '' && entries.find(sliceOf(`${path}.`)) && entries.valueLength > 0) add();
  else for (let more = entries.first(); more; more = entries.next()) add();
  let value: Nested | undefined = bucket;
  for (const name of names) value = value instanceof Map ? value.get(name) : undefined;
  return value;
}

function readList(keyspace: CommandContext['keyspace'], ref: KeyRef): readonly string[] {
  const items: string[] = [];
  const entries = keyspace.lists.open(ref);
  const slice = new Slice();
  for (let more = entries.first(); more; more = entries.next())
    items.push(entries.key(slice).copy().toString('latin1'));
  return items;
}

function replyText({ reply }: CommandContext, text: string): void {
  const bytes = Buffer.from(text, 'latin1');
  reply.bulk(bytes, 0, bytes.length);
}

/** KeyDB answers a bucket with one entry as that entry, without an array around it. */
function replyNested(context: CommandContext, value: Nested): void {
  const { reply } = context;
  if (typeof value === 'string') {
    replyText(context, value);
    return;
  }
  if (!(value instanceof Map)) {
    reply.array(value.length);
    for (const item of value) replyText(context, item);
    return;
  }
  if (value.size !== 1) reply.array(value.size);
  for (const [name, inner] of value) {
    reply.array(2);
    replyText(context, name);
    replyNested(context, inner);
  }
}

const note = 'The key is what stands in front of the first dot.';

export const nestedCommands: readonly CommandSpec[] = [
  {
    name: 'keydb.nhset',
    summary: 'Store a string, or several as a list, at a path of names with dots between them (KeyDB)',
    since: '6.0.0',
    group: 'hash',
    complexity: 'O(D), D being the number of names; O(N) when a bucket of a hash of N fields is replaced',
    arity: -3,
    flags: ['write', 'denyoom'],
    categories: ['hash'],
    keySpecs: [keyAt(1, ['RW', 'update'], note)],
    arguments: [
      { name: 'path', type: 'key', keySpecIndex: 0 },
      { name: 'value', type: 'string', multiple: true },
    ],
    tiers: 'value',
    declareKeys: declarePath(() => 1),
    execute: nhset,
  },
  {
    name: 'keydb.nhget',
    summary: 'Read what stands at a path of names with dots between them (KeyDB)',
    since: '6.0.0',
    group: 'hash',
    complexity: 'O(D), D being the number of names; O(N) for a bucket of a hash of N fields',
    arity: -2,
    flags: ['readonly'],
    categories: ['hash'],
    keySpecs: [
      {
        flags: ['RO', 'access'],
        begin: { unknown: true, locate: (request) => request.count - 1 },
        find: { unknown: true },
        notes: note,
      },
    ],
    arguments: [
      {
        name: 'format',
        type: 'oneof',
        optional: true,
        arguments: [
          { name: 'json', type: 'pure-token', token: 'JSON' },
          { name: 'resp', type: 'pure-token', token: 'RESP' },
        ],
      },
      { name: 'path', type: 'key', keySpecIndex: 0 },
    ],
    tiers: 'value',
    declareKeys: declarePath(({ request }) => request.count - 1),
    execute: nhget,
  },
];
