import { parseDouble } from '../../../protocol/text/numbers.ts';
import { compareBytes, type Slice } from '../../../tiers/tree/slice.ts';
import { Elements, textLength } from './elements.ts';

/** Smaller ones are not normal doubles; decimal text for them is out of range to C. */
const LEAST_NORMAL = 2 ** -1022;

/**
 * A score by the rules of SORT, which are those of C's strtod: blanks may come first, a NUL ends the text, nothing at all is 0. Undefined
 * when it is no number, or out of range.
 */
export function parseScore(bytes: Uint8Array, start: number, wholeLength: number): number | undefined {
  const length = textLength(bytes, start, wholeLength);
  if (length === 0) return 0;
  let blanks = 0;
  while (blanks < length && isSpace(bytes[start + blanks] ?? 0)) blanks++;
  const value = parseDouble(bytes, start + blanks, length - blanks);
  if (value !== undefined && value !== 0 && Math.abs(value) < LEAST_NORMAL) return undefined;
  return value;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

/** What elements are compared by: a number, or a text, or nothing (which is 0, or before every text). */
export class Weights {
  /** Whether one of the texts was no number. */
  failed = false;
  private readonly alpha: boolean;
  private readonly scores: Float64Array;
  private readonly texts = new Elements();
  /** By element: the number of its text, -1 for none. */
  private readonly textOf: Int32Array;

  constructor(count: number, alpha: boolean) {
    this.alpha = alpha;
    this.scores = new Float64Array(alpha ? 0 : count);
    this.textOf = new Int32Array(alpha ? count : 0).fill(-1);
  }

  /** Gives element `n` its weight; without, it has none. */
  set(n: number, text: Slice): void {
    if (this.alpha) {
      this.textOf[n] = this.texts.count;
      this.texts.add(text);
      return;
    }
    const score = parseScore(text.bytes, text.at, text.length);
    if (score === undefined) this.failed = true;
    else this.scores[n] = score;
  }

  /**
   * The elements' numbers in order. Equal scores go by the elements themselves, equal texts stay as they were. `exact`: texts are compared
   * as a whole, and not up to their first NUL.
   */
  order(elements: Elements, descending: boolean, exact: boolean): Uint32Array {
    const order = new Uint32Array(elements.count);
    for (let n = 0; n < order.length; n++) order[n] = n;
    const sign = descending ? -1 : 1;
    const { scores } = this;
    if (!this.alpha) {
      return order.sort((a, b) => {
        const left = scores[a] ?? 0;
        const right = scores[b] ?? 0;
        if (left !== right) return left < right ? -sign : sign;
        return sign * elements.compare(a, b);
      });
    }
    const compare = textOrder(this.texts, exact);
    const { textOf } = this;
    return order.sort((a, b) => {
      const left = textOf[a] ?? -1;
      const right = textOf[b] ?? -1;
      if (left >= 0 && right >= 0) return sign * compare(left, right);
      return left < 0 === right < 0 ? 0 : left < 0 ? -sign : sign;
    });
  }
}

/** Compares texts by number, as C's strcoll in the "C" locale does, or as a whole. */
function textOrder(texts: Elements, exact: boolean): (a: number, b: number) => number {
  if (exact || !texts.bytes.subarray(0, texts.length).includes(0)) return (a, b) => texts.compare(a, b);
  const { bytes, view } = texts;
  return (a, b) => {
    const left = texts.startOf(a);
    const right = texts.startOf(b);
    return compareBytes(
      view,
      left,
      textLength(bytes, left, texts.lengthOf(a)),
      view,
      right,
      textLength(bytes, right, texts.lengthOf(b)),
    );
  };
}
