import type { MessagePort } from 'node:worker_threads';
import { CommandError } from '../../engine/commands/errors.ts';
import type { ColdName, ColdNames, NameRange } from '../../engine/keyspace/key-scanner.ts';
import { assert } from '../../tiers/base/assert.ts';
import type { ColdPlace } from '../../tiers/mover/promotion.ts';
import { FetchRing } from '../fetch-ring.ts';
import { Questions } from '../questions.ts';
import {
  FETCH_CHECK,
  FETCH_GROUP,
  FETCH_KEY,
  FETCH_KEY_LENGTH,
  FETCH_POSITION,
  FETCH_SLOT,
  FETCH_TABLE,
  type FromTier,
  type ToTier,
} from '../tier-messages.ts';

interface Group {
  left: number;
  wake: ((error?: CommandError) => void) | undefined;
  error: CommandError | undefined;
}

const FIRST_BUFFER_BYTES = 4096;

/**
 * One front-end's way to the tier thread. Keys that all clients of one turn of the event loop miss are sent together, when the
 * turn has polled all sockets.
 */
export class TierPort implements ColdNames {
  /** Called when the tier thread has freed memory, or could not. */
  onRoom: () => void = () => {};
  /** Called when a commit is done that `askForCommit` wanted. */
  onCommitted: () => void = () => {};
  /** Called with keys that the disk does not have, of slots that are not indexed yet, before those who wait for them are woken. */
  onAbsent: (recordKey: string) => void = () => {};
  /** Called when no slot is left that is not indexed. */
  onAllIndexed: () => void = () => {};
  private readonly port: MessagePort;
  private readonly ring: FetchRing;
  private readonly groups: Map<number, Group> = new Map();
  private readonly questions: Questions = new Questions();
  private lastGroup = 0;
  private open: Group | undefined;
  private buffer: Buffer = Buffer.alloc(FIRST_BUFFER_BYTES);
  private used = 0;
  private count = 0;
  private scheduled = false;

  constructor(port: MessagePort, ring: SharedArrayBuffer) {
    this.port = port;
    this.ring = new FetchRing(ring);
    port.on('message', (message: FromTier) => this.receive(message));
  }

  fetch({ table, position, check, slot }: ColdPlace, key: Buffer): void {
    if (this.open === undefined) {
      this.lastGroup = (this.lastGroup + 1) >>> 0;
      this.open = { left: 0, wake: undefined, error: undefined };
      this.groups.set(this.lastGroup, this.open);
    }
    this.open.left++;
    this.reserve(FETCH_KEY + key.length);
    const { buffer, used } = this;
    buffer.writeUInt32LE(this.lastGroup, used + FETCH_GROUP);
    buffer.writeUInt32LE(table, used + FETCH_TABLE);
    buffer.writeUInt32LE(slot, used + FETCH_SLOT);
    buffer.writeInt32LE(position, used + FETCH_POSITION);
    buffer.writeInt32LE(check, used + FETCH_CHECK);
    buffer.writeUInt32LE(key.length, used + FETCH_KEY_LENGTH);
    key.copy(buffer, used + FETCH_KEY);
    this.used += FETCH_KEY + key.length;
    this.count++;
  }

  whenFetched(wake: (error?: CommandError) => void): void {
    assert(this.open !== undefined, 'a command waits for the keys that it asked for');
    this.open.wake = wake;
    this.open = undefined;
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.send());
  }

  async names(ranges: readonly NameRange[]): Promise<readonly (readonly ColdName[])[]> {
    const lists = await this.questions.ask((id) => this.post({ kind: 'names', id, ranges }));
    return lists as readonly (readonly ColdName[])[];
  }

  async index(table: number, keyspaceId: number, from: number, to: number): Promise<void> {
    await this.questions.ask((id) => this.post({ kind: 'index', id, table, keyspaceId, from, to }));
  }

  /** Records by their keys, undefined where there is none. Rejects with `IOERR ...`. */
  async readRecords(keys: readonly Buffer[]): Promise<readonly (Buffer | undefined)[]> {
    const values = await this.questions.ask((id) => this.post({ kind: 'read', id, keys }));
    return values as readonly (Buffer | undefined)[];
  }

  /** Asks for memory for one block; answers whether there is some now. */
  async freeFor(bytes: number): Promise<boolean> {
    return (await this.questions.ask((id) => this.post({ kind: 'free', id, bytes }))) === true;
  }

  askForRoom(): void {
    this.post({ kind: 'evict' });
  }

  askForCommit(): void {
    this.post({ kind: 'commit' });
  }

  close(): void {
    this.port.close();
  }

  private send(): void {
    this.scheduled = false;
    if (this.ring.write(this.buffer, this.used, this.count)) {
      if (this.ring.takeWake()) this.post({ kind: 'look' });
    } else {
      const bytes = Uint8Array.prototype.slice.call(this.buffer, 0, this.used);
      this.port.postMessage({ kind: 'fetch', count: this.count, bytes } satisfies ToTier, [bytes.buffer]);
    }
    this.used = 0;
    this.count = 0;
  }

  private post(message: ToTier): void {
    this.port.postMessage(message);
  }

  private receive(message: FromTier): void {
    if (message.kind === 'fetched') {
      for (const recordKey of message.absent) this.onAbsent(recordKey);
      for (const [group, text] of message.errors) {
        const waiting = this.groups.get(group);
        if (waiting !== undefined) waiting.error = new CommandError(text);
      }
      for (const group of message.groups) this.settle(group);
    } else if (message.kind === 'named') {
      this.questions.answer(message.id, message.lists.map(asNames), message.error);
    } else if (message.kind === 'records') {
      const values = message.values.map((value) => value && Buffer.from(value.buffer, value.byteOffset, value.length));
      this.questions.answer(message.id, values, message.error);
    } else if (message.kind === 'freed') this.questions.answer(message.id, message.ok);
    else if (message.kind === 'indexed') this.questions.answer(message.id, undefined, message.error);
    else if (message.kind === 'all-indexed') this.onAllIndexed();
    else if (message.kind === 'committed') this.onCommitted();
    else this.onRoom();
  }

  private settle(group: number): void {
    const waiting = this.groups.get(group);
    assert(waiting?.wake !== undefined, 'answers are for commands that wait');
    if (--waiting.left > 0) return;
    this.groups.delete(group);
    waiting.wake(waiting.error);
  }

  private reserve(bytes: number): void {
    if (this.used + bytes <= this.buffer.length) return;
    const larger = Buffer.alloc(Math.max(this.buffer.length * 2, this.used + bytes));
    this.buffer.copy(larger, 0, 0, this.used);
    this.buffer = larger;
  }
}

/** Buffers arrive as plain bytes. */
function asNames(list: readonly ColdName[]): ColdName[] {
  return list.map(({ position, check, key }) => ({
    position,
    check,
    key: Buffer.from(key.buffer, key.byteOffset, key.length),
  }));
}
