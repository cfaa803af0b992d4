import { PARSE_MORE, PARSE_REQUEST, RequestParser } from '../../protocol/resp/parser.ts';
import { Request } from '../../protocol/resp/request.ts';
import type { MicroBenchmark, MicroRun } from './harness.ts';

const SIZES = { smoke: 640, full: 64_000 };
/** Requests of one chunk, as a client with a pipeline of 64 sends them. */
const PIPELINE = 64;

const encode = (...args: string[]) =>
  `*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join('')}`;

/** Parses `n` requests out of one pipelined chunk fed again and again; the sum of all arguments' lengths is the result. */
function parsing(args: readonly string[], suspendAt?: number): MicroRun {
  const chunk = Buffer.from(encode(...args).repeat(PIPELINE), 'latin1');
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
  const parser = new RequestParser();
  const request = new Request();
  const argumentBytes = args.reduce((sum, arg) => sum + arg.length, 0);
  const drain = () => {
    let total = 0;
    let status = parser.next(request);
    for (; status === PARSE_REQUEST; status = parser.next(request)) {
      for (let i = 0; i < request.count; i++) total += request.length(i);
    }
    if (status !== PARSE_MORE) throw new Error(parser.error);
    return total;
  };
  return {
    run(n) {
      let total = 0;
      for (let done = 0; done < n; done += PIPELINE) {
        if (suspendAt === undefined) {
          parser.feed(chunk, view, 0, chunk.length);
        } else {
          parser.feed(chunk, view, 0, suspendAt);
          total += drain();
          parser.feed(chunk, view, suspendAt, chunk.length);
        }
        total += drain();
      }
      return total;
    },
    check: (result, n) => result === n * argumentBytes,
  };
}

const key = 'key:000000000123';
export const parserBenchmarks: readonly MicroBenchmark[] = [
  { name: 'protocol: parse GET', sizes: SIZES, setup: () => parsing(['GET', key]) },
  { name: 'protocol: parse SET, 64-byte value', sizes: SIZES, setup: () => parsing(['SET', key, 'x'.repeat(64)]) },
  {
    name: 'protocol: parse SET, 64-byte value, one in 64 cut in two',
    sizes: SIZES,
    setup: () => parsing(['SET', key, 'x'.repeat(64)], 1000),
  },
  {
    name: 'protocol: parse MSET of 10',
    sizes: SIZES,
    setup: () => parsing(['MSET', ...Array.from({ length: 20 }, () => key)]),
  },
];
