import { PlanError } from '../plan-error.ts';

/** What is wrong with a trace, in one line that names the file and where in it. */
export class TraceError extends PlanError {
  override readonly name: string = 'TraceError';
}

/** Where in a trace something stands; both count within what the file holds after decompression. */
export interface TracePlace {
  /** From 1; 0 where the format has no lines. */
  readonly line: number;
  /** From 0. */
  readonly byte: number;
}

/** What a parser finds wrong, with the place counted from where it began. Whoever feeds it knows the file and turns it into a `TraceError`. */
export class TraceProblem extends Error {
  override readonly name: string = 'TraceProblem';
  readonly place: TracePlace;

  constructor(what: string, place: TracePlace) {
    super(what);
    this.place = place;
  }
}

/** `trace.csv: line 17 (byte 402): ...`; without lines `trace.bin: byte 48: ...`. */
export function traceErrorAt(file: string, place: TracePlace, what: string): TraceError {
  const where = place.line > 0 ? `line ${place.line} (byte ${place.byte})` : `byte ${place.byte}`;
  return new TraceError(`${file}: ${where}: ${what}`);
}

/** What a file holds at some place, shortened and printable, in quotes. */
export function excerpt(bytes: Buffer, start: number, end: number): string {
  const SHOWN = 40;
  const text = bytes.toString('latin1', start, Math.min(end, start + SHOWN)).replace(/[^\x20-\x7e]/g, '?');
  return end - start > SHOWN ? `"${text}..."` : `"${text}"`;
}
