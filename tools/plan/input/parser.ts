import { TraceProblem } from './trace-error.ts';

/** Reads requests from bytes and offers them to a sampler. One parser reads one part of a trace, from its beginning to its end, piece by piece. */
export interface TraceParser {
  /** Bytes of each record; 0: records are lines. */
  readonly recordBytes: number;
  /** Lines parsed; 0 where there are none. */
  readonly lines: number;
  /** The latest time seen, in ms as the trace counts them. */
  readonly lastMs: number;
  /** Parses the first `end` bytes, which are whole records, or lines that end in a newline. Throws a TraceProblem. */
  parse(bytes: Buffer, end: number): void;
}

/** Threads that log together write lines a little out of order; more than this is another file's. */
const DISORDER_MS = 60_000;

/** The time to count with after `lastMs`: never earlier. Throws a TraceProblem when time goes back for longer than logs do. */
export function inOrder(timeMs: number, lastMs: number, line: number, byte: number): number {
  if (timeMs >= lastMs) return timeMs;
  if (timeMs < lastMs - DISORDER_MS) {
    const seconds = ((lastMs - timeMs) / 1000).toFixed(0);
    throw new TraceProblem(`time goes back by ${seconds} seconds: the trace is not in order`, { line, byte });
  }
  return lastMs;
}
