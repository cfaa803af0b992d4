import { BadRdb, expect } from '../errors.ts';
import type { RdbReader } from '../reader.ts';
import { ByteSpan } from '../span.ts';

/**
 * What modules store says of each part what it is, so that others can pass over it: signed or unsigned number, float, double, string.
 */
const PART_END = 0;
const PART_SIGNED = 1;
const PART_UNSIGNED = 2;
const PART_FLOAT = 3;
const PART_DOUBLE = 4;
const PART_STRING = 5;

/** A module's id is nine characters of 6 bits, and 10 bits of version. */
const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const VERSION_BITS = 10n;
const NAME_LENGTH = 9;

export function moduleName(id: bigint): string {
  let rest = id >> VERSION_BITS;
  let name = '';
  for (let i = 0; i < NAME_LENGTH; i++) {
    name = CHARACTERS.charAt(Number(rest & 63n)) + name;
    rest >>= 6n;
  }
  return name;
}

/** Passes over all parts and the end behind them. */
export function skipModuleParts(reader: RdbReader): void {
  const span = new ByteSpan();
  for (;;) {
    const part = reader.length();
    switch (part) {
      case PART_END:
        return;
      case PART_SIGNED:
      case PART_UNSIGNED:
        reader.number64();
        break;
      case PART_FLOAT:
        reader.raw(4, span);
        break;
      case PART_DOUBLE:
        reader.raw(8, span);
        break;
      case PART_STRING:
        reader.string(span);
        break;
      default:
        throw new BadRdb('malformed', 'a part of a module of no known kind');
    }
  }
}

/** Passes over a module's data that belongs to no key; the module's name. */
export function skipModuleAux(reader: RdbReader): string {
  const id = reader.number64();
  expect(reader.length() === PART_UNSIGNED, "a module's data that does not say when it is due");
  reader.length();
  skipModuleParts(reader);
  return moduleName(id);
}
