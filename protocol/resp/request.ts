const NO_BYTES = Buffer.alloc(0);
const NO_VIEW = new DataView(new ArrayBuffer(0));
const INITIAL_SPAN_WORDS = 32;
/** Spans of a huge request are given back when the next one starts (64 KiB of spans are kept: 8192 arguments). */
const MAX_KEPT_SPAN_WORDS = 16384;

/**
 * One parsed request. Argument `i` is the bytes `[start(i), start(i) + length(i))` of `bytes`; nothing is copied or
 * allocated per argument. A request is valid only until the parser that filled it is asked for the next one, because the
 * bytes belong to the connection's read buffer.
 */
export class Request {
  /** Number of arguments, the command's name included. */
  count = 0;
  bytes: Buffer = NO_BYTES;
  /** A view over the same bytes as `bytes` (offset 0 of the view is offset 0 of `bytes`). */
  view: DataView = NO_VIEW;
  /** Where the request lies in the parser's input; set by `RequestParser.nextInPlace`. */
  inputStart = 0;
  inputEnd = 0;
  /** Hash of argument 1, worked out ahead of its execution by whoever prefetches; meaningful while `hashed`. */
  hashed = false;
  slot = 0;
  position = 0;
  check = 0;
  /** Hash of argument 2 as the member of a collection, likewise; meaningful while `memberHashed`. */
  memberHashed = false;
  memberHash = 0;
  /** Pairs of (start, length). Grows by doubling; reused by all requests of a parser. */
  private spans: Int32Array = new Int32Array(INITIAL_SPAN_WORDS);

  /** A request of its own with these arguments, copied. */
  static of(args: readonly Uint8Array[]): Request {
    const bytes = Buffer.concat(args);
    const request = new Request();
    request.attach(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
    let start = 0;
    for (const { length } of args) {
      request.push(start, length);
      start += length;
    }
    return request;
  }

  start(index: number): number {
    return this.spans[index << 1] ?? 0;
  }

  length(index: number): number {
    return this.spans[(index << 1) | 1] ?? 0;
  }

  end(index: number): number {
    return this.start(index) + this.length(index);
  }

  /** Bytes of all arguments. */
  get argumentBytes(): number {
    let bytes = 0;
    for (let i = 0; i < this.count; i++) bytes += this.length(i);
    return bytes;
  }

  /** Bytes of the request as an array of bulk strings. */
  get frameBytes(): number {
    let bytes = 3 + String(this.count).length;
    for (let i = 0; i < this.count; i++) bytes += 5 + String(this.length(i)).length + this.length(i);
    return bytes;
  }

  /** Points the request at the buffer that its arguments lie in. */
  attach(bytes: Buffer, view: DataView): void {
    this.bytes = bytes;
    this.view = view;
    this.count = 0;
    this.hashed = false;
    this.memberHashed = false;
    if (this.spans.length > MAX_KEPT_SPAN_WORDS) this.spans = new Int32Array(INITIAL_SPAN_WORDS);
  }

  /** Points the request, with the arguments it has, at a buffer that holds the same bytes at the same offsets. */
  relocate(bytes: Buffer, view: DataView): void {
    this.bytes = bytes;
    this.view = view;
  }

  /** Takes over all of `other`'s arguments without copying them; `other` is left empty. */
  takeFrom(other: Request): void {
    const spans = this.spans;
    this.spans = other.spans;
    this.count = other.count;
    this.bytes = other.bytes;
    this.view = other.view;
    this.hashed = false;
    this.memberHashed = false;
    other.spans = spans;
    other.count = 0;
    other.bytes = NO_BYTES;
    other.view = NO_VIEW;
  }

  /** Becomes a second request over the same bytes: the spans are copied, the bytes are shared. */
  copyFrom(other: Request): void {
    const words = other.count << 1;
    if (this.spans.length < words) this.spans = new Int32Array(words);
    if (words <= INITIAL_SPAN_WORDS) for (let i = 0; i < words; i++) this.spans[i] = other.spans[i] ?? 0;
    else this.spans.set(other.spans.subarray(0, words));
    this.count = other.count;
    this.bytes = other.bytes;
    this.view = other.view;
    this.hashed = false;
    this.memberHashed = false;
  }

  push(start: number, length: number): void {
    const at = this.count << 1;
    if (at >= this.spans.length) {
      const larger = new Int32Array(this.spans.length * 2);
      larger.set(this.spans);
      this.spans = larger;
    }
    this.spans[at] = start;
    this.spans[at | 1] = length;
    this.count++;
  }

  /** Moves all arguments by `delta` bytes: the buffer's content was moved by the owner. */
  shift(delta: number): void {
    for (let i = 0; i < this.count; i++) this.spans[i << 1] = this.start(i) + delta;
  }

  /** A view (no copy) of an argument's bytes; valid as long as the request is. */
  slice(index: number): Buffer {
    return this.bytes.subarray(this.start(index), this.end(index));
  }

  /** A copy of an argument that outlives the request. */
  copy(index: number): Buffer {
    return Buffer.from(this.slice(index));
  }

  /** An argument as text, one character per byte. */
  latin1(index: number): string {
    return this.bytes.latin1Slice(this.start(index), this.end(index));
  }

  utf8(index: number): string {
    return this.bytes.utf8Slice(this.start(index), this.end(index));
  }

  /** Whether an argument is the given lower-case ASCII word, in any case. */
  is(index: number, lowerCaseWord: string): boolean {
    const length = this.length(index);
    if (length !== lowerCaseWord.length) return false;
    const from = this.start(index);
    for (let i = 0; i < length; i++) {
      let byte = this.bytes[from + i] ?? 0;
      if (byte >= 65 && byte <= 90) byte |= 32;
      if (byte !== lowerCaseWord.charCodeAt(i)) return false;
    }
    return true;
  }
}
