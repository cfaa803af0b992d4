import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import xz from 'xz-decompress';
import type { Compression } from './format.ts';
import { TraceError } from './trace-error.ts';

type Chunks = AsyncIterable<Uint8Array>;

/** What compressed bytes hold, piece by piece. Throws a TraceError, with the place in the compressed file, when they are damaged or cut off. */
export function decompressed(file: string, compression: Compression, chunks: Chunks): Chunks {
  switch (compression) {
    case 'none':
      return chunks;
    case 'gzip':
      return gunzipped(file, chunks);
    case 'zstd':
      return unzstd(file, chunks);
    case 'xz':
      return unxz(file, singleStream(file, chunks));
  }
}

const cutOff = (file: string, kind: string, bytes: number): TraceError =>
  new TraceError(`${file}: byte ${bytes}: the ${kind} stream is cut off`);
const damaged = (file: string, kind: string, bytes: number, why: string): TraceError =>
  new TraceError(`${file}: before byte ${bytes}: the ${kind} stream is damaged: ${why}`);

async function* gunzipped(file: string, chunks: Chunks): Chunks {
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  let failed: unknown;
  // Feeds beside the loop below; what fails to be read ends the stream that is read.
  const feeding = (async () => {
    try {
      for await (const chunk of chunks) {
        if (gunzip.destroyed) return;
        if (!gunzip.write(chunk)) await new Promise<void>((resolve) => drained(gunzip, resolve));
      }
      gunzip.end();
    } catch (error) {
      failed = error;
      gunzip.destroy();
    }
  })();
  try {
    for await (const piece of gunzip) yield piece;
    if (failed !== undefined) throw failed;
  } catch (error) {
    if (failed !== undefined) throw failed;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'Z_BUF_ERROR') throw cutOff(file, 'gzip', gunzip.bytesWritten);
    if (code?.startsWith('Z_')) throw damaged(file, 'gzip', gunzip.bytesWritten, message);
    throw error;
  } finally {
    gunzip.destroy();
    await feeding;
  }
}

function drained(stream: NodeJS.EventEmitter, then: () => void): void {
  stream.once('drain', then);
  stream.once('close', then);
}

/** fzstd's code for data that ends too early. */
const ZSTD_UNEXPECTED_END = 5;

async function* unzstd(file: string, chunks: Chunks): Chunks {
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  const stream = new Decompress((piece) => pieces.push(piece));
  const push = (chunk: Uint8Array, last: boolean): Uint8Array[] => {
    pieces = [];
    try {
      stream.push(chunk, last);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if ('code' in error && error.code === ZSTD_UNEXPECTED_END) throw cutOff(file, 'zstd', bytes);
      throw damaged(file, 'zstd', bytes, error.message);
    }
    return pieces;
  };
  for await (const chunk of chunks) {
    bytes += chunk.length;
    yield* push(chunk, false);
  }
  yield* push(new Uint8Array(0), true);
}

/** What the xz decoder's return codes stand for; its errors end in them. It is xz-embedded, whose XZ_BUF_ERROR means that it waits for input in vain. */
const XZ_STARVED = 8;
const xzReasons: Readonly<Record<number, string>> = {
  2: 'its kind of check is not known',
  4: 'it asks for too much memory',
  5: 'it is none',
  6: 'it uses filters that are not known',
  7: 'its data are wrong',
};
/** Empty pieces in a row, with no input left, after which the decoder is not waited for. */
const XZ_PATIENCE = 4;

/** Where one stream ends and another begins: "YZ" and the next one's magic. The decoder would leave the second one out without a word. */
const XZ_SEAM = Buffer.from('595afd377a585a00', 'hex');

/** Chunks as they are; throws when several streams of xz follow each other in them. */
async function* singleStream(file: string, chunks: Chunks): Chunks {
  let before = Buffer.alloc(0);
  let bytes = 0;
  for await (const chunk of chunks) {
    const seen = Buffer.concat([before, chunk]);
    const seam = seen.indexOf(XZ_SEAM);
    if (seam >= 0)
      throw new TraceError(
        `${file}: byte ${bytes - before.length + seam + 2}: a second xz stream begins: only files of one are read`,
      );
    before = seen.subarray(Math.max(0, seen.length - XZ_SEAM.length + 1));
    bytes += chunk.length;
    yield chunk;
  }
}

async function* unxz(file: string, chunks: Chunks): Chunks {
  const input = chunks[Symbol.asyncIterator]();
  let bytes = 0;
  let failed: unknown;
  let ended = false;
  // Gives a chunk when it is asked for one, and none ahead, so that errors name the place.
  const source = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await input.next();
          if (done) {
            ended = true;
            controller.close();
            return;
          }
          bytes += value.length;
          controller.enqueue(value);
        } catch (error) {
          failed = error;
          controller.error(error);
        }
      },
    },
    { highWaterMark: 0 },
  );
  const reader = new xz.XzReadableStream(source).getReader();
  let finished = false;
  try {
    for (let empty = 0; ; ) {
      const { done, value } = await reader.read();
      finished = done;
      if (done) break;
      if (value.length > 0) {
        empty = 0;
        yield value;
      } else if (ended && ++empty > XZ_PATIENCE) throw cutOff(file, 'xz', bytes);
    }
    if (!ended && (await input.next()).done !== true)
      throw new TraceError(
        `${file}: byte ${bytes}: something follows the xz stream: several streams in one file are not read`,
      );
  } catch (error) {
    if (failed !== undefined) throw failed;
    if (error instanceof TraceError || !(error instanceof Error)) throw error;
    finished = true;
    const code = Number(/error code (\d+)$/.exec(error.message)?.[1]);
    if (ended && (code === XZ_STARVED || Number.isNaN(code))) throw cutOff(file, 'xz', bytes);
    throw damaged(file, 'xz', bytes, xzReasons[code] ?? error.message);
  } finally {
    // Streams of this library share one decoder: the next one waits until this one has let go of it.
    if (!finished) await reader.cancel();
    await input.return?.();
  }
}
