import { assert } from '../../tiers/base/assert.ts';
import { copyBytes } from '../../tiers/base/bytes.ts';
import { LastView } from '../../tiers/base/last-view.ts';
import type { UnsavedSlots } from '../../tiers/index/unsaved.ts';
import type { CommitWords } from '../../tiers/mover/commit-words.ts';

/** Whose replies are held. */
export interface HeldSender {
  /** Entries of it that wait. Belongs to HeldReplies. */
  held: number;
  /** Bytes of them. */
  heldBytes: number;
  /** Sends what was held; the bytes are its own if it answers false. */
  sendHeld(bytes: Uint8Array, last: boolean): boolean;
  /** The disk has taken nothing for too long: whoever waits learns by its connection's end that nobody knows. */
  giveUp(): void;
}

/** Memory that held replies lie in, one after the other. */
interface Block {
  readonly buffer: Buffer;
  readonly view: DataView;
  used: number;
  /** Entries that wait in it. */
  entries: number;
  /** A transport still writes from it. */
  kept: boolean;
}

interface Entry {
  sender: HeldSender | undefined;
  block: Block | undefined;
  from: number;
  length: number;
  /** The commit that it waits for. */
  commit: number;
  sinceMs: number;
}

const BLOCK_BYTES = 256 * 1024;
const MAX_SPARE = 4;
/** Replies are held no longer than this while commits fail; looked at once a second. */
const MAX_HELD_MS = 5000;
const LOOK_MS = 1000;

export interface HeldRepliesParts {
  readonly thread: number;
  readonly unsaved: UnsavedSlots;
  readonly words: CommitWords;
  /** Wakes the tier thread for a commit. */
  readonly ask: () => void;
  readonly log: (text: string) => void;
}

/**
 * Write-through: replies of commands that have changed something wait here until their changes are in the store's log, and with them everything behind
 * them to the same client. One per thread, first in first out. A commit serves all that wait, and those who come meanwhile wait for the next.
 */
export class HeldReplies {
  private readonly parts: HeldRepliesParts;
  /** A ring: `size` entries from `first` on. Its length is a power of two. */
  private ring: Entry[] = newRing(256);
  private first = 0;
  private size = 0;
  private block: Block = newBlock(BLOCK_BYTES);
  private readonly spare: Block[] = [];
  private readonly views: LastView = new LastView();
  /** Of `unsaved.changes` when the batch began. */
  private mark = 0;
  private asked = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(parts: HeldRepliesParts) {
    this.parts = parts;
  }

  /** A batch of commands begins, or has ended and been answered: what changes from now on is another's. */
  begin(): void {
    this.mark = this.parts.unsaved.changes;
  }

  /** Within a batch: its replies tell of changes that another thread has made. */
  touch(): void {
    this.parts.unsaved.touch();
  }

  /** Whether something has changed since the batch began, so that its replies have to wait. */
  get changed(): boolean {
    return this.parts.unsaved.changes !== this.mark;
  }

  /** Keeps a copy of what is to be sent, until everything that this thread has changed so far is in the store's log. */
  hold(sender: HeldSender, bytes: Buffer, length: number): void {
    const { parts } = this;
    const block = this.room(length);
    copyBytes(block.view, block.buffer, block.used, this.views.of(bytes), bytes, 0, length);
    if (this.size === this.ring.length) this.grow();
    const entry = this.at(this.size++);
    entry.sender = sender;
    entry.block = block;
    entry.from = block.used;
    entry.length = length;
    entry.commit = parts.words.next;
    entry.sinceMs = Date.now();
    block.used += length;
    block.entries++;
    sender.held++;
    sender.heldBytes += length;
    this.ask();
  }

  /** Sends what waits no longer. */
  release(): void {
    const { words } = this.parts;
    while (this.size > 0) {
      const entry = this.at(0);
      if (!words.isDone(entry.commit)) break;
      this.shift();
      this.send(entry);
    }
  }

  /** The tier thread says that a commit is done. */
  onCommitted(): void {
    this.asked = false;
    this.release();
    if (this.size === 0) return;
    this.ask();
  }

  close(): void {
    clearInterval(this.timer);
    this.release();
  }

  private ask(): void {
    this.timer ??= setInterval(() => this.look(), LOOK_MS);
    if (this.asked) return;
    this.asked = true;
    const { parts } = this;
    if (parts.words.want(parts.thread)) parts.ask();
  }

  private send(entry: Entry): void {
    const { sender, block, from, length } = entry;
    entry.sender = undefined;
    entry.block = undefined;
    if (sender === undefined || block === undefined) return;
    sender.held--;
    sender.heldBytes -= length;
    block.entries--;
    if (!sender.sendHeld(block.buffer.subarray(from, from + length), sender.held === 0)) block.kept = true;
    if (block.entries > 0) return;
    if (block === this.block) {
      if (block.kept) this.block = this.spare.pop() ?? newBlock(BLOCK_BYTES);
      else block.used = 0;
    } else if (!block.kept && block.buffer.length === BLOCK_BYTES && this.spare.length < MAX_SPARE) {
      block.used = 0;
      this.spare.push(block);
    }
  }

  /** While commits fail: who has waited for too long is let go, without an answer. */
  private look(): void {
    if (this.size === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
      return;
    }
    if (!this.parts.words.failing) return;
    const untilMs = Date.now() - MAX_HELD_MS;
    let gone = 0;
    while (this.size > 0 && this.at(0).sinceMs <= untilMs) {
      const { sender } = this.at(0);
      // Its other entries are sent to nobody.
      if (sender !== undefined) {
        gone++;
        sender.giveUp();
      }
      const entry = this.at(0);
      this.shift();
      this.send(entry);
    }
    if (gone > 0)
      this.parts.log(`${gone} replies were not sent and their clients disconnected: the cold tier cannot be written`);
  }

  private room(length: number): Block {
    if (this.block.used + length <= this.block.buffer.length) return this.block;
    if (length > BLOCK_BYTES / 4) return newBlock(length);
    this.block = this.spare.pop() ?? newBlock(BLOCK_BYTES);
    return this.block;
  }

  private at(n: number): Entry {
    const entry = this.ring[(this.first + n) & (this.ring.length - 1)];
    assert(entry !== undefined, 'a ring has an entry at every place');
    return entry;
  }

  private shift(): void {
    this.first = (this.first + 1) & (this.ring.length - 1);
    this.size--;
  }

  private grow(): void {
    const { size } = this;
    const larger: Entry[] = [];
    for (let n = 0; n < size; n++) larger.push(this.at(n));
    larger.push(...newRing(size));
    this.ring = larger;
    this.first = 0;
  }
}

function newRing(size: number): Entry[] {
  return Array.from({ length: size }, () => ({
    sender: undefined,
    block: undefined,
    from: 0,
    length: 0,
    commit: 0,
    sinceMs: 0,
  }));
}

function newBlock(bytes: number): Block {
  const buffer = Buffer.allocUnsafeSlow(bytes);
  return { buffer, view: new DataView(buffer.buffer, 0, bytes), used: 0, entries: 0, kept: false };
}
