import type { Request } from '../../../protocol/resp/request.ts';
import { errors } from '../errors.ts';
import { EX, EXAT, type ExpiryUnit, PX, PXAT } from './expiry.ts';

/** Options of SET and GETEX that were given. Bits, so that conflicts are one test. */
export const NX = 1;
export const XX = 2;
export const GET = 4;
export const KEEPTTL = 8;
export const PERSIST = 16;
const EXPIRES = 0x1e0;

/** Everything that says what becomes of the expiry: at most one kind of it may be given. */
const LIFETIME = KEEPTTL | PERSIST | EXPIRES;

interface Option {
  readonly word: string;
  readonly bit: number;
  /** Bits that exclude it. The same option twice is fine: the last one counts. */
  readonly excludes: number;
  readonly expiry?: ExpiryUnit;
}

const expiries: readonly Option[] = [
  { word: 'ex', bit: 0x20, excludes: LIFETIME & ~0x20, expiry: EX },
  { word: 'px', bit: 0x40, excludes: LIFETIME & ~0x40, expiry: PX },
  { word: 'exat', bit: 0x80, excludes: LIFETIME & ~0x80, expiry: EXAT },
  { word: 'pxat', bit: 0x100, excludes: LIFETIME & ~0x100, expiry: PXAT },
];

export const setOptions: readonly Option[] = [
  { word: 'nx', bit: NX, excludes: XX },
  { word: 'xx', bit: XX, excludes: NX },
  { word: 'get', bit: GET, excludes: 0 },
  { word: 'keepttl', bit: KEEPTTL, excludes: LIFETIME & ~KEEPTTL },
  ...expiries,
];

export const getexOptions: readonly Option[] = [
  { word: 'persist', bit: PERSIST, excludes: LIFETIME & ~PERSIST },
  ...expiries,
];

/** The options of one call; reused. */
export class StringOptions {
  /** Sum of the bits given. */
  bits = 0;
  /** Which argument holds the expiry, 0 for none, and how it counts. */
  expiryIndex = 0;
  unit: ExpiryUnit = EX;

  has(bit: number): boolean {
    return (this.bits & bit) !== 0;
  }

  /** Reads the options from argument `from` on. Throws errors.syntax. */
  parse(request: Request, from: number, known: readonly Option[]): void {
    this.bits = 0;
    this.expiryIndex = 0;
    for (let i = from; i < request.count; i++) {
      const option = findOption(request, i, known);
      if (option === undefined || (this.bits & option.excludes) !== 0) throw errors.syntax;
      this.bits |= option.bit;
      if (option.expiry !== undefined) {
        if (i + 1 === request.count) throw errors.syntax;
        this.expiryIndex = ++i;
        this.unit = option.expiry;
      }
    }
  }
}

function findOption(request: Request, index: number, known: readonly Option[]): Option | undefined {
  for (let i = 0; i < known.length; i++) {
    const option = known[i];
    if (option !== undefined && request.is(index, option.word)) return option;
  }
  return undefined;
}
