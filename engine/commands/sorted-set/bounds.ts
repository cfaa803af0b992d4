import type { Request } from '../../../protocol/resp/request.ts';
import { DOUBLE, nearest } from '../../../protocol/text/binary-float.ts';
import { parseFloatSyntax } from '../../../protocol/text/float-syntax.ts';
import { parseDouble } from '../../../protocol/text/numbers.ts';
import { Slice } from '../../../tiers/tree/slice.ts';
import type { LexBound } from '../../types/zset/lex-ranks.ts';
import type { SharedSortedSets } from '../../types/zset/shared-sorted-sets.ts';
import { CommandError } from '../errors.ts';

const notFloat = new CommandError('ERR min or max is not a float');
const notLexItem = new CommandError('ERR min or max not valid string range item');

const PARENTHESIS = 0x28;
const BRACKET = 0x5b;
const PLUS = 0x2b;
const MINUS = 0x2d;

/** A range of scores and one of members, read from the arguments of the running command; reused. */
export class Bounds {
  private min = 0;
  private max = 0;
  private minExclusive = false;
  private maxExclusive = false;
  private readonly minLex: LexBound = { side: 0, exclusive: false, member: new Slice() };
  private readonly maxLex: LexBound = { side: 0, exclusive: false, member: new Slice() };

  /** Reads `(1.5`, `-inf`, ...; throws as Redis does when one of both is no number. */
  parseScores(request: Request, minIndex: number, maxIndex: number): void {
    this.minExclusive = isExclusive(request, minIndex);
    this.maxExclusive = isExclusive(request, maxIndex);
    this.min = scoreBound(request, minIndex, this.minExclusive);
    this.max = scoreBound(request, maxIndex, this.maxExclusive);
  }

  /** Reads `[member`, `(member`, `-` and `+`. */
  parseMembers(request: Request, minIndex: number, maxIndex: number): void {
    lexBound(request, minIndex, this.minLex);
    lexBound(request, maxIndex, this.maxLex);
  }

  /** Ranks of the members within the scores: from the first up to, and without, the second. */
  scoreRanks(zset: SharedSortedSets): readonly [start: number, end: number] {
    const start = zset.rankOfScore(this.min, this.minExclusive);
    return [start, Math.max(start, zset.rankOfScore(this.max, !this.maxExclusive))];
  }

  memberRanks(zset: SharedSortedSets, backwards: boolean): readonly [start: number, end: number] {
    return zset.lexRange(this.minLex, this.maxLex, backwards);
  }
}

function isExclusive(request: Request, index: number): boolean {
  return request.length(index) > 0 && request.bytes[request.start(index)] === PARENTHESIS;
}

function scoreBound(request: Request, index: number, exclusive: boolean): number {
  const skip = exclusive ? 1 : 0;
  const start = request.start(index) + skip;
  const length = request.length(index) - skip;
  return parseDouble(request.bytes, start, length) ?? asStrtod(request.bytes.latin1Slice(start, start + length));
}

/** What C's `strtod` makes of a whole text: leading blanks are skipped, nothing is 0, a NUL ends it, and it may overflow. */
function asStrtod(text: string): number {
  const nul = text.indexOf('\0');
  const whole = nul < 0 ? text : text.slice(0, nul);
  if (whole === '') return 0;
  const syntax = parseFloatSyntax(whole.replace(/^[ \t\n\v\f\r]+/, ''));
  if (syntax === undefined) throw notFloat;
  const sign = syntax.negative ? -1 : 1;
  if (syntax.kind === 'infinity') return sign * Number.POSITIVE_INFINITY;
  if (syntax.kind === 'decimal')
    return sign * Number(`${syntax.digits === '' ? '0' : syntax.digits}e${syntax.exponent}`);
  const value = nearest(DOUBLE, syntax);
  if (value === 'overflow') return sign * Number.POSITIVE_INFINITY;
  const half = Math.trunc(value.exponent / 2);
  return sign * Number(value.mantissa) * 2 ** half * 2 ** (value.exponent - half);
}

function lexBound(request: Request, index: number, out: LexBound): void {
  const at = request.start(index);
  const length = request.length(index);
  const first = length === 0 ? 0 : (request.bytes[at] ?? 0);
  out.exclusive = first === PARENTHESIS;
  if (first === PLUS || first === MINUS) {
    // To C the text ends at a NUL.
    if (length > 1 && request.bytes[at + 1] !== 0) throw notLexItem;
    out.side = first === PLUS ? 1 : -1;
  } else if (first === PARENTHESIS || first === BRACKET) {
    out.side = 0;
    out.member.set(request.view, request.bytes, at + 1, length - 1);
  } else throw notLexItem;
}
