import { endsArgument, isBlank, splitArgs } from '../text/split-args.ts';
import type { Request } from './request.ts';

const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;

/**
 * Fills `request`, which is attached to `bytes`, with the arguments of the inline request `bytes[start, end)` (its line end
 * not included). Without quotes they stay where they are; with quotes the request moves to a buffer of its own. Returns
 * false when the quotes are not balanced.
 */
export function parseInline(request: Request, bytes: Buffer, start: number, end: number): boolean {
  let at = start;
  for (;;) {
    while (at < end && isBlank(bytes[at] ?? 0)) at++;
    if (at >= end) return true;
    const from = at;
    while (at < end) {
      const byte = bytes[at] ?? 0;
      if (endsArgument(byte)) break;
      if (byte === DOUBLE_QUOTE || byte === SINGLE_QUOTE) return parseQuoted(request, bytes, start, end);
      at++;
    }
    // A NUL ends the line, as it ends the C string in Redis.
    if (at === from) return true;
    request.push(from, at - from);
  }
}

function parseQuoted(request: Request, bytes: Buffer, start: number, end: number): boolean {
  const split = splitArgs(bytes, start, end);
  if (split === undefined) return false;
  const own = split.bytes;
  request.attach(own, new DataView(own.buffer, own.byteOffset, own.byteLength));
  for (let i = 0; i < split.spans.length; i += 2) request.push(split.spans[i] ?? 0, split.spans[i + 1] ?? 0);
  return true;
}
