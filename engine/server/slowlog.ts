import type { Request } from '../../protocol/resp/request.ts';
import { REDACTED } from './secrets.ts';

/** Redis's SLOWLOG_ENTRY_MAX_ARGC and SLOWLOG_ENTRY_MAX_STRING. */
const maxArguments = 32;
const maxArgumentBytes = 128;

export interface SlowlogEntry {
  /** Unique over all threads, counting up: the order of the merged log. */
  readonly id: number;
  /** Seconds since 1970. */
  readonly atSeconds: number;
  readonly usec: number;
  readonly args: readonly Uint8Array[];
  readonly clientAddress: string;
  readonly clientName: string;
}

/** This thread's slow commands, newest first. SLOWLOG GET merges those of all threads by id. */
export class Slowlog {
  /** `slowlog-log-slower-than` in µs, negative: off. */
  slowerThanUsec = 10_000;
  /** `slowlog-max-len`. */
  maxLength = 128;
  private entries: SlowlogEntry[] = [];
  private readonly nextId: () => number;

  constructor(nextId: () => number) {
    this.nextId = nextId;
  }

  get length(): number {
    return this.entries.length;
  }

  /** @param secrets arguments that are not to be seen, see `secretArguments` */
  record(
    request: Request,
    usec: number,
    nowMs: number,
    clientAddress: string,
    clientName: string,
    secrets?: ReadonlySet<number>,
  ): void {
    if (this.maxLength <= 0) return;
    this.entries.unshift({
      id: this.nextId(),
      atSeconds: Math.floor(nowMs / 1000),
      usec: Math.round(usec),
      args: describeArguments(request, secrets),
      clientAddress,
      clientName,
    });
    if (this.entries.length > this.maxLength) this.entries.length = this.maxLength;
  }

  /** @param count negative: all */
  get(count: number): readonly SlowlogEntry[] {
    return count < 0 ? this.entries.slice() : this.entries.slice(0, count);
  }

  reset(): void {
    this.entries = [];
  }
}

/** What several threads answered to `slowlog-get`, newest first. */
export function mergeSlowlogs(answers: readonly (readonly SlowlogEntry[])[], count: number): SlowlogEntry[] {
  const all = answers.flat().sort((a, b) => b.id - a.id);
  return count < 0 ? all : all.slice(0, count);
}

function describeArguments(request: Request, secrets: ReadonlySet<number> | undefined): Uint8Array[] {
  const shown = request.count > maxArguments ? maxArguments - 1 : request.count;
  const args: Uint8Array[] = [];
  for (let i = 0; i < shown; i++) {
    const length = request.length(i);
    if (secrets?.has(i)) args.push(Buffer.from(REDACTED));
    else if (length <= maxArgumentBytes) args.push(request.copy(i));
    else {
      const more = Buffer.from(`... (${length - maxArgumentBytes} more bytes)`);
      args.push(Buffer.concat([request.slice(i).subarray(0, maxArgumentBytes), more]));
    }
  }
  if (shown < request.count) args.push(Buffer.from(`... (${request.count - shown} more arguments)`));
  return args;
}
