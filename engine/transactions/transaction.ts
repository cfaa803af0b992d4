import { Request } from '../../protocol/resp/request.ts';
import type { CommandEntry } from '../commands/table.ts';

export interface QueuedCommand {
  readonly entry: CommandEntry;
  /** Owns its bytes. */
  readonly request: Request;
}

/** What a client has queued since MULTI. */
export class Transaction {
  readonly queue: QueuedCommand[] = [];
  /** A command was refused when it came: EXEC answers EXECABORT. */
  aborted = false;
  /** Flags of all queued commands, joined. */
  bits = 0;
  /** Bytes of the queued requests. */
  bytes = 0;
  /** Whether one of the commands looks at keys that its arguments do not name. */
  reachesBeyond = false;

  /** @param bits the command's flags in this call */
  add(entry: CommandEntry, request: Request, bits: number): void {
    const copy = copyRequest(request);
    this.queue.push({ entry, request: copy });
    this.bits |= bits;
    this.bytes += copy.bytes.length;
    if (entry.spec.reach !== undefined) this.reachesBeyond = true;
  }
}

/** A request of its own bytes. */
export function copyRequest(request: Request): Request {
  let bytes = 0;
  for (let i = 0; i < request.count; i++) bytes += request.length(i);
  const buffer = Buffer.from(new ArrayBuffer(bytes));
  const copy = new Request();
  copy.attach(buffer, new DataView(buffer.buffer, buffer.byteOffset, buffer.length));
  let at = 0;
  for (let i = 0; i < request.count; i++) {
    request.bytes.copy(buffer, at, request.start(i), request.end(i));
    copy.push(at, request.length(i));
    at += request.length(i);
  }
  return copy;
}
