import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import type { SampledTrace } from '../plan.ts';
import { decompressed } from './decompress.ts';
import { finishSample } from './finish.ts';
import {
  BEGINNING_BYTES,
  type Compression,
  compressionOf,
  type FormatChoices,
  formatOf,
  hasTimes,
  parserFor,
  shortestRecord,
  type TraceFormat,
} from './format.ts';
import { readPart } from './part.ts';
import { readParallel } from './read-parallel.ts';
import { requestRoom, Sampler } from './sampler.ts';
import { defaultLimits, type SampleLimits } from './threshold.ts';
import { TraceError, TraceProblem, traceErrorAt } from './trace-error.ts';
import { TraceWindow } from './window.ts';

export interface ReadOptions extends FormatChoices {
  /** `-`: the standard input. */
  readonly path: string;
  /** Else what the file begins with tells. */
  readonly compression?: Compression;
  /** 65,536. */
  readonly maxKeys?: number;
  /** Sampled requests that are held at most, unless they are of fewer than 8,192 keys: 4,194,304. */
  readonly maxRequests?: number;
  /** Of a value, when no request of the trace tells a size: 512. */
  readonly valueBytes?: number;
  /** Threads that read a file that is not compressed; one for each core. */
  readonly threads?: number;
  /** Bytes that a thread reads at a time, 16 MiB. Files of no more are read by the calling thread. */
  readonly partBytes?: number;
  readonly signal?: AbortSignal;
}

export interface ReadProgress {
  /** Of the file as it is, compressed or not. */
  readonly bytesRead: number;
  /** Undefined when nobody knows: the standard input, a pipe. */
  readonly bytesTotal: number | undefined;
}

const PART_BYTES = 16 << 20;
const ASSUMED_VALUE_BYTES = 512;
const CHUNK_BYTES = 1 << 18;

/**
 * Reads a trace and samples its keys. Memory is bounded however long it is: two dozen bytes for each sampled request, and a few MiB per thread.
 *
 * @throws TraceError what is wrong with the trace, and where; the signal's reason when it was aborted. Nothing is left behind then.
 */
export async function readTrace(
  options: ReadOptions,
  onProgress: (progress: ReadProgress) => void,
): Promise<SampledTrace> {
  options.signal?.throwIfAborted();
  const file = options.path === '-' ? 'standard input' : basename(options.path);
  const limits: SampleLimits = {
    ...defaultLimits,
    maxKeys: options.maxKeys ?? defaultLimits.maxKeys,
    maxRequests: options.maxRequests ?? defaultLimits.maxRequests,
  };
  try {
    const bytes = options.path === '-' ? undefined : await sizeOf(options.path, file);
    if (bytes === 0) throw new TraceError(`${file}: the file is empty`);
    const { sampler, format, lastMs } =
      bytes === undefined
        ? await readStream(options, file, undefined, limits, onProgress)
        : await readFile(options, file, bytes, limits, onProgress);
    if (sampler.requests === 0) throw new TraceError(`${file}: there is no request in it`);
    return finishSample(sampler, {
      name: file,
      hasTimes: hasTimes(format),
      lastMs,
      assumedValueBytes: options.valueBytes ?? ASSUMED_VALUE_BYTES,
    });
  } catch (error) {
    if (error instanceof TraceProblem) throw traceErrorAt(file, error.place, error.message);
    throw error;
  }
}

interface WholeRead {
  readonly sampler: Sampler;
  readonly format: TraceFormat;
  readonly lastMs: number;
}

/** Bytes of a file; undefined of a pipe. */
async function sizeOf(path: string, file: string): Promise<number | undefined> {
  try {
    const status = await stat(path);
    if (status.isDirectory()) throw new TraceError(`${file}: this is a directory, not a trace`);
    return status.isFile() ? status.size : undefined;
  } catch (error) {
    if (error instanceof TraceError) throw error;
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return error;
  const why = error.code === 'ENOENT' ? 'there is no such file' : error.message;
  return new TraceError(`${path}: ${why}`);
}

async function readFile(
  options: ReadOptions,
  file: string,
  bytes: number,
  limits: SampleLimits,
  onProgress: (progress: ReadProgress) => void,
): Promise<WholeRead> {
  const { path, signal } = options;
  const beginning = await readBeginning(path);
  if ((options.compression ?? compressionOf(beginning)) !== 'none')
    return readStream(options, file, bytes, limits, onProgress);
  const format = formatOf(file, beginning, options);
  const partBytes = options.partBytes ?? PART_BYTES;
  const sampler = new Sampler(limits, requestRoom(limits, Math.ceil(bytes / shortestRecord(format))));
  const tell = (bytesRead: number): void => onProgress({ bytesRead, bytesTotal: bytes });
  if (bytes > partBytes) {
    const threads = options.threads ?? availableParallelism();
    const read = { path, bytes, format, threads, partBytes, signal, onProgress: tell };
    return { sampler, format, lastMs: await readParallel(sampler, read) };
  }
  const parser = await parserFor(format, sampler);
  let bytesRead = format.headerBytes;
  const header = { line: format.headerBytes > 0 ? 1 : 0, byte: format.headerBytes };
  try {
    readPart(path, format.headerBytes, bytes, new TraceWindow(), parser, (count) => {
      bytesRead += count;
      tell(bytesRead);
    });
  } catch (error) {
    throw error instanceof TraceProblem ? after(header, error) : error;
  }
  return { sampler, format, lastMs: parser.lastMs };
}

async function readBeginning(path: string): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING_BYTES), 0, BEGINNING_BYTES, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Reads what has to be read from its beginning to its end. */
async function readStream(
  options: ReadOptions,
  file: string,
  bytesTotal: number | undefined,
  limits: SampleLimits,
  onProgress: (progress: ReadProgress) => void,
): Promise<WholeRead> {
  const { path, signal } = options;
  const input = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
  let bytesRead = 0;
  const counted = (async function* (): AsyncIterable<Buffer> {
    for await (const chunk of input) {
      signal?.throwIfAborted();
      bytesRead += chunk.length;
      onProgress({ bytesRead, bytesTotal });
      yield chunk;
    }
  })();
  const window = new TraceWindow();
  try {
    const first = await gather(counted, 6);
    const compression = options.compression ?? compressionOf(first.gathered);
    const pieces = await gather(decompressed(file, compression, first.all), BEGINNING_BYTES);
    if (pieces.gathered.length === 0) throw new TraceError(`${file}: there is nothing in it`);
    const format = formatOf(file, pieces.gathered, options);
    const sampler = new Sampler(limits, requestRoom(limits, Number.POSITIVE_INFINITY));
    const parser = await parserFor(format, sampler);
    let skip = format.headerBytes;
    const header = { line: skip > 0 ? 1 : 0, byte: skip };
    try {
      for await (const piece of pieces.all) {
        window.push(piece.subarray(skip), parser);
        skip = Math.max(0, skip - piece.length);
        signal?.throwIfAborted();
      }
      window.end(parser);
    } catch (error) {
      throw error instanceof TraceProblem ? after(header, error) : error;
    }
    return { sampler, format, lastMs: parser.lastMs };
  } catch (error) {
    throw unreadable(file, error);
  } finally {
    input.destroy();
  }
}

/** The first bytes of a stream, `atLeast` if it has so many, and the stream as if nobody had looked. */
async function gather(
  chunks: AsyncIterable<Uint8Array>,
  atLeast: number,
): Promise<{ readonly gathered: Buffer; readonly all: AsyncIterable<Uint8Array> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  const taken: Uint8Array[] = [];
  let length = 0;
  let ended = false;
  while (length < atLeast && !ended) {
    const { done, value } = await iterator.next();
    if (done) {
      ended = true;
      continue;
    }
    // Some decoders use their memory again for the next piece.
    taken.push(Buffer.from(value));
    length += value.length;
  }
  const all = (async function* (): AsyncIterable<Uint8Array> {
    try {
      yield* taken;
      if (!ended) for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  })();
  return { gathered: Buffer.concat(taken), all };
}

/** A problem whose place was counted from the end of a header. */
function after(header: { readonly line: number; readonly byte: number }, problem: TraceProblem): TraceProblem {
  const { line, byte } = problem.place;
  return new TraceProblem(problem.message, { line: line > 0 ? line + header.line : 0, byte: byte + header.byte });
}
