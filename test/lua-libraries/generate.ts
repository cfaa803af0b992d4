import type { Random } from '../support/random.ts';
import { bitCase } from './generate-bit.ts';
import { decodeCase, encodeCase, settingsCase } from './generate-json.ts';
import { packCase, unpackCase } from './generate-msgpack.ts';
import { structPackCase, structSizeCase, structUnpackCase } from './generate-struct.ts';

type Generator = (random: Random) => string;

const GENERATORS: readonly (readonly [Generator, number])[] = [
  [decodeCase, 6],
  [encodeCase, 6],
  [settingsCase, 2],
  [packCase, 5],
  [unpackCase, 5],
  [structPackCase, 4],
  [structUnpackCase, 4],
  [structSizeCase, 1],
  [bitCase, 4],
];

/** The body of a Lua function that calls one library. */
export function generateCase(random: Random): string {
  return random.weighted(GENERATORS)(random);
}
