import type { Random } from '../support/random.ts';
import { luaNumber } from './lua-source.ts';

const ONE: readonly string[] = ['tobit', 'bnot', 'bswap'];
const MANY: readonly string[] = ['band', 'bor', 'bxor'];
const SHIFTS: readonly string[] = ['lshift', 'rshift', 'arshift', 'rol', 'ror'];

function argument(random: Random): string {
  return random.chance(0.04) ? random.pick(['nil', "'12'", "'0x10'", "'x'", '{}', 'true', '0/0']) : luaNumber(random);
}

export function bitCase(random: Random): string {
  const one = argument(random);
  switch (random.integer(0, 4)) {
    case 0:
      return `return bit.${random.pick(ONE)}(${one})`;
    case 1:
      return `return bit.${random.pick(MANY)}(${Array.from({ length: random.integer(1, 4) }, () => argument(random)).join(', ')})`;
    case 2:
      return `return bit.${random.pick(SHIFTS)}(${one}, ${random.chance(0.5) ? random.integer(-40, 40) : argument(random)})`;
    case 3:
      // Not -2^31: redis 7.0.15 writes over its stack then.
      return `return bit.tohex(${one}, ${random.integer(-12, 12)})`;
    default:
      return `return bit.${random.pick(['tohex', ...ONE, ...MANY, ...SHIFTS])}(${random.chance(0.9) ? one : ''})`;
  }
}
