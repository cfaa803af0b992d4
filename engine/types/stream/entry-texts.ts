import type { SpanList } from '../../../protocol/rdb/span.ts';
import { copyBytes } from '../../../tiers/base/bytes.ts';
import type { Texts } from './node-writer.ts';

/** Names and values of an entry, brought together from wherever they are. Reused. */
export class EntryTexts implements Texts {
  bytes: Uint8Array = new Uint8Array(1024);
  view: DataView = new DataView(this.bytes.buffer);
  /** Of all of them. */
  byteLength = 0;
  private readonly starts: number[] = [];
  private readonly lengths: number[] = [];

  load(fields: SpanList): void {
    let total = 0;
    for (let i = 0; i < fields.count; i++) total += fields.at(i).length;
    if (total > this.bytes.length) {
      this.bytes = new Uint8Array(total * 2);
      this.view = new DataView(this.bytes.buffer);
    }
    let to = 0;
    for (let i = 0; i < fields.count; i++) {
      const { view, bytes, at, length } = fields.at(i);
      copyBytes(this.view, this.bytes, to, view, bytes, at, length);
      this.starts[i] = to;
      this.lengths[i] = length;
      to += length;
    }
    this.byteLength = total;
  }

  start(i: number): number {
    return this.starts[i] ?? 0;
  }

  length(i: number): number {
    return this.lengths[i] ?? 0;
  }
}
