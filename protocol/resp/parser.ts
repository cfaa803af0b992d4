import { parseInline } from './inline.ts';
import {
  DEFAULT_MAX_BULK_BYTES,
  MAX_ARGUMENTS,
  MAX_LINE_BYTES,
  MAX_REQUEST_BYTES,
  PENDING_JUMP_BYTES,
  UNAUTHENTICATED_MAX_ARGUMENTS,
  UNAUTHENTICATED_MAX_BULK_BYTES,
} from './limits.ts';
import { Request } from './request.ts';

/** A request was filled. */
export const PARSE_REQUEST = 0;
/** All input was consumed: the chunk that was fed may be overwritten, and the next one fed. */
export const PARSE_MORE = 1;
/** The client broke the protocol; `error` says how. Every later call says the same. */
export const PARSE_ERROR = 2;
export type ParseStatus = typeof PARSE_REQUEST | typeof PARSE_MORE | typeof PARSE_ERROR;
/** Inside the parser: an empty request was passed over. */
const SKIPPED = 3;
type StepStatus = ParseStatus | typeof SKIPPED;

const NO_BYTES = Buffer.alloc(0);
const NO_VIEW = new DataView(new ArrayBuffer(0));
const ASTERISK = 0x2a;
const DOLLAR = 0x24;
const CR = 0x0d;
const LF = 0x0a;
/** Fewest bytes that are moved at once to complete a partial request; what turns out to be too much is handed back. */
const FIRST_PIECE_BYTES = 256;
/** Fewest bytes that an argument takes: `$0\r\n\r\n`. */
const MIN_ARGUMENT_BYTES = 6;

/** `readLength`'s answers besides a length. */
const LENGTH_INCOMPLETE = -0x8000000001;
const LENGTH_BROKEN = -0x8000000002;
/** Stands for any length that is out of every range. */
const LENGTH_HUGE = Number.MAX_SAFE_INTEGER;

/**
 * Turns one connection's bytes into requests (RESP multibulk and inline), by the rules of redis-server 7.0.15.
 *
 *     input (the thread's read buffer, or `suspend`'s copy)        pending (a request that began in an earlier chunk)
 *     ┌──────────────────┬────────────┬──────────┐                ┌───────────────────────┬──────┐
 *     │ requests, parsed │ unparsed   │          │                │ arguments, parsed     │ part │ room
 *     └──────────────────┴────────────┴──────────┘                └───────────────────────┴──────┘
 *                        at           end                         0                       cursor pendingLength
 *
 * Requests that lie whole in the input are parsed in place. The start of one that does not is moved to `pending`, with what
 * is known of it (`remaining`, `bulkLength`, `cursor`, spans), so no byte is looked at twice. An idle parser owns no buffer.
 */
export class RequestParser {
  /** Redis's text, without the leading `Protocol error: `, one character per byte; empty while there is no error. */
  error = '';
  /** While false, the limits for clients that have not authenticated hold. */
  authenticated = true;
  /** `proto-max-bulk-len` in bytes. */
  maxBulkLength = DEFAULT_MAX_BULK_BYTES;

  private bytes: Buffer = NO_BYTES;
  private view: DataView = NO_VIEW;
  private at = 0;
  private end = 0;
  /** Whether the input is the parser's own copy and not the thread's read buffer. */
  private owned = false;

  private pending: Buffer = NO_BYTES;
  private pendingView: DataView = NO_VIEW;
  private pendingLength = 0;
  private partial: Request | undefined;

  /** Where the request that is being parsed, or was parsed last, begins in its buffer. */
  private requestStart = 0;
  /** The first byte that is not part of a parsed element. */
  private cursor = 0;
  /** Bytes before this one hold no end of the line that is being looked for. */
  private scanned = 0;
  /** Arguments of the current request that are still to come. */
  private remaining = 0;
  /** The announced length of the next argument, or -1 before its header is parsed. */
  private bulkLength = -1;

  /** The request that `suspend` was told to keep. */
  private retained: Request | undefined;
  /** One that was given up, for the next time. */
  private spare: Request | undefined;

  /** Bytes received that no request was made of yet, and those of a request that is kept. */
  get bufferedBytes(): number {
    const kept = this.retained !== undefined && this.retained.bytes === this.bytes;
    return this.pendingLength + this.end - (kept ? this.requestStart : this.at);
  }

  /** The same without the part of an incomplete request that was parsed: what redis-server calls its query buffer. */
  get unparsedBytes(): number {
    return this.bufferedBytes - (this.pendingLength > 0 ? this.cursor : 0);
  }

  /** Bytes of the arguments of a request that is kept, or of one that is not whole yet. */
  get argumentBytes(): number {
    return (this.retained ?? this.partial)?.argumentBytes ?? 0;
  }

  /** Whether `next` has input to look at that it did not see yet. */
  get hasInput(): boolean {
    return this.at < this.end;
  }

  /**
   * Hands over the input `bytes[from, to)`; `view` is over the same bytes. Allowed after `next` answered PARSE_MORE (the bytes
   * are then read in place until `next` answers PARSE_MORE again or `suspend` is called), and after `suspend` (they are copied).
   */
  feed(bytes: Buffer, view: DataView, from: number, to: number): void {
    if (this.owned) {
      this.append(bytes, from, to);
      return;
    }
    if (this.at < this.end) throw new Error('RequestParser.feed: the last chunk was neither consumed nor suspended');
    this.bytes = bytes;
    this.view = view;
    this.at = from;
    this.end = to;
  }

  /**
   * Fills `request` with the next request. Its bytes are valid until the next call of `next`, and, where they lie in the chunk
   * that was fed, as long as that is. A request that `suspend` kept is given up.
   */
  next(request: Request): ParseStatus {
    if (this.error !== '') return PARSE_ERROR;
    if (this.retained !== undefined) this.giveUpRetained();
    for (;;) {
      if (this.at === this.end) {
        this.releaseInput();
        return PARSE_MORE;
      }
      let status: StepStatus;
      if (this.pendingLength > 0) {
        status = this.advancePending(request);
      } else {
        request.attach(this.bytes, this.view);
        status = this.step(request, this.bytes, this.view, this.at, this.end);
        if (status === PARSE_MORE) this.moveToPending(request);
        else this.at = this.cursor;
      }
      if (status === SKIPPED) continue;
      if (status !== PARSE_REQUEST) this.releaseInput();
      return status;
    }
  }

  /**
   * Looks ahead: fills `request` with the next request if it lies whole in the input. Several requests filled this way, each in its
   * own object, stay valid together until `next` is called. False, with nothing changed, when `next` has to see to it.
   */
  nextInPlace(request: Request): boolean {
    if (this.at === this.end || this.pendingLength > 0 || this.error !== '') return false;
    const { requestStart, cursor, scanned } = this;
    if (this.retained !== undefined) this.giveUpRetained();
    request.attach(this.bytes, this.view);
    if (
      this.bytes[this.at] === ASTERISK &&
      this.step(request, this.bytes, this.view, this.at, this.end) === PARSE_REQUEST
    ) {
      request.inputStart = this.requestStart;
      request.inputEnd = this.cursor;
      this.at = this.cursor;
      return true;
    }
    // What was found out about an incomplete or broken request is forgotten: `next` finds it out again.
    this.error = '';
    this.requestStart = requestStart;
    this.cursor = cursor;
    this.scanned = scanned;
    this.remaining = 0;
    this.bulkLength = -1;
    return false;
  }

  /** Goes back to just behind a request that `nextInPlace` filled, as if those after it had not been parsed. */
  rewind(request: Request): void {
    this.requestStart = request.inputStart;
    this.at = request.inputEnd;
    this.cursor = request.inputEnd;
  }

  /**
   * Copies what is still to be parsed, so that the chunk can be used for other connections. With `current`, the request that
   * `next` filled last stays valid too, and `resume` gives it back, until `next` is called.
   */
  suspend(current?: Request): void {
    const keepsInput = current !== undefined && current.bytes === this.bytes;
    if (!this.owned) {
      const from = keepsInput ? this.requestStart : this.at;
      const own = Buffer.allocUnsafe(this.end - from);
      this.bytes.copy(own, 0, from, this.end);
      this.moveInput(own, from, keepsInput ? current : undefined);
      this.owned = true;
    }
    if (current === undefined) return;
    this.retained ??= this.spare ?? new Request();
    if (this.retained !== current) this.retained.copyFrom(current);
  }

  /** Fills `request` with the request that `suspend` kept; false when there is none. */
  resume(request: Request): boolean {
    if (this.retained === undefined) return false;
    request.copyFrom(this.retained);
    return true;
  }

  /** The input's bytes from `from` on now lie at the start of `own`. */
  private moveInput(own: Buffer, from: number, request: Request | undefined): void {
    this.bytes = own;
    this.view = viewOf(own);
    this.at -= from;
    this.end -= from;
    if (request === undefined) return;
    this.requestStart -= from;
    request.shift(-from);
    request.relocate(this.bytes, this.view);
  }

  /** Adds to the parser's own input, whose room grows by doubling. */
  private append(bytes: Buffer, from: number, to: number): void {
    const added = to - from;
    if (this.end + added > this.bytes.length) {
      const kept = this.retained?.bytes === this.bytes ? this.retained : undefined;
      const keepFrom = kept === undefined ? this.at : this.requestStart;
      const live = this.end - keepFrom;
      const larger = Buffer.allocUnsafe(Math.max(live + added, live * 2));
      this.bytes.copy(larger, 0, keepFrom, this.end);
      this.moveInput(larger, keepFrom, kept);
    }
    bytes.copy(this.bytes, this.end, from, to);
    this.end += added;
  }

  private giveUpRetained(): void {
    this.spare = this.retained;
    this.retained = undefined;
  }

  private releaseInput(): void {
    this.bytes = NO_BYTES;
    this.view = NO_VIEW;
    this.at = 0;
    this.end = 0;
    this.owned = false;
  }

  /** Keeps the start of a request that the input does not hold whole; `request` has its arguments so far. */
  private moveToPending(request: Request): void {
    const from = this.requestStart;
    this.cursor -= from;
    this.scanned -= from;
    this.partial = new Request();
    this.partial.takeFrom(request);
    this.partial.shift(-from);
    this.at = from;
    this.fillPending(this.end - from);
  }

  /** Moves the next `count` bytes of the input to the end of `pending`. */
  private fillPending(count: number): void {
    const needed = this.pendingLength + count;
    if (needed > this.pending.length) {
      const announced = this.bulkLength < 0 ? 0 : this.cursor + this.bulkLength + 2;
      const wanted = this.remaining === 1 && announced > 0 ? announced : Math.max(announced, needed * 2);
      const allowed = Math.max(this.pending.length * 2, PENDING_JUMP_BYTES);
      const larger = Buffer.allocUnsafe(Math.max(needed, Math.min(wanted, allowed)));
      this.pending.copy(larger, 0, 0, this.pendingLength);
      this.pending = larger;
      this.pendingView = viewOf(larger);
    }
    this.bytes.copy(this.pending, this.pendingLength, this.at, this.at + count);
    this.pendingLength = needed;
    this.at += count;
  }

  /** Goes on with the request in `pending`, taking from the input little more than it needs. */
  private advancePending(request: Request): StepStatus {
    const partial = this.partial ?? new Request();
    let piece = FIRST_PIECE_BYTES;
    while (this.at < this.end) {
      const missing = this.bulkLength < 0 ? 0 : this.cursor + this.bulkLength + 2 - this.pendingLength;
      const atLeast = missing + (this.remaining - 1) * MIN_ARGUMENT_BYTES;
      const count = Math.min(this.end - this.at, Math.max(atLeast, piece));
      if (this.pendingLength + count > MAX_REQUEST_BYTES) return this.fail('invalid bulk length');
      this.fillPending(count);
      piece *= 4;
      partial.relocate(this.pending, this.pendingView);
      const status = this.step(partial, this.pending, this.pendingView, this.cursor, this.pendingLength);
      if (status === PARSE_MORE) continue;
      // The request was incomplete before this piece, so what lies behind its end is still in the input.
      this.at -= this.pendingLength - this.cursor;
      request.takeFrom(partial);
      this.partial = undefined;
      this.pending = NO_BYTES;
      this.pendingView = NO_VIEW;
      this.pendingLength = 0;
      return status;
    }
    return PARSE_MORE;
  }

  /** Parses one request, or goes on with one, at `bytes[start, end)`; leaves `cursor` behind what was parsed. */
  private step(request: Request, bytes: Buffer, view: DataView, start: number, end: number): StepStatus {
    if (this.remaining > 0) return this.parseArguments(request, bytes, view, start, end);
    if (this.pendingLength === 0) {
      this.requestStart = start;
      this.cursor = start;
      this.scanned = start;
    }
    if (bytes[start] !== ASTERISK) return this.inline(request, bytes, end);
    // `*N\r\n` by one 32-bit read, for 1 to 9 arguments.
    if (end - start >= 4) {
      const word = view.getInt32(start, true);
      const count = ((word >>> 8) & 0xff) - 0x30;
      if ((word & 0xffff00ff) === 0x0a0d002a && count > 0 && count <= 9) {
        this.remaining = count;
        this.cursor = start + 4;
        return this.parseArguments(request, bytes, view, start + 4, end);
      }
    }
    const count = this.readLength(bytes, end);
    if (count === LENGTH_INCOMPLETE) return this.lineIncomplete(end, 'too big mbulk count string');
    if (count === LENGTH_BROKEN || count > MAX_ARGUMENTS) return this.fail('invalid multibulk length');
    if (count > UNAUTHENTICATED_MAX_ARGUMENTS && !this.authenticated) {
      return this.fail('unauthenticated multibulk length');
    }
    if (count <= 0) return SKIPPED;
    this.remaining = count;
    return this.parseArguments(request, bytes, view, this.cursor, end);
  }

  private parseArguments(request: Request, bytes: Buffer, view: DataView, start: number, end: number): StepStatus {
    let at = start;
    let remaining = this.remaining;
    let length = this.bulkLength;
    for (;;) {
      if (length < 0) {
        // `$L\r\n` and `$LL\r\n` by one 32-bit read; the byte after CR is not looked at, as in Redis.
        const word = end - at >= 5 ? view.getInt32(at, true) : 0;
        const high = ((word >>> 8) & 0xff) - 0x30;
        const low = ((word >>> 16) & 0xff) - 0x30;
        if ((word & 0xff0000ff) === 0x0d000024 && high > 0 && high <= 9 && low >= 0 && low <= 9) {
          length = high * 10 + low;
          at += 5;
        } else if ((word & 0xffff00ff) === 0x0a0d0024 && high >= 0 && high <= 9) {
          length = high;
          at += 4;
        } else {
          this.cursor = at;
          this.remaining = remaining;
          this.bulkLength = -1;
          if (this.scanned < at) this.scanned = at;
          const status = this.bulkHeader(bytes, end);
          if (status !== PARSE_REQUEST) return status;
          length = this.bulkLength;
          at = this.cursor;
        }
      }
      if (end - at < length + 2) {
        this.cursor = at;
        this.remaining = remaining;
        this.bulkLength = length;
        return PARSE_MORE;
      }
      request.push(at, length);
      at += length + 2;
      length = -1;
      if (--remaining === 0) break;
    }
    this.cursor = at;
    this.remaining = 0;
    this.bulkLength = -1;
    return PARSE_REQUEST;
  }

  /** Any `$length\r\n` at `cursor`: PARSE_REQUEST when `bulkLength` is known. */
  private bulkHeader(bytes: Buffer, end: number): ParseStatus {
    const from = this.cursor;
    const length = this.readLength(bytes, end);
    if (length === LENGTH_INCOMPLETE) return this.lineIncomplete(end, 'too big bulk count string');
    const first = bytes[from] ?? 0;
    if (first !== DOLLAR) return this.fail(`expected '$', got '${String.fromCharCode(first)}'`);
    if (length < 0 || length > this.maxBulkLength) return this.fail('invalid bulk length');
    if (length > UNAUTHENTICATED_MAX_BULK_BYTES && !this.authenticated) {
      return this.fail('unauthenticated bulk length');
    }
    this.bulkLength = length;
    return PARSE_REQUEST;
  }

  /**
   * The number between the type byte at `cursor` and CR, by the rules of `string2ll` (no blanks, plus or leading zeros), and
   * `cursor` behind the line; LENGTH_BROKEN when it is none, LENGTH_INCOMPLETE when the line is.
   */
  private readLength(bytes: Buffer, end: number): number {
    let at = this.scanned;
    // As in Redis, whose strchr stops there, nothing behind a NUL is found.
    for (; at < end; at++) {
      const byte = bytes[at];
      if (byte === CR || byte === 0) break;
    }
    this.scanned = at;
    if (at + 1 >= end || bytes[at] !== CR || at - this.cursor > MAX_LINE_BYTES) return LENGTH_INCOMPLETE;
    const value = parseLength(bytes, this.cursor + 1, at);
    this.cursor = at + 2;
    this.scanned = at + 2;
    return value;
  }

  private lineIncomplete(end: number, tooLong: string): ParseStatus {
    // Only a line whose end was not found is too long: of one with CR, the LF is still to come.
    const length = (this.scanned < end - 1 ? end : this.scanned) - this.cursor;
    return length > MAX_LINE_BYTES ? this.fail(tooLong) : PARSE_MORE;
  }

  private inline(request: Request, bytes: Buffer, end: number): StepStatus {
    const start = this.cursor;
    let at = this.scanned;
    for (; at < end; at++) {
      const byte = bytes[at];
      if (byte === LF || byte === 0) break;
    }
    this.scanned = at;
    if (at >= end || bytes[at] === 0 || at - start > MAX_LINE_BYTES) {
      return end - start > MAX_LINE_BYTES ? this.fail('too big inline request') : PARSE_MORE;
    }
    const lineEnd = at > start && bytes[at - 1] === CR ? at - 1 : at;
    this.cursor = at + 1;
    if (!parseInline(request, bytes, start, lineEnd)) return this.fail('unbalanced quotes in request');
    return request.count === 0 ? SKIPPED : PARSE_REQUEST;
  }

  private fail(text: string): typeof PARSE_ERROR {
    this.error = text;
    this.partial = undefined;
    this.pending = NO_BYTES;
    this.pendingView = NO_VIEW;
    this.pendingLength = 0;
    return PARSE_ERROR;
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function parseLength(bytes: Buffer, start: number, end: number): number {
  const negative = bytes[start] === 0x2d;
  const from = negative ? start + 1 : start;
  const digits = end - from;
  if (digits <= 0) return LENGTH_BROKEN;
  if (bytes[from] === 0x30) return digits === 1 && !negative ? 0 : LENGTH_BROKEN;
  let value = 0;
  for (let at = from; at < end; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return LENGTH_BROKEN;
    value = value * 10 + digit;
  }
  // Beyond 10 digits nothing is in range; a negative count, which is skipped, may have as many as an int64.
  if (negative) return value > 2 ** 63 ? LENGTH_BROKEN : -1;
  return digits > 15 ? LENGTH_HUGE : value;
}
