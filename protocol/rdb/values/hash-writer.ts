import { assert } from '../../../tiers/base/assert.ts';
import type { RdbOutput } from '../output.ts';
import { TYPE_HASH, TYPE_HASH_LISTPACK } from '../types.ts';

/** Names of OBJECT ENCODING. */
export type HashEncoding = 'listpack' | 'hashtable';

/** Writes a hash of `count` fields: make one, `add` the fields, `end`. */
export class HashWriter {
  private readonly output: RdbOutput;
  private readonly isListpack: boolean;
  private left: number;

  constructor(output: RdbOutput, count: number, encoding: HashEncoding) {
    this.output = output;
    this.isListpack = encoding === 'listpack';
    this.left = count;
    assert(count > 0, 'a hash without fields');
    output.valueType(this.isListpack ? TYPE_HASH_LISTPACK : TYPE_HASH);
    if (this.isListpack) output.listpack.begin();
    else output.length(count);
  }

  /** A field, and its value, as parts of two arrays that may be the same. */
  add(
    field: Uint8Array,
    fieldStart: number,
    fieldLength: number,
    value: Uint8Array,
    valueStart: number,
    valueLength: number,
  ): void {
    this.left--;
    if (this.isListpack) {
      const { listpack } = this.output;
      listpack.append(field, fieldStart, fieldLength);
      listpack.append(value, valueStart, valueLength);
    } else {
      this.output.string(field, fieldStart, fieldLength);
      this.output.string(value, valueStart, valueLength);
    }
  }

  end(): void {
    assert(this.left === 0, 'another number of fields than announced');
    if (this.isListpack) this.output.packed();
  }
}
