import type { Random } from '../support/random.ts';
import type { Argument } from '../support/raw-client.ts';
import type { Operation } from './operation.ts';
import { type Make, maybe, own, type Scope, solo, type Template, type TypeFamily } from './template.ts';
import { familiesOf } from './types/index.ts';
import type { Values } from './values.ts';

const setCondition: Make = (_, random) => maybe(random, 0.3, () => [random.pick(['NX', 'XX', 'nx', 'xx'])]);
const setExpiry: Make = (values, random) =>
  maybe(random, 0.4, () =>
    random.pick<() => Argument[]>([
      () => ['EX', values.secondsFromNow()],
      () => ['PX', values.millisecondsFromNow()],
      () => ['EXAT', values.atSecond()],
      () => ['pxat', values.atMillisecond()],
      () => ['KEEPTTL'],
      () => ['EX'],
    ])(),
  );
const getExpiry: Make = (values, random) =>
  random.pick<() => Argument[]>([
    () => [],
    () => ['PERSIST'],
    () => ['EX', values.secondsFromNow()],
    () => ['PX', values.millisecondsFromNow()],
    () => ['EXAT', values.atSecond()],
    () => ['PXAT', values.atMillisecond()],
    () => ['KEEPTTL'],
    () => ['PERSIST', 'EX', '100'],
  ])();
const expireCondition: Make = (_, random) =>
  random.weighted<() => Argument[]>([
    [() => [], 6],
    [() => [random.pick(['NX', 'XX', 'GT', 'LT', 'gt'])], 4],
    [() => [random.pick(['NX', 'XX']), random.pick(['GT', 'LT', 'FOO'])], 1],
  ])();
const pairs: Make = (values, random) =>
  Array.from({ length: random.integer(1, 4) }, () => [values.key(), values.value()]).flat();
const bitRange: Make = (values, random) =>
  random.weighted<() => Argument[]>([
    [() => [], 3],
    [() => [values.range(), values.range()], 4],
    [() => [values.range(), values.range(), random.pick(['BIT', 'BYTE', 'bit', 'x'])], 4],
    [() => [values.range()], 1],
  ])();

const fieldType: Make = (_, random) => [
  random.pick([
    'u1',
    'u2',
    'u5',
    'u8',
    'u13',
    'u32',
    'u63',
    'i1',
    'i5',
    'i8',
    'i16',
    'i32',
    'i64',
    'u64',
    'i65',
    'x8',
    'u0',
  ]),
];
const fieldOffset: Make = (_, random) => [
  random.weighted<() => string>([
    [() => String(random.integer(0, 120)), 8],
    [() => `#${random.integer(0, 20)}`, 8],
    [() => random.pick(['-1', '#-1', 'x', '#', '4294967296', '#9223372036854775807']), 1],
  ])(),
];
const fieldStep: Make = (values, random) =>
  random.weighted<() => Argument[]>([
    [() => ['GET', ...fieldType(values, random), ...fieldOffset(values, random)], 4],
    [() => ['SET', ...fieldType(values, random), ...fieldOffset(values, random), values.integer()], 4],
    [() => ['INCRBY', ...fieldType(values, random), ...fieldOffset(values, random), values.integer()], 5],
    [() => ['OVERFLOW', random.pick(['WRAP', 'SAT', 'FAIL', 'sat', 'NONE'])], 3],
    [() => ['GET'], 0.2],
  ])();
const fieldSteps: Make = (values, random) =>
  Array.from({ length: random.integer(0, 5) }, () => fieldStep(values, random)).flat();
const lcsOptions: Make = (_, random) => [
  ...maybe(random, 0.3, () => ['LEN']),
  ...maybe(random, 0.4, () => ['IDX']),
  ...maybe(random, 0.3, () => ['MINMATCHLEN', random.pick(['0', '2', '4', '-1', 'x'])]),
  ...maybe(random, 0.3, () => ['WITHMATCHLEN']),
];
const copyOptions: Make = (values, random) => [
  ...maybe(random, 0.4, () => ['DB', values.database()]),
  ...maybe(random, 0.5, () => ['REPLACE']),
];

/** One entry per command; weights are relative. Values are written often, so that reads find something. */
export const TEMPLATES: Readonly<Record<string, Template>> = {
  APPEND: own(6, (v) => [v.key(), v.value()]),
  DECR: own(3, (v) => [v.key()]),
  DECRBY: own(3, (v) => [v.key(), v.integer()]),
  GET: own(14, (v) => [v.key()]),
  GETDEL: own(3, (v) => [v.key()]),
  GETEX: own(5, (v, r) => [v.key(), ...getExpiry(v, r)]),
  GETRANGE: own(6, (v) => [v.key(), v.range(), v.range()]),
  GETSET: own(3, (v) => [v.key(), v.value()]),
  INCR: own(6, (v) => [v.key()]),
  INCRBY: own(6, (v) => [v.key(), v.integer()]),
  INCRBYFLOAT: own(5, (v) => [v.key(), v.float()]),
  LCS: own(3, (v, r) => [v.key(), v.key(), ...lcsOptions(v, r)]),
  MGET: own(6, (v) => v.keys(5)),
  MSET: own(6, pairs),
  MSETNX: own(4, pairs),
  PSETEX: own(2, (v) => [v.key(), v.millisecondsFromNow(), v.value()]),
  SET: own(30, (v, r) => [
    v.key(),
    v.value(),
    ...setCondition(v, r),
    ...maybe(r, 0.2, () => ['GET']),
    ...setExpiry(v, r),
  ]),
  SETEX: own(2, (v) => [v.key(), v.secondsFromNow(), v.value()]),
  SETNX: own(4, (v) => [v.key(), v.value()]),
  SETRANGE: own(6, (v) => [v.key(), v.offset(), v.value()]),
  STRLEN: own(5, (v) => [v.key()]),
  SUBSTR: own(2, (v) => [v.key(), v.range(), v.range()]),
  SETBIT: own(6, (v, r) => [v.key(), v.bitOffset(), r.pick(['0', '1', '1', '2', '-1', 'x'])]),
  GETBIT: own(4, (v) => [v.key(), v.bitOffset()]),
  BITCOUNT: own(5, (v, r) => [v.key(), ...bitRange(v, r)]),
  BITPOS: own(5, (v, r) => [v.key(), r.pick(['0', '1', '1', '2']), ...bitRange(v, r)]),
  BITOP: own(5, (v, r) => [r.pick(['AND', 'OR', 'XOR', 'NOT', 'and', 'nand']), v.key(), ...v.keys(4)]),
  BITFIELD: own(8, (v, r) => [v.key(), ...fieldSteps(v, r)]),
  BITFIELD_RO: own(2, (v, r) => [v.key(), ...fieldSteps(v, r)]),
  COPY: own(5, (v, r) => [v.key(), v.key(), ...copyOptions(v, r)]),
  DEL: own(4, (v) => v.keys(3)),
  UNLINK: own(3, (v) => v.keys(3)),
  EXISTS: own(4, (v) => v.keys(4)),
  TOUCH: own(2, (v) => v.keys(4)),
  TYPE: own(3, (v) => [v.key()]),
  EXPIRE: own(5, (v, r) => [v.key(), v.secondsFromNow(), ...expireCondition(v, r)]),
  PEXPIRE: own(4, (v, r) => [v.key(), v.millisecondsFromNow(), ...expireCondition(v, r)]),
  EXPIREAT: own(4, (v, r) => [v.key(), r.chance(0.9) ? v.atSecond() : '1000', ...expireCondition(v, r)]),
  PEXPIREAT: own(4, (v, r) => [v.key(), r.chance(0.9) ? v.atMillisecond() : '1000', ...expireCondition(v, r)]),
  EXPIRETIME: own(3, (v) => [v.key()]),
  PEXPIRETIME: own(3, (v) => [v.key()]),
  TTL: own(4, (v) => [v.key()]),
  PTTL: own(4, (v) => [v.key()]),
  PERSIST: own(3, (v) => [v.key()]),
  KEYS: own(2, (v) => [v.pattern()]),
  MOVE: own(3, (v) => [v.key(), v.database()]),
  RENAME: own(5, (v) => [v.key(), v.key()]),
  RENAMENX: own(4, (v) => [v.key(), v.key()]),
  OBJECT: own(4, (v, r) => [r.pick(['ENCODING', 'ENCODING', 'REFCOUNT', 'IDLETIME', 'FREQ', 'NOPE']), v.key()]),
  MEMORY: own(1, (v) => ['USAGE', v.key()]),
  DUMP: own(1, (v) => [v.key()]),
  RESTORE: own(1, (v, r) => [
    v.key(),
    v.secondsFromNow(),
    r.bytes(r.integer(0, 30)),
    ...maybe(r, 0.3, () => ['REPLACE']),
  ]),
  SELECT: own(2, (v) => [v.database()]),
  // Only what fails: cursors differ, whole iterations are operations of their own.
  SCAN: own(1, (_, r) =>
    r.pick([['x'], ['x', 'COUNT', '0'], ['0', 'COUNT', '0'], ['0', 'COUNT', 'x'], ['0', 'NOPE', '1']]),
  ),
  ECHO: own(1, (v) => [v.value()]),
  PING: own(1, (v, r) => maybe(r, 0.5, () => [v.value()])),
  NOSUCHCOMMAND: own(0.5, (v) => [v.key(), v.value()]),
  RANDOMKEY: solo(1, () => []),
  DBSIZE: solo(3, () => []),
  SWAPDB: solo(1, (v) => [v.database(), v.database()]),
  FLUSHDB: solo(0.4, (_, r) => maybe(r, 0.6, () => [r.pick(['ASYNC', 'SYNC', 'x'])])),
  FLUSHALL: solo(0.2, (_, r) => maybe(r, 0.6, () => [r.pick(['ASYNC', 'SYNC', 'x'])])),
};

const WRONG_ARITY = 0.02;
/** One argument more than redis-server takes is KeyDB's member here, two are too many for both. */
const takesMember = new Set(['TTL', 'PTTL', 'PERSIST']);

const chancyWithoutCount = new Set(['SPOP', 'SRANDMEMBER']);

function command(name: string, template: Template, values: Values, random: Random): readonly Argument[] {
  const args: Argument[] = [random.chance(0.1) ? name.toLowerCase() : name, ...template.make(values, random)];
  if (!random.chance(WRONG_ARITY)) return args;
  // Commands that work on every key, or whose reply is left to chance, must not come about by dropping an argument.
  if (random.chance(0.5) && args.length > 1 && !chancyWithoutCount.has(name)) args.pop();
  else args.push(values.value());
  if (takesMember.has(name) && args.length === 3) args.push(values.value());
  return args;
}

/** What every type's run does besides: whole keys, and keys of another type. */
const COMMON = new Set(
  (
    'SET GET APPEND COPY DEL UNLINK EXISTS TOUCH TYPE EXPIRE PEXPIRE PEXPIREAT TTL PTTL PERSIST MOVE RENAME RENAMENX OBJECT MEMORY DUMP ' +
    'SELECT RANDOMKEY DBSIZE SWAPDB FLUSHDB'
  ).split(' '),
);
/** Share of a type's own commands, as a multiple of the common ones' weights. */
const COMMON_WEIGHT = 0.15;

function templatesOf(types: readonly string[]): Readonly<Record<string, Template>> {
  if (types.length === 0) return TEMPLATES;
  const common = Object.entries(TEMPLATES)
    .filter(([name]) => COMMON.has(name))
    .map(([name, template]) => [name, { ...template, weight: template.weight * COMMON_WEIGHT }] as const);
  const families = familiesOf(types).flatMap((family) => Object.entries(family.templates));
  return Object.fromEntries([...common, ...families]);
}

/** A generator of operations for one client; `types` names the families it draws from, none: strings and whole keys. */
export function operations(
  values: Values,
  random: Random,
  scope: Scope,
  tiered: boolean,
  types: readonly string[] = [],
): () => Operation {
  const templates = templatesOf(types);
  const choices = Object.entries(templates)
    .filter(([, template]) => scope === 'solo' || template.scope === 'own')
    .map(([name, template]) => [name, template.weight] as const);
  const makeCommand = (): Operation & { kind: 'command' } => {
    const name = random.weighted(choices);
    const template = templates[name];
    if (template === undefined) throw new Error(`no template for ${name}`);
    return { kind: 'command', args: command(name, template, values, random) };
  };
  const kinds: (readonly [() => Operation, number])[] = [
    [makeCommand, 100],
    [() => lapse(values, random), 0.3],
    [() => scan(values, random), 2],
    [() => transfer(values, random), 2],
  ];
  kinds.push([() => transaction(makeCommand, values, random), 5]);
  for (const family of familiesOf(types)) {
    if (family.scan !== undefined) kinds.push([() => scanValue(values, random, family.scan), 2]);
  }
  if (tiered) {
    kinds.push([() => ({ kind: 'tier', verb: random.chance(0.85) ? 'DEMOTE' : 'PROMOTE', keys: values.keys(8) }), 25]);
    // redis-server does not know it, so only the pair of our own servers is asked.
    kinds.push([() => shift(values, random), 1]);
  }
  return () => random.weighted(kinds)();
}

function lapse(values: Values, random: Random): Operation {
  const key = values.key();
  const args = random.pick<readonly Argument[]>([
    ['SET', key, values.value(), 'PX', '15'],
    ['SET', key, values.value(), 'PXAT', '1000'],
    ['PEXPIRE', key, '15'],
    ['GETEX', key, 'PX', '15'],
    ['PSETEX', key, '15', values.value()],
  ]);
  return { kind: 'lapse', args, key, waitMs: 40 };
}

function scan(values: Values, random: Random): Operation {
  const options: Argument[] = ['MATCH', values.pattern()];
  if (random.chance(0.5)) options.push('COUNT', random.pick(['1', '5', '100', '1000']));
  if (random.chance(0.3)) options.push('TYPE', random.pick(['string', 'STRING', 'list']));
  return { kind: 'scan', options };
}

function scanValue(values: Values, random: Random, scan: TypeFamily['scan']): Operation {
  const options: Argument[] = [];
  if (random.chance(0.3)) options.push('MATCH', random.pick(['*', '*1*', 'f*', '[a-m]*', 'none']));
  if (random.chance(0.5)) options.push('COUNT', random.pick(['1', '5', '100', '1000']));
  const of = { command: scan?.command ?? '', key: values.key(), items: scan?.items ?? 1 };
  return { kind: 'scan', options, of };
}

function transfer(values: Values, random: Random): Operation {
  const ttl = random.chance(0.5) ? 0 : random.integer(100_000, 900_000_000);
  return { kind: 'transfer', key: values.key(), to: values.key(), from: random.chance(0.5) ? 0 : 1, ttl };
}

function transaction(make: () => Operation & { kind: 'command' }, values: Values, random: Random): Operation {
  // KeyDB's members, and what 7.2 added: they take more arguments here than there, and are queued.
  const fits = (args: readonly Argument[]) =>
    !(args.length > 2 && /^(p?ttl|persist)$/i.test(String(args[0]))) &&
    !(args.length > 3 && /^z(rev)?rank$/i.test(String(args[0])));
  const some = (most: number) =>
    Array.from({ length: random.integer(0, most) }, () => make().args).filter((args) => fits(args));
  const watch = random.chance(0.5) ? values.keys(3) : [];
  return {
    kind: 'transaction',
    watch,
    between: random.chance(0.3) ? some(2) : [],
    commands: some(8),
    demote: values.keys(4),
    end: random.chance(0.9) ? 'EXEC' : 'DISCARD',
  };
}

/** KeyDB's shifts. */
function shift(values: Values, random: Random): Operation {
  const distance = random.chance(0.9) ? String(random.integer(-10, 200)) : random.pick(['x', '', '1.5']);
  const args = ['BITOP', random.pick(['LSHIFT', 'RSHIFT']), values.key(), values.key(), distance];
  return { kind: 'command', args };
}
