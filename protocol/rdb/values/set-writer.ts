import { assert } from '../../../tiers/base/assert.ts';
import { parseInt64 } from '../../text/numbers.ts';
import type { RdbOutput } from '../output.ts';
import { IntsetWriter } from '../packed/intset.ts';
import { TYPE_SET, TYPE_SET_INTSET, TYPE_SET_LISTPACK } from '../types.ts';

/** Names of OBJECT ENCODING. A set as listpack can only be read by Redis 7.2 and needs RDB version 11. */
export type SetEncoding = 'intset' | 'listpack' | 'hashtable';

/** Writes a set of `count` members: make one, `add` the members in any order, `end`. */
export class SetWriter {
  private readonly output: RdbOutput;
  private readonly encoding: SetEncoding;
  private readonly intset: IntsetWriter | undefined;
  private left: number;

  constructor(output: RdbOutput, count: number, encoding: SetEncoding) {
    this.output = output;
    this.encoding = encoding;
    this.left = count;
    assert(count > 0, 'a set without members');
    assert(encoding !== 'listpack' || output.version >= 11, 'a set as listpack, which Redis 7.0 does not know');
    output.valueType(encoding === 'intset' ? TYPE_SET_INTSET : encoding === 'listpack' ? TYPE_SET_LISTPACK : TYPE_SET);
    if (encoding === 'intset') this.intset = new IntsetWriter(count);
    else if (encoding === 'listpack') output.listpack.begin();
    else output.length(count);
  }

  add(bytes: Uint8Array, start: number, length: number): void {
    this.left--;
    if (this.intset !== undefined) {
      const integer = parseInt64(bytes, start, length);
      assert(integer !== undefined, 'a member of an intset that is no integer');
      this.intset.add(integer);
    } else if (this.encoding === 'listpack') {
      this.output.listpack.append(bytes, start, length);
    } else {
      this.output.string(bytes, start, length);
    }
  }

  end(): void {
    assert(this.left === 0, 'another number of members than announced');
    if (this.intset !== undefined) this.output.string(this.intset.finish());
    else if (this.encoding === 'listpack') this.output.packed();
  }
}
