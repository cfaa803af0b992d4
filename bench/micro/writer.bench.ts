import { ReplyWriter } from '../../protocol/resp/writer.ts';
import type { MicroBenchmark, MicroRun } from './harness.ts';

const SIZES = { smoke: 640, full: 64_000 };
/** Replies between two resets, as a pipeline of 64 makes them. */
const BATCH = 64;

/** Writes `n` replies in batches; the sum of the batches' lengths is the result. */
function writing(replyBytes: number, write: (writer: ReplyWriter) => void): MicroRun {
  const writer = new ReplyWriter();
  return {
    run(n) {
      let total = 0;
      for (let done = 0; done < n; done += BATCH) {
        writer.reset();
        for (let i = 0; i < BATCH; i++) write(writer);
        total += writer.length;
      }
      return total;
    },
    check: (result, n) => result === n * replyBytes,
  };
}

function bulkFromSegment(valueBytes: number): MicroRun {
  const segment = new SharedArrayBuffer(1 << 20);
  const view = new DataView(segment);
  const bytes = new Uint8Array(segment);
  let offset = 0;
  return writing(`$${valueBytes}\r\n`.length + valueBytes + 2, (writer) => {
    // Values lie anywhere in a segment, so their alignment varies too.
    offset = (offset + 4099) & 0x7ffff;
    writer.bulkFrom(view, bytes, offset, valueBytes);
  });
}

export const writerBenchmarks: readonly MicroBenchmark[] = [
  { name: 'protocol: write OK', sizes: SIZES, setup: () => writing(5, (writer) => writer.ok()) },
  { name: 'protocol: write an integer', sizes: SIZES, setup: () => writing(9, (writer) => writer.integer(123_456)) },
  { name: 'protocol: write a bulk of 64 bytes out of shared memory', sizes: SIZES, setup: () => bulkFromSegment(64) },
  { name: 'protocol: write a bulk of 512 bytes out of shared memory', sizes: SIZES, setup: () => bulkFromSegment(512) },
];
