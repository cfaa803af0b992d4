import type { CommandContext } from '../context.ts';
import { keyAt } from '../key-specs.ts';
import type { ArgumentSpec, CommandSpec, KeySpec } from '../spec.ts';
import { storeArgument } from './options.ts';
import { sort } from './sort.ts';

const derivedKeys: KeySpec = {
  flags: ['RO', 'access'],
  begin: { unknown: true },
  find: { unknown: true },
  notes: "Keys of BY and GET: their names are made of the sorted key's elements, so the arguments do not tell them",
};

const storeKey: KeySpec = {
  flags: ['OW', 'update'],
  begin: { unknown: true, locate: storeArgument },
  find: { unknown: true },
  notes: 'The key of STORE, which may stand anywhere among the options',
};

const options: readonly ArgumentSpec[] = [
  { name: 'key', type: 'key', keySpecIndex: 0 },
  { name: 'pattern', type: 'pattern', keySpecIndex: 1, token: 'BY', optional: true },
  {
    name: 'offset_count',
    type: 'block',
    token: 'LIMIT',
    optional: true,
    arguments: [
      { name: 'offset', type: 'integer' },
      { name: 'count', type: 'integer' },
    ],
  },
  {
    name: 'pattern',
    type: 'pattern',
    keySpecIndex: 1,
    token: 'GET',
    optional: true,
    multiple: true,
    multipleToken: true,
  },
  {
    name: 'order',
    type: 'oneof',
    optional: true,
    arguments: [
      { name: 'asc', type: 'pure-token', token: 'ASC' },
      { name: 'desc', type: 'pure-token', token: 'DESC' },
    ],
  },
  { name: 'sorting', type: 'pure-token', token: 'ALPHA', optional: true },
];

function declareKeys({ keys, request, session }: CommandContext, mayStore: boolean): void {
  keys.add(1, session.db);
  const store = mayStore ? storeArgument(request) : 0;
  if (store > 0) keys.add(store, session.db, true);
}

const spec = {
  group: 'generic',
  complexity:
    'O(N+M*log(M)), N being the number of elements and M that of the elements to sort: all, or none for a BY without a star',
  arity: -2,
  categories: ['set', 'sortedset', 'list', 'dangerous'],
  tiers: 'value',
  reach: 'other-keys',
} as const satisfies Partial<CommandSpec>;

/** SORT and SORT_RO. */
export const sortCommands: readonly CommandSpec[] = [
  {
    ...spec,
    name: 'sort',
    summary: 'Sort the elements of a list, set or sorted set; reply or store them, or what belongs to them',
    since: '1.0.0',
    flags: ['write', 'denyoom'],
    keySpecs: [keyAt(1, ['RO', 'access']), derivedKeys, storeKey],
    arguments: [...options, { name: 'destination', type: 'key', keySpecIndex: 2, token: 'STORE', optional: true }],
    declareKeys: (context) => declareKeys(context, true),
    execute: (context) => sort(context, true),
  },
  {
    ...spec,
    name: 'sort_ro',
    summary: 'Sort the elements of a list, set or sorted set, without a way to store them',
    since: '7.0.0',
    flags: ['readonly'],
    keySpecs: [keyAt(1, ['RO', 'access']), derivedKeys],
    arguments: options,
    declareKeys: (context) => declareKeys(context, false),
    execute: (context) => sort(context, false),
  },
];
