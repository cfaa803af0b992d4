import { performance } from 'node:perf_hooks';
import { copyBytes } from '../../tiers/base/bytes.ts';
import { LastView } from '../../tiers/base/last-view.ts';
import { Patience } from '../patience.ts';

/** A connection that gets output which it did not ask for. */
export interface Recipient {
  /** What waits to be sent to it; belongs to Deliveries. */
  parcel: Parcel | undefined;
  /** Sends `parcel`, by `take`. */
  sendParcel(): void;
}

/** Output for one connection: `buffer[0, length)`. */
export interface Parcel {
  buffer: Buffer;
  view: DataView;
  length: number;
  /** In the list of those to be sent at the end of the turn. */
  listed: boolean;
}

const PARCEL_BYTES = 4096;
/** Sent at once, in the middle of a turn. */
const FULL_BYTES = 64 * 1024;
const MAX_SPARE = 256;
/** No more than this waits for longer than a turn. */
const MAX_HELD_BYTES = 1024 * 1024;

/**
 * Messages, invalidations and the like for the clients of one thread. They are put together by client, and sent at the end of the turn of the
 * event loop, one write for each (6 µs, nearly all of it the kernel's). Where messages follow each other closely, those of several turns go
 * together: see Patience.
 */
export class Deliveries {
  private waiting: Recipient[] = [];
  private readonly spare: Parcel[] = [];
  private scheduled = false;
  private readonly patience: Patience = new Patience();
  private timer: NodeJS.Timeout | undefined;
  /** Something waits that cannot be held. */
  private urgent = false;
  private heldBytes = 0;
  /** Messages since the last time that all was sent. */
  private added = 0;
  /** One message goes to many. */
  private readonly views: LastView = new LastView();
  private readonly endTurn = (): void => {
    this.scheduled = false;
    this.flush(false);
  };
  private readonly heldForLong = (): void => {
    this.timer = undefined;
    this.flush(true);
  };

  /**
   * At the end of a turn: sends all that waits, unless it is worth waiting for more.
   *
   * @param late the timer asks
   */
  flush(late: boolean): void {
    const { waiting } = this;
    if (waiting.length === 0) return;
    if (!this.urgent && this.heldBytes < MAX_HELD_BYTES) {
      if (this.patience.holds(performance.now(), late, this.added >= waiting.length * 2)) {
        this.timer ??= setTimeout(this.heldForLong, 1);
        return;
      }
    } else this.patience.end();
    this.waiting = [];
    this.urgent = false;
    this.heldBytes = 0;
    this.added = 0;
    for (const recipient of waiting) {
      if (recipient.parcel !== undefined) recipient.parcel.listed = false;
      recipient.sendParcel();
    }
  }

  /**
   * Appends a copy of `bytes[start, start + length)` to what waits for the recipient.
   *
   * @param patient it may be held for a millisecond while more of the kind comes
   */
  add(recipient: Recipient, bytes: Uint8Array, start: number, length: number, patient: boolean): void {
    if (!patient) this.urgent = true;
    this.added++;
    this.heldBytes += length;
    const view = this.views.of(bytes);
    recipient.parcel ??= this.spare.pop() ?? newParcel(PARCEL_BYTES);
    const { parcel } = recipient;
    if (parcel.length + length > parcel.buffer.length) grow(parcel, length);
    copyBytes(parcel.view, parcel.buffer, parcel.length, view, bytes, start, length);
    parcel.length += length;
    if (!parcel.listed) {
      parcel.listed = true;
      this.waiting.push(recipient);
    }
    if (!this.scheduled) {
      this.scheduled = true;
      setImmediate(this.endTurn);
    }
    if (parcel.length >= FULL_BYTES) recipient.sendParcel();
  }

  /** After its bytes were sent: the parcel can be used again, unless the transport kept its buffer. */
  done(recipient: Recipient, kept: boolean): void {
    const { parcel } = recipient;
    if (parcel === undefined) return;
    parcel.length = 0;
    if (kept || parcel.buffer.length > FULL_BYTES) {
      const fresh = newParcel(PARCEL_BYTES);
      parcel.buffer = fresh.buffer;
      parcel.view = fresh.view;
    }
    // While it is in the list it stays with its recipient.
    if (parcel.listed) return;
    recipient.parcel = undefined;
    if (this.spare.length < MAX_SPARE) this.spare.push(parcel);
  }
}

function newParcel(bytes: number): Parcel {
  const buffer = Buffer.allocUnsafeSlow(bytes);
  return { buffer, view: new DataView(buffer.buffer, 0, bytes), length: 0, listed: false };
}

function grow(parcel: Parcel, length: number): void {
  const larger = Buffer.allocUnsafeSlow(Math.max(parcel.buffer.length * 2, parcel.length + length));
  parcel.buffer.copy(larger, 0, 0, parcel.length);
  parcel.buffer = larger;
  parcel.view = new DataView(larger.buffer, 0, larger.length);
}
