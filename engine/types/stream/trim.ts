import { NODE_ENTRIES, NODE_LAST_ID } from './node-layout.ts';
import { markDeleted } from './node-writer.ts';
import type { Stream } from './stream.ts';
import { StreamId } from './stream-id.ts';

export const TRIM_NONE = 0;
export const TRIM_MAXLEN = 1;
export const TRIM_MINID = 2;

/** What XADD and XTRIM are to cut off. */
export class Trim {
  strategy: typeof TRIM_NONE | typeof TRIM_MAXLEN | typeof TRIM_MINID = TRIM_NONE;
  /** Only whole nodes. */
  approximate = false;
  /** Most entries to cut off, 0: no limit. */
  limit = 0;
  maxLength = 0;
  readonly minId: StreamId = new StreamId();
  /** What `look` found: whole nodes to go, their entries, and whether the node behind them loses some of its own. */
  private wholeNodes = 0;
  private wholeEntries = 0;
  private partial = false;

  clear(): void {
    this.strategy = TRIM_NONE;
    this.approximate = false;
    this.limit = 0;
    this.maxLength = 0;
  }

  /** Goes to every node that a trim of the stream at this length would touch, and changes nothing. */
  look(stream: Stream, length: number): void {
    const { nodes } = stream;
    this.wholeNodes = 0;
    this.wholeEntries = 0;
    this.partial = false;
    if (this.strategy === TRIM_NONE || (this.strategy === TRIM_MAXLEN && length <= this.maxLength)) return;
    for (let more = nodes.first(); more; more = nodes.next()) {
      const left = length - this.wholeEntries;
      if (this.strategy === TRIM_MAXLEN && left <= this.maxLength) return;
      const entries = nodes.leafView.getUint32(nodes.valueAt + NODE_ENTRIES, true);
      if (this.limit > 0 && this.wholeEntries + entries > this.limit) return;
      const whole =
        this.strategy === TRIM_MAXLEN
          ? left - entries >= this.maxLength
          : this.minId.compare(nodes.leafView, nodes.valueAt + NODE_LAST_ID) > 0;
      if (!whole) {
        this.partial = !this.approximate;
        this.lookForFirst(stream, entries);
        return;
      }
      this.wholeNodes++;
      this.wholeEntries += entries;
    }
  }

  /** Goes on to where the first entry may be found after the trim. */
  private lookForFirst(stream: Stream, entries: number): void {
    const { nodes } = stream;
    let empty = this.partial || entries === 0;
    while (empty && nodes.next()) empty = nodes.leafView.getUint32(nodes.valueAt + NODE_ENTRIES, true) === 0;
  }

  /** Trims the stream; answers how many entries are gone. */
  apply(stream: Stream): number {
    const before = stream.length;
    this.look(stream, before);
    if (this.wholeNodes === 0 && !this.partial) return 0;
    const { wholeNodes, wholeEntries } = this;
    stream.length = before - wholeEntries;
    const marked = this.partial ? this.trimNode(stream) : 0;
    if (wholeNodes > 0) stream.nodes.removeRange(0, wholeNodes);
    const deleted = wholeEntries + marked;
    if (deleted > 0 || stream.length === 0) stream.refreshFirstId();
    return deleted;
  }

  private trimNode(stream: Stream): number {
    const { nodes, walk } = stream;
    const { entry } = walk;
    let marked = 0;
    if (!nodes.seek(this.wholeNodes)) return 0;
    walk.openNode();
    while (entry.next()) {
      if (this.strategy === TRIM_MAXLEN ? stream.length <= this.maxLength : entry.id.compareTo(this.minId) >= 0) break;
      if (entry.deleted) continue;
      markDeleted(nodes.leafView, nodes.valueAt, entry.entryAt);
      marked++;
      stream.length--;
    }
    if (marked > 0) nodes.changed();
    return marked;
  }
}
