import { closeSync, openSync, readSync } from 'node:fs';
import { inOrder, type TraceParser } from './parser.ts';
import { RequestColumns } from './request-columns.ts';
import type { Counts, Sampler } from './sampler.ts';
import { TraceProblem } from './trace-error.ts';
import type { TraceWindow } from './window.ts';

/** Counts bytes that were read, for whoever watches. */
export type OnBytes = (bytes: number) => void;

/** Parses bytes `start` to `end` of a file, whole records. Places of TraceProblems are counted from `start`. */
export function readPart(
  path: string,
  start: number,
  end: number,
  window: TraceWindow,
  parser: TraceParser,
  onBytes: OnBytes,
): void {
  window.reset();
  const file = openSync(path, 'r');
  try {
    for (let at = start; at < end; ) {
      const { room } = window;
      const count = readSync(file, room, 0, Math.min(room.length, end - at), at);
      if (count === 0) throw new TraceProblem('the file has become shorter', { line: 0, byte: at - start });
      window.filled(count);
      window.parse(parser);
      at += count;
      onBytes(count);
    }
    window.end(parser);
  } finally {
    closeSync(file);
  }
}

/** What was sampled of one part of a trace. Plain data and shared memory: it travels between threads without copies. */
export interface SamplePart {
  readonly threshold: number;
  readonly counts: Counts;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly lines: number;
  readonly length: number;
  readonly columns: Pick<RequestColumns, 'keys' | 'valueBytes' | 'ops' | 'timesMs' | 'ttlSeconds'>;
  /** By key: its identity, and what its name has. */
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly marks: Uint32Array;
  readonly nameBytes: Uint16Array;
}

/** A copy of what a sampler holds, so that it can go on with another part. */
export function partOf(sampler: Sampler, parser: TraceParser): SamplePart {
  const { length, keys } = sampler;
  const columns = new RequestColumns(length);
  columns.copyFrom(sampler.columns, length);
  return {
    threshold: sampler.threshold,
    counts: sampler.counts,
    firstMs: sampler.firstMs,
    lastMs: parser.lastMs,
    lines: parser.lines,
    length,
    columns,
    a: keys.a.slice(0, keys.size),
    b: keys.b.slice(0, keys.size),
    marks: keys.marks.slice(0, keys.size),
    nameBytes: keys.nameBytes.slice(0, keys.size),
  };
}

/**
 * Adds the next part of a trace to a sampler. `lastMs`: of the parts before; undefined when there are no times, and requests are numbered. The
 * latest time now. Throws a TraceProblem when the part begins too early.
 */
export function absorb(sampler: Sampler, part: SamplePart, lastMs: number | undefined): number | undefined {
  if (part.counts.requests === 0) return lastMs;
  const before = sampler.requests;
  if (before === 0) sampler.firstMs = part.firstMs;
  const earliest = lastMs === undefined ? 0 : inOrder(Math.max(part.firstMs, 0), lastMs, part.lines > 0 ? 1 : 0, 0);
  sampler.lowerTo(part.threshold);
  const { keys, timesMs, valueBytes, ops, ttlSeconds } = part.columns;
  for (let at = 0; at < part.length; at++) {
    const key = keys[at] ?? 0;
    const mark = part.marks[key] ?? 0;
    if (mark >= sampler.threshold) continue;
    const time = timesMs[at] ?? 0;
    sampler.now[0] = lastMs === undefined ? time + before : Math.max(time, earliest);
    const nameBytes = part.nameBytes[key] ?? 0;
    sampler.hold(
      part.a[key] ?? 0,
      part.b[key] ?? 0,
      mark,
      nameBytes,
      valueBytes[at] ?? 0,
      ops[at] ?? 0,
      ttlSeconds[at] ?? 0,
    );
  }
  sampler.count(part.counts);
  return lastMs === undefined ? undefined : Math.max(part.lastMs, lastMs);
}
