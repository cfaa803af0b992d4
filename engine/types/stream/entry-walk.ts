import type { Collection } from '../collection/collection.ts';
import { NODE_DELETED, NODE_ENTRIES, NODE_LAST_ID } from './node-layout.ts';
import { NodeReader } from './node-reader.ts';
import { StreamId } from './stream-id.ts';

/**
 * Finds entries of a stream and walks over those of a range, in either direction, without the deleted ones. `entry` is where it stands after
 * `next`, `previous` or `find` answered true. Good until the stream changes.
 */
export class EntryWalk {
  readonly entry: NodeReader = new NodeReader();
  readonly nodes: Collection;
  private readonly start = new StreamId();
  private readonly end = new StreamId();
  /** Entries before the range may still come. */
  private skipping = false;
  private over = true;
  /** Backwards: number of the entry last visited in the node. */
  private place = 0;

  constructor(nodes: Collection) {
    this.nodes = nodes;
  }

  /** To the range from `start` to `end`, both included; `next` goes to its first entry. */
  begin(start: StreamId, end: StreamId): void {
    this.start.assign(start);
    this.end.assign(end);
    this.skipping = true;
    this.over = !this.seek(this.start);
    if (!this.over) this.openNode();
  }

  next(): boolean {
    const { entry } = this;
    while (!this.over) {
      while (entry.next()) {
        if (entry.deleted) continue;
        if (this.skipping) {
          if (entry.id.compareTo(this.start) < 0) continue;
          this.skipping = false;
        }
        if (entry.id.compareTo(this.end) <= 0) return true;
        this.over = true;
        return false;
      }
      if (this.nodes.next()) this.openNode();
      else this.over = true;
    }
    return false;
  }

  /** The same range for `previous`, which goes to its last entry first. */
  beginBackwards(start: StreamId, end: StreamId): void {
    this.start.assign(start);
    this.end.assign(end);
    this.over = !this.seek(this.end);
    if (!this.over) this.indexNode();
  }

  previous(): boolean {
    const { entry } = this;
    while (!this.over) {
      while (this.place > 0) {
        entry.goTo(--this.place);
        if (entry.deleted || entry.id.compareTo(this.end) > 0) continue;
        if (entry.id.compareTo(this.start) >= 0) return true;
        this.over = true;
        return false;
      }
      if (this.nodes.previous()) this.indexNode();
      else this.over = true;
    }
    return false;
  }

  /** Whether there is an entry with this id. `nodes` stands at its node. */
  find(id: StreamId): boolean {
    this.begin(id, id);
    return this.next();
  }

  /** The first entry's id into `id`; false when there is none. */
  firstId(id: StreamId): boolean {
    this.begin(least, greatest);
    if (!this.next()) return false;
    id.assign(this.entry.id);
    return true;
  }

  /** The last entry's id into `id`; false when there is none. Mostly without walking over its node. */
  lastId(id: StreamId): boolean {
    const { nodes } = this;
    for (let more = nodes.last(); more; more = nodes.previous()) {
      const { leafView: view, valueAt } = nodes;
      if (view.getUint32(valueAt + NODE_ENTRIES, true) === 0) continue;
      if (view.getUint32(valueAt + NODE_DELETED, true) === 0) {
        id.copyFrom(view, valueAt + NODE_LAST_ID);
        return true;
      }
      this.openNode();
      while (this.entry.next()) if (!this.entry.deleted) id.assign(this.entry.id);
      return true;
    }
    return false;
  }

  /** Opens the node that `nodes` stands at. */
  openNode(): void {
    const { leafView, leafBytes, valueAt, valueLength, keyAt } = this.nodes;
    this.entry.open(leafView, leafBytes, valueAt, valueLength, keyAt);
  }

  private indexNode(): void {
    this.openNode();
    this.place = this.entry.index();
  }

  /** To the node that an id belongs to: the last that begins not after it, or the first. */
  private seek(id: StreamId): boolean {
    const { nodes } = this;
    if (nodes.count === 0) return false;
    return nodes.find(id.slice) || nodes.previous() || nodes.first();
  }
}

const least = StreamId.of(0, 0);
const greatest = new StreamId().fill(0xff);
