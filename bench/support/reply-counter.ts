const CR = 13;
const LF = 10;
const MINUS = 45;

/** What the next byte is. */
const TYPE = 0;
const LINE = 1;
const LINE_FEED = 2;
const BODY = 3;

/**
 * Counts whole RESP2 replies, arrays of arrays too, without keeping anything of them but the text of errors: large replies cost
 * a step per element.
 */
export class ReplyCounter {
  replies = 0;
  errors = 0;
  firstError = '';
  private state = TYPE;
  private type = 0;
  private negative = false;
  private number = 0;
  /** Bytes of a bulk string, its CR LF included, that are still to come. */
  private body = 0;
  /** Elements that are still to come until the outermost reply is whole. */
  private missing = 1;
  private text = '';

  feed(bytes: Uint8Array, length: number): void {
    let at = 0;
    while (at < length) {
      if (this.state === BODY) {
        const step = Math.min(this.body, length - at);
        at += step;
        this.body -= step;
        if (this.body === 0) this.elementEnds(0);
      } else at = this.header(bytes, at, length);
    }
  }

  /** Reads on in a line; answers the offset behind what was used. */
  private header(bytes: Uint8Array, from: number, length: number): number {
    let at = from;
    if (this.state === TYPE) {
      this.type = bytes[at++] ?? 0;
      this.number = 0;
      this.negative = false;
      this.text = '';
      this.state = LINE;
    }
    if (this.state === LINE) {
      const counted = this.type === 0x24 || this.type === 0x2a;
      for (; at < length; at++) {
        const byte = bytes[at] ?? 0;
        if (byte === CR) {
          this.state = LINE_FEED;
          at++;
          break;
        }
        if (!counted) {
          if (this.type === MINUS) this.text += String.fromCharCode(byte);
        } else if (byte === MINUS) this.negative = true;
        else this.number = this.number * 10 + byte - 48;
      }
    }
    if (this.state === LINE_FEED && at < length) {
      if (bytes[at++] !== LF) throw new Error('a line of a reply ends with CR without LF');
      this.lineEnds();
    }
    return at;
  }

  private lineEnds(): void {
    switch (this.type) {
      case 0x24: {
        if (this.negative) this.elementEnds(0);
        else {
          this.body = this.number + 2;
          this.state = BODY;
        }
        return;
      }
      case 0x2a: {
        this.elementEnds(this.negative ? 0 : this.number);
        return;
      }
      case MINUS: {
        this.errors++;
        this.firstError ||= this.text;
        this.elementEnds(0);
        return;
      }
      case 0x2b:
      case 0x3a: {
        this.elementEnds(0);
        return;
      }
      default:
        throw new Error(`a reply begins with byte ${this.type}`);
    }
  }

  private elementEnds(elements: number): void {
    this.missing += elements - 1;
    this.state = TYPE;
    if (this.missing > 0) return;
    this.missing = 1;
    this.replies++;
  }
}
