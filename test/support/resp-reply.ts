// Replies as bytes: where one ends, and what it says. Kept apart from the server's own reader, which these tests check.

const CR = 13;
const LF = 10;

/** A reply as a value. `kind` is the RESP type byte; aggregate kinds have `items` (maps: key, value, key, value ...). */
export interface Reply {
  readonly kind: string;
  readonly text: Buffer;
  readonly isNull: boolean;
  readonly items: readonly Reply[];
}

/** Offset of the CR that ends the line; -1 while it is not there. */
export function lineEnd(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(CR, from); at >= 0; at = bytes.indexOf(CR, at + 1)) {
    if (at + 1 >= bytes.length) return -1;
    if (bytes[at + 1] === LF) return at;
  }
  return -1;
}

interface Parsed {
  readonly reply: Reply;
  readonly end: number;
}

/** The reply that starts at `start` and the offset after it; undefined while bytes are missing. Throws on a bad type byte. */
export function parseReply(bytes: Buffer, start = 0): Parsed | undefined {
  if (start >= bytes.length) return undefined;
  const stop = lineEnd(bytes, start + 1);
  if (stop < 0) return undefined;
  const kind = String.fromCharCode(bytes[start] ?? 0);
  const line = bytes.subarray(start + 1, stop);
  const after = stop + 2;
  switch (kind) {
    case '+':
    case '-':
    case ':':
    case ',':
    case '#':
    case '(':
      return { reply: { kind, text: line, isNull: false, items: [] }, end: after };
    case '_':
      return { reply: { kind, text: line, isNull: true, items: [] }, end: after };
    case '$':
    case '=':
    case '!':
      return parseBulk(bytes, kind, Number(line), after);
    case '*':
    case '~':
    case '>':
    case '%':
      return parseAggregate(bytes, kind, Number(line), after);
    case '|': {
      const attributes = parseAggregate(bytes, kind, Number(line), after);
      return attributes && parseReply(bytes, attributes.end);
    }
    default:
      throw new Error(`not a RESP reply: ${JSON.stringify(bytes.subarray(start, start + 64).toString('latin1'))}`);
  }
}

function parseBulk(bytes: Buffer, kind: string, length: number, after: number): Parsed | undefined {
  if (length < 0) return { reply: { kind, text: Buffer.alloc(0), isNull: true, items: [] }, end: after };
  const end = after + length + 2;
  if (bytes.length < end) return undefined;
  return { reply: { kind, text: bytes.subarray(after, after + length), isNull: false, items: [] }, end };
}

function parseAggregate(bytes: Buffer, kind: string, length: number, after: number): Parsed | undefined {
  const items: Reply[] = [];
  const count = kind === '%' || kind === '|' ? length * 2 : length;
  let end = after;
  for (let n = 0; n < count; n++) {
    const item = parseReply(bytes, end);
    if (item === undefined) return undefined;
    items.push(item.reply);
    end = item.end;
  }
  return { reply: { kind, text: Buffer.alloc(0), isNull: length < 0, items }, end };
}

/** The bytes of each element of an array; undefined when it is none. */
export function elements(bytes: Buffer): readonly Buffer[] | undefined {
  const stop = lineEnd(bytes, 1);
  const count = Number(bytes.subarray(1, stop).toString());
  if (bytes[0] !== '*'.charCodeAt(0) || !(count >= 0)) return undefined;
  const all: Buffer[] = [];
  let at = stop + 2;
  for (let n = 0; n < count; n++) {
    const parsed = parseReply(bytes, at);
    if (parsed === undefined) throw new Error('the array is cut off');
    all.push(bytes.subarray(at, parsed.end));
    at = parsed.end;
  }
  return all;
}

/** The whole of `bytes` as one reply. */
export function readReply(bytes: Buffer): Reply {
  const parsed = parseReply(bytes);
  if (parsed === undefined || parsed.end !== bytes.length) throw new Error('not exactly one reply');
  return parsed.reply;
}
