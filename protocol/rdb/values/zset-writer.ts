import { assert } from '../../../tiers/base/assert.ts';
import { formatDouble } from '../../text/numbers.ts';
import type { RdbOutput } from '../output.ts';
import type { ListpackWriter } from '../packed/listpack-writer.ts';
import { TYPE_ZSET_2, TYPE_ZSET_LISTPACK } from '../types.ts';

/** Names of OBJECT ENCODING. */
export type ZsetEncoding = 'listpack' | 'skiplist';

/** Half of the range of 64 bits, where Redis writes whole scores as integers. */
const MAX_WHOLE_SCORE = 2 ** 62;

/**
 * Writes a sorted set of `count` members: make one, `add` the members, `end`. Members of a listpack must come in ascending order of
 * score and text, because Redis takes the order as it is; those of a skiplist may come in any, and load fastest in descending order.
 */
export class ZsetWriter {
  private readonly output: RdbOutput;
  private readonly isListpack: boolean;
  private left: number;

  constructor(output: RdbOutput, count: number, encoding: ZsetEncoding) {
    this.output = output;
    this.isListpack = encoding === 'listpack';
    this.left = count;
    assert(count > 0, 'a sorted set without members');
    output.valueType(this.isListpack ? TYPE_ZSET_LISTPACK : TYPE_ZSET_2);
    if (this.isListpack) output.listpack.begin();
    else output.length(count);
  }

  add(bytes: Uint8Array, start: number, length: number, score: number): void {
    this.left--;
    if (this.isListpack) {
      this.output.listpack.append(bytes, start, length);
      appendScore(this.output.listpack, score);
    } else {
      this.output.string(bytes, start, length);
      this.output.double(score);
    }
  }

  end(): void {
    assert(this.left === 0, 'another number of members than announced');
    if (this.isListpack) this.output.packed();
  }
}

function appendScore(listpack: ListpackWriter, score: number): void {
  if (Number.isInteger(score) && Math.abs(score) <= MAX_WHOLE_SCORE) {
    listpack.appendInteger(Number.isSafeInteger(score) ? score : BigInt(score));
    return;
  }
  const text = Buffer.from(formatDouble(score), 'latin1');
  listpack.append(text, 0, text.length);
}
