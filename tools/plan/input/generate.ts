import { open, rename, rm } from 'node:fs/promises';
import { PlanError } from '../plan-error.ts';
import { RECORD_BYTES, RECORD_NEXT, RECORD_OBJECT, RECORD_SIZE } from './oracle-general.ts';
import { type SizeDistribution, sizeAt } from './sizes.ts';
import { Zipf } from './zipf.ts';

export interface GenerateOptions {
  readonly requests: number;
  readonly keys: number;
  /** Of Zipf popularity. */
  readonly skew: number;
  readonly seed: number;
  readonly format: 'oracle' | 'csv';
  /** A file, which is there once it is whole; undefined: the standard output, CSV only. */
  readonly out?: string;
  /** 10,000. */
  readonly requestsPerSecond?: number;
  /** By key; `log-normal:300,1`. */
  readonly sizes?: SizeDistribution;
  readonly signal?: AbortSignal;
}

/** Requests that are written at a time. */
const BLOCK = 1 << 18;
/** The longest line of CSV: a second, an id of 64 bits, a size. */
const LINE_BYTES = 48;
/** Where each key is requested next takes four bytes for each. */
const MOST_KEYS = 2 ** 28;
const FIRST_SECOND = 1_700_000_000;
/** Sizes are drawn from so many quantiles. */
const QUANTILES = 4096;

/**
 * Writes a trace of independent requests with Zipf popularity. The same options give the same bytes on every machine: each request is a function of the
 * seed and its number, so that records that name the next request of their key are made from the last to the first.
 *
 * @throws PlanError for options that make no trace; the signal's reason when it was aborted: no file is left then.
 */
export async function generateTrace(
  options: GenerateOptions,
  onProgress: (requestsWritten: number) => void,
): Promise<void> {
  check(options);
  const requests = new Requests(options);
  if (options.out === undefined) {
    for (let from = 0; from < options.requests; from += BLOCK) {
      options.signal?.throwIfAborted();
      const text = csvBlock(requests, from, Math.min(from + BLOCK, options.requests));
      await new Promise<void>((resolve, reject) =>
        process.stdout.write(text, (error) => (error ? reject(error) : resolve())),
      );
      onProgress(Math.min(from + BLOCK, options.requests));
    }
    return;
  }
  const unfinished = `${options.out}.unfinished`;
  const file = await open(unfinished, 'w').catch((error: Error) => {
    throw new PlanError(`${options.out}: cannot be written: ${error.message}`);
  });
  try {
    for (let done = 0; done < options.requests; done += BLOCK) {
      options.signal?.throwIfAborted();
      const count = Math.min(BLOCK, options.requests - done);
      if (options.format === 'csv') await file.appendFile(csvBlock(requests, done, done + count));
      else {
        const from = options.requests - done - count;
        await file.write(oracleBlock(requests, from, from + count), 0, count * RECORD_BYTES, from * RECORD_BYTES);
      }
      onProgress(done + count);
    }
    await file.close();
    await rename(unfinished, options.out);
  } catch (error) {
    await file.close();
    await rm(unfinished, { force: true });
    throw error;
  }
}

function check({ requests, keys, skew, format, out }: GenerateOptions): void {
  const demand = (holds: boolean, what: string): void => {
    if (!holds) throw new PlanError(`a generated trace has ${what}`);
  };
  demand(Number.isInteger(requests) && requests >= 1 && requests < 2 ** 32, 'from 1 to 2^32 - 1 requests');
  demand(Number.isInteger(keys) && keys >= 1 && keys <= MOST_KEYS, 'from 1 to 2^28 keys');
  demand(skew >= 0 && skew <= 5, 'a skew from 0 to 5');
  demand(
    out !== undefined || format === 'csv',
    'a file to go to, unless it is CSV: its records are made from the last to the first',
  );
}

/** What each request is, by its number. */
class Requests {
  readonly options: GenerateOptions;
  /** By rank: the number of the request after the one that is made now, plus one; 0: there is none. */
  readonly next: Uint32Array;
  private readonly zipf: Zipf;
  private readonly perSecond: number;
  private readonly sizes: Uint32Array;

  constructor(options: GenerateOptions) {
    const { sizes = { kind: 'log-normal', median: 300, sigma: 1 } } = options;
    this.options = options;
    this.next = new Uint32Array(options.format === 'oracle' ? options.keys : 0);
    this.zipf = new Zipf(options.keys, options.skew);
    this.perSecond = options.requestsPerSecond ?? 10_000;
    this.sizes = Uint32Array.from({ length: QUANTILES }, (_, i) => Math.max(1, sizeAt(sizes, (i + 0.5) / QUANTILES)));
  }

  rank(number: number): number {
    const { seed } = this.options;
    for (let attempt = 0; ; attempt++) {
      const salt = Math.imul(attempt, 0x9e3779b1) ^ seed;
      const high = mix(Math.imul(number, 0x9e3779b1) + salt) >>> 0;
      const low = mix(number ^ Math.imul(salt, 0x85ebca6b) ^ 0x2545f491) >>> 8;
      const rank = this.zipf.rankFor((high * 2 ** 21 + (low & 0x1fffff)) / 2 ** 53);
      if (rank >= 0) return rank;
    }
  }

  /** Ids look random, so that neighbours in popularity are none by number; no two ranks have the same, since mixing loses nothing. */
  idLow(rank: number): number {
    return mix(rank ^ this.options.seed) >>> 0;
  }

  idHigh(rank: number): number {
    return mix(rank + 0x51ed270b) & 0xfffff;
  }

  second(number: number): number {
    return FIRST_SECOND + Math.floor(number / this.perSecond);
  }

  bytes(rank: number): number {
    return this.sizes[mix(rank ^ 0x3c6ef372) & (QUANTILES - 1)] ?? 0;
  }
}

/** Murmur3's finalizer: different words stay different. */
function mix(word: number): number {
  let mixed = word | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

function oracleBlock(requests: Requests, from: number, to: number): Buffer {
  const bytes = Buffer.allocUnsafe((to - from) * RECORD_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { next } = requests;
  for (let number = to - 1; number >= from; number--) {
    const at = (number - from) * RECORD_BYTES;
    const rank = requests.rank(number);
    const after = next[rank] ?? 0;
    next[rank] = number + 1;
    view.setUint32(at, requests.second(number), true);
    view.setUint32(at + RECORD_OBJECT, requests.idLow(rank), true);
    view.setUint32(at + RECORD_OBJECT + 4, requests.idHigh(rank), true);
    view.setUint32(at + RECORD_SIZE, requests.bytes(rank), true);
    // Request numbers have 32 bits; -1 stands for none.
    view.setUint32(at + RECORD_NEXT, after === 0 ? 0xffffffff : after - 1, true);
    view.setInt32(at + RECORD_NEXT + 4, after === 0 ? -1 : 0, true);
  }
  return bytes;
}

function csvBlock(requests: Requests, from: number, to: number): Buffer {
  const header = from === 0 ? 'time,key,size\n' : '';
  const bytes = Buffer.allocUnsafe(header.length + (to - from) * LINE_BYTES);
  let at = bytes.write(header, 'latin1');
  for (let number = from; number < to; number++) {
    const rank = requests.rank(number);
    at = decimal(bytes, at, requests.second(number));
    bytes[at++] = 0x2c;
    at = decimal(bytes, at, requests.idHigh(rank) * 2 ** 32 + requests.idLow(rank));
    bytes[at++] = 0x2c;
    at = decimal(bytes, at, requests.bytes(rank));
    bytes[at++] = 0x0a;
  }
  return bytes.subarray(0, at);
}

/** Writes a whole number below 2^53 as decimal digits; where they end. */
function decimal(bytes: Buffer, at: number, value: number): number {
  let digits = 1;
  for (let power = 10; power <= value; power *= 10) digits++;
  let left = value;
  for (let place = at + digits - 1; place >= at; place--) {
    const rest = Math.floor(left / 10);
    bytes[place] = 0x30 + (left - rest * 10);
    left = rest;
  }
  return at + digits;
}
