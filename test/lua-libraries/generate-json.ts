import type { Random } from '../support/random.ts';
import { luaNumber, luaString, luaText, luaValue } from './lua-source.ts';

const NUMBERS: readonly string[] = [
  '0',
  '-0',
  '-1',
  '12',
  '1.5',
  '-0.0001',
  '1e5',
  '1E+5',
  '1e-7',
  '123456789012345678901234567890',
  '0.1000000000000000055511151231257827',
  '1e400',
  '-1e400',
  '1e-400',
  '01',
  '+1',
  '1.',
  '.5',
  '-.5',
  '-',
  '--1',
  '1e',
  '1e+',
  '1.e3',
  '0x10',
  '0x1.8p3',
  '-0x.8p-1',
  '0x',
  '0xg',
  '0x1p-1080',
  '0x1.fffffffffffff8p0',
  'inf',
  '-inf',
  'Infinity',
  '-INFINITY',
  'infinit',
  'nan',
  '-nan',
  'NaN(123)',
  'nan(',
  'NAN',
  '9007199254740993',
  '4.35',
  '2.2250738585072011e-308',
];

const STRINGS: readonly string[] = [
  '""',
  '"a"',
  '"\\n\\t\\r\\b\\f\\/\\\\\\""',
  '"\\u0041"',
  '"\\u00e9\\u20AC"',
  '"\\ud834\\udd1e"',
  '"\\ud834"',
  '"\\udd1e"',
  '"\\ud834\\u0041"',
  '"\\u12"',
  '"\\u12g4"',
  '"\\x"',
  '"\\',
  '"abc',
  '"a\\u0000b"',
  '"\\ud834\\udd1',
  '"\u00fc\u20ac"',
];

const WORDS: readonly string[] = [
  'true',
  'false',
  'null',
  'tru',
  'True',
  'nul',
  'nulll',
  'fals',
  'x',
  'n',
  'i',
  't',
  '@',
];

function json(random: Random, depth: number): string {
  const kind = random.integer(0, depth > 5 ? 4 : 9);
  if (kind <= 1)
    return random.chance(0.5) ? random.pick(NUMBERS) : String(random.integer(-1000, 1000) / random.pick([1, 8, 10, 3]));
  if (kind <= 3)
    return random.chance(0.5) ? random.pick(STRINGS) : `"${'k'.repeat(random.integer(0, 3))}${random.integer(0, 9)}"`;
  if (kind === 4) return random.chance(0.8) ? random.pick(['true', 'false', 'null']) : random.pick(WORDS);
  const length = random.integer(0, 4);
  const blank = random.pick(['', '', ' ', '\n\t', '\r\n']);
  const items = Array.from({ length }, () => {
    const value = json(random, depth + 1);
    return kind <= 6 ? value : `"${random.pick(['a', 'b', 'c', '1', '', '\\u0061'])}"${blank}:${blank}${value}`;
  });
  const body = `${blank}${items.join(`${blank},${blank}`)}${blank}`;
  return kind <= 6 ? `[${body}]` : `{${body}}`;
}

/** Takes out, puts in or changes a byte here and there. */
export function damage(random: Random, bytes: Buffer): Buffer {
  let result = bytes;
  for (let n = random.integer(1, 3); n > 0 && result.length > 0; n--) {
    const at = random.integer(0, result.length - 1);
    const inserted = random.chance(0.5) ? Buffer.from(random.pick([...'{}[],:"\\0e-+.u \x00'])) : random.bytes(1);
    result = Buffer.concat([
      result.subarray(0, at),
      random.chance(0.6) ? inserted : Buffer.alloc(0),
      result.subarray(at + random.integer(0, 2)),
    ]);
  }
  return result;
}

export function decodeCase(random: Random): string {
  const settings = [
    random.chance(0.2) ? `json.decode_invalid_numbers(${random.pick(['true', 'false', "'off'"])})` : '',
    random.chance(0.1) ? `json.decode_max_depth(${random.integer(1, 5)})` : '',
  ].join(' ');
  if (random.chance(0.06)) {
    const shape = random.pick(["'[', ']'", "'{\"a\":', '}'", "'[[', ']]'", "'[', ''", "'{\"a\":[', ']}'"]);
    const depth = random.pick([10, 999, 1000, 1001, 3000]);
    return `${settings} return json.decode(nest(${shape}, ${depth}))`;
  }
  const text = Buffer.from(json(random, 0));
  const bytes = random.chance(0.4) ? damage(random, text) : text;
  if (random.chance(0.02))
    return `${settings} return json.decode(${random.pick(['', '1', 'nil', 'true', '{}', "'1', 2"])})`;
  return `${settings} return json.decode(${luaString(bytes)})`;
}

export function encodeCase(random: Random): string {
  // Ratio 0 makes an array of every table with positive keys, however many nulls that takes: small keys only.
  if (random.chance(0.05))
    return `local j = cjson.new() j.encode_sparse_array(false, 0) return j.encode({[${random.integer(1, 100)}]=1, [${random.integer(1, 9)}]=2})`;
  const settings = [
    random.chance(0.2)
      ? `json.encode_sparse_array(${random.pick(['true', 'false'])}, ${random.integer(1, 4)}, ${random.integer(0, 12)})`
      : '',
    random.chance(0.2) ? `json.encode_number_precision(${random.integer(1, 14)})` : '',
    random.chance(0.2) ? `json.encode_invalid_numbers(${random.pick(['true', 'false', "'null'", "'on'"])})` : '',
    random.chance(0.1) ? `json.encode_max_depth(${random.pick([1, 2, 5, 2000])})` : '',
    random.chance(0.1) ? `json.encode_keep_buffer(${random.pick(['true', 'false'])})` : '',
  ].join(' ');
  const arity = random.chance(0.03) ? random.pick(['', ', 1']) : undefined;
  if (arity === '') return `${settings} return json.encode()`;
  return `${settings} local r = json.encode(${luaValue(random)}${arity ?? ''}) return r, json.decode(r)`;
}

const SETTINGS: readonly string[] = [
  'encode_sparse_array',
  'encode_max_depth',
  'decode_max_depth',
  'encode_number_precision',
  'encode_keep_buffer',
  'encode_invalid_numbers',
  'decode_invalid_numbers',
];

export function settingsCase(random: Random): string {
  const argument = () =>
    random.chance(0.4)
      ? random.pick(["'on'", "'off'", "'null'", 'true', 'false', 'nil', "'5'", "'x'", '{}', '0', '1', '14', '15', '-1'])
      : random.chance(0.5)
        ? luaNumber(random)
        : luaText(random);
  const args = Array.from({ length: random.integer(0, 4) }, argument).join(', ');
  return `local j = cjson.new() return j._NAME, j._VERSION, j.${random.pick(SETTINGS)}(${args})`;
}
