import { lineEnd } from './resp-reply.ts';

const LEAST_CAPACITY = 4096;

/** Values that an aggregate's header announces, per unit of the number in it. */
const VALUES_PER_UNIT: Readonly<Record<string, number>> = { '*': 1, '~': 1, '>': 1, '%': 2, '|': 2 };

/**
 * Finds where replies end in a stream of bytes. Every byte is looked at once, however many packets a reply comes in: replies of
 * megabytes would take quadratic time otherwise.
 */
export class ReplyFrames {
  /** Bytes from 0 to `#end`. What lies in it is never written again, since replies are given away as parts of it. */
  #bytes: Buffer = Buffer.alloc(0);
  #end = 0;
  /** Where the first reply begins that was not given away. */
  #start = 0;
  /** Everything before is understood: the next header, or the end of a value that has not come whole. */
  #at = 0;
  /** Values that the reply still lacks before it may end at `#at`. */
  #missing = 1;

  /** Takes what came; the replies that it completes, byte for byte. Throws on a bad type byte. */
  add(chunk: Buffer): Buffer[] {
    this.#append(chunk);
    const bytes = this.#bytes.subarray(0, this.#end);
    const whole: Buffer[] = [];
    for (;;) {
      if (this.#missing > 0) {
        if (this.#at >= this.#end || !this.#readValue(bytes)) return whole;
      } else {
        if (this.#at > this.#end) return whole;
        whole.push(bytes.subarray(this.#start, this.#at));
        this.#start = this.#at;
        this.#missing = 1;
      }
    }
  }

  #append(chunk: Buffer): void {
    const held = this.#end - this.#start;
    if (held === 0) {
      this.#bytes = chunk;
      this.#start = this.#at = this.#end = 0;
    } else if (this.#end + chunk.length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(LEAST_CAPACITY, 2 * (held + chunk.length)));
      this.#bytes.copy(grown, 0, this.#start, this.#end);
      this.#bytes = grown;
      this.#at -= this.#start;
      this.#start = 0;
      this.#end = held;
    }
    if (held > 0) chunk.copy(this.#bytes, this.#end);
    this.#end += chunk.length;
  }

  /** Moves behind one header line, and behind the text of a bulk; false while the line is not there. */
  #readValue(bytes: Buffer): boolean {
    const from = this.#at;
    const stop = lineEnd(bytes, from + 1);
    if (stop < 0) return false;
    this.#at = stop + 2;
    const kind = String.fromCharCode(bytes[from] ?? 0);
    if ('+-:,#(_'.includes(kind)) {
      this.#missing--;
      return true;
    }
    const number = Number(bytes.latin1Slice(from + 1, stop));
    if ('$=!'.includes(kind)) {
      this.#missing--;
      if (number >= 0) this.#at += number + 2;
      return true;
    }
    const perUnit = VALUES_PER_UNIT[kind];
    if (perUnit === undefined)
      throw new Error(`not a RESP reply: ${JSON.stringify(bytes.latin1Slice(from, Math.min(from + 64, this.#end)))}`);
    // An attribute stands before the value that it belongs to.
    if (kind !== '|') this.#missing--;
    if (number > 0) this.#missing += number * perUnit;
    return true;
  }
}
