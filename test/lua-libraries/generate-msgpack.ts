import type { Random } from '../support/random.ts';
import { damage } from './generate-json.ts';
import { luaNumber, luaString, luaValue } from './lua-source.ts';

export function packCase(random: Random): string {
  if (random.chance(0.02)) return 'return pack()';
  if (random.chance(0.02))
    return `return #pack(unpack(deep(${random.pick([1, 3])}, function() return {1,2,3,4,5,6} end)))`;
  const values = Array.from({ length: random.integer(1, 3) }, () => luaValue(random)).join(', ');
  return random.chance(0.5) ? `return pack(${values})` : `local r = pack(${values}) return r, cmsgpack.unpack(r)`;
}

function head(random: Random, small: number, kinds: readonly number[], length: number): Buffer {
  const limit = small === 0xa0 ? 32 : 16;
  if (length < limit && random.chance(0.7)) return Buffer.from([small | length]);
  const kind = random.pick(kinds);
  if (kind === 0xd9) return Buffer.from([kind, length]);
  const bytes = Buffer.alloc((kind & 1) === 1 ? 5 : 3);
  bytes[0] = kind;
  if (bytes.length === 5) bytes.writeUInt32BE(length, 1);
  else bytes.writeUInt16BE(length, 1);
  return bytes;
}

function message(random: Random, depth: number): Buffer {
  const kind = random.integer(0, depth > 4 ? 5 : 8);
  if (kind <= 2) {
    const first = random.pick([0xc0, 0xc2, 0xc3, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3]);
    const size = first < 0xca ? 0 : first === 0xca ? 4 : first === 0xcb ? 8 : 1 << (first & 3);
    return Buffer.concat([Buffer.from([first]), random.bytes(size)]);
  }
  if (kind === 3) return Buffer.from([random.integer(0, 255)]);
  if (kind <= 5) {
    const text = random.bytes(random.integer(0, 40));
    return Buffer.concat([head(random, 0xa0, [0xd9, 0xda, 0xdb], text.length), text]);
  }
  const length = random.integer(0, 4);
  const isMap = kind === 8;
  const items = Array.from({ length: isMap ? 2 * length : length }, () => message(random, depth + 1));
  return Buffer.concat([head(random, isMap ? 0x80 : 0x90, isMap ? [0xde, 0xdf] : [0xdc, 0xdd], length), ...items]);
}

export function unpackCase(random: Random): string {
  if (random.chance(0.04))
    return `return #show(cmsgpack.unpack(nest(${random.pick(["'\\145'", "'\\129a'", "'\\129'"])}, 'a', ${random.pick([10, 1000, 3000])})), 0)`;
  let bytes: Buffer = Buffer.concat(Array.from({ length: random.integer(0, 3) }, () => message(random, 0)));
  if (random.chance(0.3)) bytes = damage(random, bytes);
  if (random.chance(0.1)) bytes = random.bytes(random.integer(0, 20));
  const text = random.chance(0.03) ? random.pick(['', 'nil', '12', '{}']) : luaString(bytes);
  const offset = () => (random.chance(0.7) ? String(random.integer(0, bytes.length + 1)) : luaNumber(random));
  switch (random.integer(0, 4)) {
    case 0:
      return `return unpack_one(${text})`;
    case 1:
      return `return unpack_one(${text === '' ? 'nil' : text}, ${offset()})`;
    case 2:
      return `return unpack_limit(${text === '' ? 'nil' : text}, ${random.chance(0.8) ? random.integer(0, 4) : luaNumber(random)}, ${random.chance(0.5) ? offset() : 'nil'})`;
    case 3:
      return `return unpack_limit(${text})`;
    default:
      return `return cmsgpack.unpack(${text})`;
  }
}
