import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { hasTimes, recordBytesOf, type TraceFormat } from './format.ts';
import { absorb, type SamplePart } from './part.ts';
import type { Sampler } from './sampler.ts';
import type { SampleLimits } from './threshold.ts';
import { type TracePlace, TraceProblem } from './trace-error.ts';

/** What a worker is asked to do: sample these bytes, whole records. */
export interface PartTask {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  /** Bytes of the longest part. */
  readonly partBytes: number;
  readonly format: TraceFormat;
  readonly limits: SampleLimits;
  /** One word, by Atomics: the threshold that the main thread has come to. */
  readonly shared: Int32Array;
  /** One word, by Atomics: bytes that all workers have read. */
  readonly readBytes: BigInt64Array;
}

/** A worker's answer: what is wrong with a trace is a value, its place counted from the part's beginning. */
export type PartAnswer =
  | { readonly part: SamplePart; readonly problem?: never }
  | { readonly problem: { readonly what: string; readonly place: TracePlace }; readonly part?: never };

export interface ParallelRead {
  readonly path: string;
  readonly bytes: number;
  readonly format: TraceFormat;
  readonly threads: number;
  readonly partBytes: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (readBytes: number) => void;
}

const PROGRESS_MS = 100;
/** Parts that wait for those before them, per thread: a slow one does not stop the others, and memory stays bounded. */
const PARTS_AHEAD = 2;

/** Reads an uncompressed file by parts on all threads, and merges them in order. The latest time in ms. Throws TraceProblems. */
export async function readParallel(sampler: Sampler, read: ParallelRead): Promise<number> {
  const shared = new Int32Array(new SharedArrayBuffer(4));
  const readBytes = new BigInt64Array(new SharedArrayBuffer(8));
  const pool = new Piscina({ filename: workerFile(), maxThreads: read.threads, minThreads: read.threads });
  const timer = setInterval(() => read.onProgress(Number(Atomics.load(readBytes, 0))), PROGRESS_MS);
  const file = await open(read.path, 'r');
  const aborted = new Promise<never>((_, reject) => {
    read.signal?.addEventListener('abort', () => reject(read.signal?.reason), { once: true });
  });
  aborted.catch(() => undefined);
  const { path, bytes, format, partBytes } = read;
  const common = { path, partBytes: partBytes * 2, format, limits: sampler.limits, shared, readBytes };
  let lastMs: number | undefined = hasTimes(format) ? 0 : undefined;
  let lines = format.headerBytes > 0 ? 1 : 0;
  const pending: { readonly start: number; readonly answer: Promise<PartAnswer> }[] = [];
  try {
    for (let next = format.headerBytes; next < bytes || pending.length > 0; ) {
      read.signal?.throwIfAborted();
      if (next < bytes && pending.length < read.threads * PARTS_AHEAD) {
        const end = await partEnd(file, Math.min(next + partBytes, bytes), bytes, format);
        Atomics.store(shared, 0, sampler.threshold);
        const answer: Promise<PartAnswer> = pool.run({ ...common, start: next, end } satisfies PartTask);
        // Of parts that nobody waits for any more, because one before them has a problem.
        answer.catch(() => undefined);
        pending.push({ start: next, answer });
        next = end;
        continue;
      }
      const first = pending.shift();
      if (first === undefined) break;
      const { part, problem } = await Promise.race([first.answer, aborted]);
      if (problem !== undefined) throw moved(problem.what, problem.place, lines, first.start);
      try {
        lastMs = absorb(sampler, part, lastMs);
      } catch (error) {
        throw error instanceof TraceProblem ? moved(error.message, error.place, lines, first.start) : error;
      }
      lines += part.lines;
    }
    read.onProgress(bytes);
    return lastMs ?? 0;
  } finally {
    clearInterval(timer);
    await file.close();
    await pool.destroy();
  }
}

/** A problem of a part, by its place in the file. */
function moved(what: string, place: TracePlace, lines: number, start: number): TraceProblem {
  return new TraceProblem(what, { line: place.line > 0 ? place.line + lines : 0, byte: place.byte + start });
}

/** Where the record ends that has the byte before `at`. Records of a fixed size begin at 0. */
async function partEnd(file: FileHandle, at: number, bytes: number, format: TraceFormat): Promise<number> {
  const recordBytes = recordBytesOf(format);
  if (at >= bytes) return bytes;
  if (recordBytes > 0) return Math.min(Math.ceil(at / recordBytes) * recordBytes, bytes);
  const buffer = Buffer.allocUnsafe(1 << 16);
  for (let from = at - 1; from < bytes; ) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
    if (bytesRead === 0) break;
    const newline = buffer.subarray(0, bytesRead).indexOf(10);
    if (newline >= 0) return from + newline + 1;
    from += bytesRead;
  }
  return bytes;
}

/** The built worker: bundling moves code into chunks, so no fixed relative path leads there. */
function workerFile(): string {
  const name = join('tools', 'plan', 'input', 'read-part.entry.js');
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, name))) {
    if (dirname(folder) === folder) throw new Error(`${name} is not built beside ${import.meta.url}`);
    folder = dirname(folder);
  }
  return join(folder, name);
}
