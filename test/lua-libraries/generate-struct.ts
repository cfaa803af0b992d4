import type { Random } from '../support/random.ts';
import { luaNumber, luaString, luaText } from './lua-source.ts';

const INTEGERS = 'bBhHlLTiI';

/** An option, and what it takes: 'n' a number, 's' a string, '' nothing. */
function option(random: Random): readonly [string, string] {
  const kind = random.integer(0, 11);
  if (kind <= 3) {
    const letter = random.pick([...INTEGERS]);
    const hasSize = letter.toLowerCase() === 'i' && random.chance(0.7);
    return [letter + (hasSize ? String(random.pick([0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 31, 32, 33])) : ''), 'n'];
  }
  if (kind === 4) return [random.pick(['f', 'd']), 'n'];
  if (kind === 5) return ['s', 's'];
  if (kind <= 7) return [`c${random.pick(['', '0', '1', '2', '5', '40'])}`, 's'];
  if (kind === 8) return ['x', ''];
  if (kind <= 10) return [random.pick(['<', '>', ' ', '!', '!1', '!2', '!4', '!8', '!16', '!3', '!0']), ''];
  return [
    random.pick(['q', 'z', '?', '#', '5', 'c99999999999', 'i2147483648', 'c2147483647', '\\200', '\\000b', 'X']),
    '',
  ];
}

function format(random: Random): { readonly text: string; readonly takes: string } {
  let text = '';
  let takes = '';
  for (let n = random.integer(0, 6); n > 0; n--) {
    const [letters, take] = option(random);
    text += letters;
    takes += take;
  }
  return { text, takes };
}

export function structPackCase(random: Random): string {
  const { text, takes } = format(random);
  const values = [...takes].map((take) => {
    if (random.chance(0.03)) return random.pick(['nil', '{}', 'true', "'12'", "'x'"]);
    return take === 'n' ? luaNumber(random) : luaText(random);
  });
  if (random.chance(0.05)) values.pop();
  return `return struct.pack(${[`'${text}'`, ...values].join(', ')})`;
}

export function structUnpackCase(random: Random): string {
  const { text, takes } = format(random);
  if (random.chance(0.3)) {
    const values = [...takes].map((take) => (take === 'n' ? luaNumber(random) : luaText(random)));
    return `return struct.unpack('${text}', struct.pack(${[`'${text}'`, ...values].join(', ')}))`;
  }
  const data = random.bytes(random.integer(0, 60));
  for (let n = random.integer(0, 4); n > 0 && data.length > 0; n--) data[random.integer(0, data.length - 1)] = 0;
  const position = random.chance(0.3) ? `, ${random.chance(0.6) ? random.integer(0, 12) : luaNumber(random)}` : '';
  const body = random.chance(0.2) ? `'B c0', '\\${String(random.integer(0, 20)).padStart(3, '0')}' .. ` : `'${text}', `;
  return `return struct.unpack(${body}${luaString(data)}${position})`;
}

export function structSizeCase(random: Random): string {
  return `return struct.size(${random.chance(0.9) ? `'${format(random).text}'` : luaNumber(random)})`;
}
