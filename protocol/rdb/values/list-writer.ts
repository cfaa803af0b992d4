import { assert } from '../../../tiers/base/assert.ts';
import type { RdbOutput } from '../output.ts';
import { NODE_PACKED, TYPE_LIST_QUICKLIST_2 } from '../types.ts';

/** Of `list-max-listpack-size` -1 to -5: the greatest length of a node. */
const NODE_BYTES = [4096, 8192, 16384, 32768, 65536];
/** The same where the limit is a number of elements. */
const SAFE_NODE_BYTES = 8192;
/** How much Redis expects an element to take beyond its text. */
const ELEMENT_OVERHEAD_BYTES = 8;

/**
 * Writes a list as QUICKLIST_2: make one, `add` the elements from head to tail, `end`. `fill` is `list-max-listpack-size`, by which
 * nodes are cut as Redis cuts a list that was pushed at its tail.
 *
 * How many nodes there are is known at the end only, so a drained output keeps the whole list until then.
 */
export class ListWriter {
  private readonly output: RdbOutput;
  private readonly fill: number;
  private readonly nodesPlace: number;
  private nodes = 0;

  constructor(output: RdbOutput, fill = -2) {
    this.output = output;
    this.fill = fill;
    output.valueType(TYPE_LIST_QUICKLIST_2);
    this.nodesPlace = output.placeCount();
    output.listpack.begin();
  }

  add(bytes: Uint8Array, start: number, length: number): void {
    const { listpack } = this.output;
    if (listpack.count > 0 && !this.fits(listpack.byteLength + length + ELEMENT_OVERHEAD_BYTES)) this.node();
    listpack.append(bytes, start, length);
  }

  end(): void {
    assert(this.nodes > 0 || this.output.listpack.count > 0, 'a list without elements');
    this.node();
    this.output.setCount(this.nodesPlace, this.nodes);
  }

  private fits(nodeBytes: number): boolean {
    const { fill } = this;
    if (fill < 0) return nodeBytes <= (NODE_BYTES[-fill - 1] ?? SAFE_NODE_BYTES);
    return nodeBytes <= SAFE_NODE_BYTES && this.output.listpack.count < fill;
  }

  private node(): void {
    const { output } = this;
    output.length(NODE_PACKED);
    output.packed();
    output.listpack.begin();
    this.nodes++;
  }
}
