import { copyId, ID_BYTES, type StreamId } from './stream-id.ts';

/** Ids in a row, kept outside the arena while a command runs. Reused; grows by doubling. */
export class IdList {
  count = 0;
  view: DataView = new DataView(new ArrayBuffer(64 * ID_BYTES));

  clear(): void {
    this.count = 0;
    if (this.view.byteLength > 4096 * ID_BYTES) this.view = new DataView(new ArrayBuffer(64 * ID_BYTES));
  }

  push(id: StreamId): void {
    if ((this.count + 1) * ID_BYTES > this.view.byteLength) {
      const larger = new Uint8Array(this.view.byteLength * 2);
      larger.set(new Uint8Array(this.view.buffer));
      this.view = new DataView(larger.buffer);
    }
    copyId(this.view, this.count * ID_BYTES, id.view, 0);
    this.count++;
  }

  /** Makes `id` number `n`. */
  get(n: number, id: StreamId): StreamId {
    return id.copyFrom(this.view, n * ID_BYTES);
  }
}
