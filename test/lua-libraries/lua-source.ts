import type { Random } from '../support/random.ts';

const EDGES: readonly string[] = [
  '0',
  '-0',
  '1',
  '-1',
  '127',
  '128',
  '255',
  '256',
  '-32',
  '-33',
  '-128',
  '-129',
  '32767',
  '32768',
  '-32768',
  '-32769',
  '65535',
  '65536',
  '2147483647',
  '2147483648',
  '-2147483648',
  '-2147483649',
  '4294967295',
  '4294967296',
  '9007199254740992',
  '-9007199254740993',
  '9223372036854774784',
  '9223372036854775808',
  '-9223372036854775808',
  '-9223372036854777856',
  '18446744073709551615',
  '1e300',
  '-1e300',
  '5e-324',
  '1.7976931348623157e308',
  '0.1',
  '1/3',
  '-2/3',
  '0.5',
  '1.5',
  '2.5',
  '10000000000000.5',
  '10000000000001.5',
  '99999999999999.5',
  '123456789012345678',
  '1e-5',
  '0.0001',
  '1e14',
  '1e15',
  'math.huge',
  '-math.huge',
];

/** A Lua expression of a number. */
export function luaNumber(random: Random): string {
  switch (random.integer(0, 5)) {
    case 0:
      return String(random.integer(-40, 300));
    case 1:
      return `${random.pick(EDGES)}${random.chance(0.3) ? `+${random.integer(-2, 2)}` : ''}`;
    case 2:
      return String((random.next() - 0.5) * 10 ** random.integer(-10, 20));
    case 3:
      return String(Math.round(random.next() * 1e15) / 10 ** random.integer(0, 18));
    case 4:
      return String(random.integer(-(2 ** 31), 2 ** 32));
    default:
      return random.pick(EDGES);
  }
}

/** Bytes as a Lua string literal of ASCII. */
export function luaString(bytes: Uint8Array): string {
  let text = "'";
  for (const byte of bytes) {
    const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x27 && byte !== 0x5c;
    text += isPlain ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, '0')}`;
  }
  return `${text}'`;
}

const FRAGMENTS: readonly string[] = [
  '',
  'a',
  'key',
  '"',
  '\\',
  '/',
  '\n',
  '\x7f',
  '\x00',
  'ü',
  '𝄞',
  '<>&',
  '0',
  '1.5',
];

/** A Lua expression of a string: short, binary, or long. */
export function luaText(random: Random): string {
  switch (random.integer(0, 3)) {
    case 0:
      return luaString(random.bytes(random.integer(0, 12)));
    case 1:
      return `('${'xyz'.charAt(random.integer(0, 2))}'):rep(${random.pick([15, 31, 32, 33, 255, 256, 300, 65535, 65536])})`;
    default:
      return shortText(random);
  }
}

function shortText(random: Random): string {
  return luaString(Buffer.from(random.pick(FRAGMENTS) + random.pick(FRAGMENTS)));
}

/** A Lua expression of any value that can be packed, and some that cannot. */
export function luaValue(random: Random, depth = 0): string {
  const kind = random.integer(0, depth > 4 ? 5 : 10);
  if (kind <= 1) return luaNumber(random);
  if (kind <= 3) return luaText(random);
  if (kind === 4) return random.pick(['true', 'false', 'nil', 'cjson.null']);
  if (kind === 5) return random.chance(0.1) ? random.pick(['tostring', 'json', 'case']) : luaNumber(random);
  if (kind <= 7) return luaArray(random, depth);
  if (kind <= 9) return luaTable(random, depth);
  return deepTable(random);
}

function luaArray(random: Random, depth: number): string {
  const length = random.pick([0, 1, 2, 3, 5, 15, 16, 17]);
  return `{${Array.from({ length: depth > 1 ? Math.min(length, 3) : length }, () => luaValue(random, depth + 1)).join(',')}}`;
}

function luaTable(random: Random, depth: number): string {
  const length = random.pick([0, 1, 2, 3, 5]);
  const members = Array.from({ length }, () => `[${luaKey(random)}]=${luaValue(random, depth + 1)}`);
  return `{${members.join(',')}}`;
}

function luaKey(random: Random): string {
  // Shorter than 32 bytes: Lua hashes some bytes of longer ones only, redis's Lua all, which gives `pairs` another order.
  if (random.chance(0.5)) return random.chance(0.2) ? `('k'):rep(${random.integer(1, 31)})` : shortText(random);
  return random.chance(0.6) ? String(random.integer(1, 12)) : luaNumber(random);
}

function deepTable(random: Random): string {
  const levels = random.pick([3, 15, 16, 17, 100, 999, 1000, 1001]);
  return `deep(${levels}, function(t) return ${random.pick(['{t}', '{a=t}', '{1,t}', '{[3]=t}'])} end)`;
}
