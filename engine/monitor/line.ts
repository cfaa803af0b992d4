import type { Request } from '../../protocol/resp/request.ts';
import { REDACTED } from '../server/secrets.ts';

const BACKSLASH = 0x5c;
const escapes: Readonly<Record<number, number>> = {
  7: 0x61,
  8: 0x62,
  9: 0x74,
  10: 0x6e,
  13: 0x72,
  34: 0x22,
  92: BACKSLASH,
};
const hex = Buffer.from('0123456789abcdef');

/** Bytes of `"..."` around an argument at most: every byte as \xHH. */
const quotedBytes = (length: number): number => length * 4 + 3;

/** Where a command came from: `127.0.0.1:50184`, `unix:/path`, `lua`. */
export function monitorAddress(address: string, unixSocket: boolean): string {
  // The address of a Unix socket ends in a port that it does not have.
  return unixSocket ? `unix:${address.replace(/:0$/, '')}` : address;
}

/**
 * One line of MONITOR as redis 7.0.15 prints it, a RESP status: `+<Unix time> [<db> <address>] "SET" "a" "1"\r\n`.
 *
 * @param timeUsec microseconds since 1970
 */
export function monitorLine(
  timeUsec: number,
  db: number,
  address: string,
  request: Request,
  secrets: ReadonlySet<number> | undefined,
): Buffer {
  const micros = String(timeUsec % 1_000_000).padStart(6, '0');
  const head = `+${Math.floor(timeUsec / 1_000_000)}.${micros} [${db} ${address}]`;
  let room = head.length + 2;
  for (let i = 0; i < request.count; i++)
    room += secrets?.has(i) ? REDACTED.length + 3 : quotedBytes(request.length(i));
  const line = Buffer.allocUnsafeSlow(room);
  let at = line.write(head, 'latin1');
  for (let i = 0; i < request.count; i++) {
    line[at++] = 0x20;
    line[at++] = 0x22;
    if (secrets?.has(i)) at += line.write(REDACTED, at, 'latin1');
    else at = writeEscaped(line, at, request.bytes, request.start(i), request.end(i));
    line[at++] = 0x22;
  }
  line[at++] = 0x0d;
  line[at++] = 0x0a;
  return line.subarray(0, at);
}

function writeEscaped(out: Buffer, at: number, bytes: Buffer, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0;
    const short = escapes[byte];
    if (short !== undefined) {
      out[at++] = BACKSLASH;
      out[at++] = short;
    } else if (byte >= 0x20 && byte < 0x7f) {
      out[at++] = byte;
    } else {
      out[at++] = BACKSLASH;
      out[at++] = 0x78;
      out[at++] = hex[byte >>> 4] ?? 0;
      out[at++] = hex[byte & 15] ?? 0;
    }
  }
  return at;
}
