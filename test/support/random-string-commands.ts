import type { Random } from './random.ts';

const keys = ['a', 'b', 'c', 'd', 'e', 'list'];
const interesting = [
  '0',
  '-0',
  '1',
  '-1',
  '2',
  '7',
  '10',
  '-10',
  '99',
  '007',
  '+1',
  ' 1',
  '1.5',
  '-2.25',
  '1e3',
  '0.1',
  'abc',
  '',
  '2147483647',
  '2147483648',
  '4294967295',
  '9007199254740991',
  '9007199254740992',
  '-9007199254740993',
  '9223372036854775807',
  '-9223372036854775808',
  '9223372036854775808',
  'inf',
  'nan',
  '3.0e-3',
];

const key = (random: Random): string => random.pick(keys);

function value(random: Random): Buffer {
  if (random.chance(0.6)) return Buffer.from(random.pick(interesting));
  if (random.chance(0.5)) return Buffer.from(String(random.integer(-1000, 1000)));
  return random.bytes(random.integer(0, 70));
}

const small = (random: Random): string =>
  random.chance(0.9) ? String(random.integer(-20, 20)) : random.pick(interesting);
const integer = (random: Random): Buffer => Buffer.from(random.chance(0.5) ? small(random) : random.pick(interesting));

/** Times far enough away that the two servers' clocks cannot disagree about them. */
function lifetime(random: Random): string[] {
  return random.pick([
    ['EX', '1000'],
    ['px', '5000000'],
    ['exat', '33177117420'],
    ['PXAT', '33177117420123'],
    ['ex', '0'],
    ['exat', '1'],
  ]);
}

function setOptions(random: Random): string[] {
  const words: string[] = [];
  while (random.chance(0.4))
    words.push(...random.pick([['nx'], ['xx'], ['get'], ['keepttl'], lifetime(random), lifetime(random)]));
  return words;
}

/** A command of the string family that is valid more often than not. */
export function randomStringCommand(random: Random): (string | Buffer)[] {
  const k = key(random);
  const name = random.weighted([
    ['set', 6],
    ['get', 3],
    ['incr', 2],
    ['append', 2],
    ['setrange', 2],
    ['getrange', 2],
    ['incrby', 2],
    ['decrby', 2],
    ['decr', 1],
    ['incrbyfloat', 2],
    ['getset', 1],
    ['getdel', 1],
    ['getex', 2],
    ['mset', 1],
    ['msetnx', 1],
    ['mget', 1],
    ['setnx', 1],
    ['setex', 1],
    ['psetex', 1],
    ['strlen', 1],
    ['substr', 1],
    ['lcs', 1],
    ['ttl', 1],
    ['del', 1],
  ] as const);
  switch (name) {
    case 'set':
      return [name, k, value(random), ...setOptions(random)];
    case 'append':
    case 'getset':
    case 'setnx':
    case 'incrbyfloat':
      return [name, k, value(random)];
    case 'setrange':
      return [name, k, random.chance(0.8) ? String(random.integer(-1, 80)) : integer(random), value(random)];
    case 'getrange':
    case 'substr':
      return [name, k, integer(random), integer(random)];
    case 'incrby':
    case 'decrby':
      return [name, k, integer(random)];
    case 'getex':
      return [name, k, ...random.pick([[], ['persist'], lifetime(random), [...lifetime(random), 'persist']])];
    case 'mset':
    case 'msetnx':
      return [name, k, value(random), key(random), value(random), ...(random.chance(0.1) ? ['x'] : [])];
    case 'mget':
      return [name, k, key(random), key(random)];
    case 'setex':
      return [name, k, random.pick(['1000', '0', '-1', 'x', '9223372036854775807']), value(random)];
    case 'psetex':
      return [name, k, random.pick(['1000000', '0', '-1', 'x', '9223372036854775807']), value(random)];
    case 'lcs':
      return [
        name,
        k,
        key(random),
        ...random.pick([[], ['len'], ['idx'], ['idx', 'withmatchlen', 'minmatchlen', small(random)]]),
      ];
    default:
      return [name, k];
  }
}
