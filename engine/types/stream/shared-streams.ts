import { KeyRef, VALUE_STREAM } from '../../keyspace/key-ref.ts';
import type { Collections } from '../collection/collections.ts';
import { Consumers } from './consumers.ts';
import { Groups } from './groups.ts';
import { META_BYTES, STREAM_ROOTS } from './layout.ts';
import { EntryDraft } from './node-writer.ts';
import { Pending } from './pending.ts';
import { Stream } from './stream.ts';

/** Streams in shared memory. One of each thing per thread: open them for the running command, use them, forget them. */
export class SharedStreams {
  readonly collections: Collections;
  /** Describes entries that are to be appended. */
  readonly draft: EntryDraft = new EntryDraft();
  readonly groups: Groups;
  /** A consumer was created: counts as a change by itself. */
  created = false;
  private readonly stream: Stream;
  private readonly theConsumers: Consumers;
  private readonly thePending: Pending;
  private ref: KeyRef = new KeyRef();
  private consumersOpen = false;
  private pendingOpen = false;

  constructor(collections: Collections) {
    this.collections = collections;
    this.stream = new Stream(collections);
    this.groups = new Groups(collections);
    this.theConsumers = new Consumers(collections);
    this.thePending = new Pending(collections);
  }

  /** The stream that an existing key holds. */
  open(ref: KeyRef): Stream {
    return this.stream.open(ref);
  }

  /** The same, and `groups`, `consumers` and `pending` are those of the key; each is opened when it is first asked for. */
  openAll(ref: KeyRef): Stream {
    this.openGroups(ref);
    return this.stream.open(ref);
  }

  /** Without the stream itself. */
  openGroups(ref: KeyRef): Groups {
    this.ref = ref;
    this.consumersOpen = false;
    this.pendingOpen = false;
    return this.groups.open(ref);
  }

  get consumers(): Consumers {
    if (this.consumersOpen) return this.theConsumers;
    this.consumersOpen = true;
    return this.theConsumers.open(this.ref);
  }

  get pending(): Pending {
    if (this.pendingOpen) return this.thePending;
    this.pendingOpen = true;
    return this.thePending.open(this.ref);
  }

  /** The stream that was opened last. */
  get current(): Stream {
    return this.stream;
  }

  /** Changes to count for a consumer that was created since the last call: 1 or 0. */
  takeCreated(): 0 | 1 {
    const { created } = this;
    this.created = false;
    return created ? 1 : 0;
  }

  /** Creates the key, or replaces what it holds, with an empty stream. */
  create(ref: KeyRef): Stream {
    this.collections.createTree(ref, VALUE_STREAM, 0, STREAM_ROOTS, META_BYTES);
    return this.stream.open(ref);
  }

  /** What OBJECT ENCODING answers. */
  encodingName(_ref: KeyRef): string {
    return 'stream';
  }
}
