import { OP_READ } from '../plan.ts';
import { FIRST_A, FIRST_B, mixA, mixB } from './identity.ts';
import type { TraceParser } from './parser.ts';
import type { Sampler } from './sampler.ts';

const NEWLINE = 10;
const RETURN = 13;

/** One key per line, as it is. Empty lines are none. */
export class KeysParser implements TraceParser {
  readonly recordBytes: number = 0;
  readonly lastMs: number = 0;
  lines = 0;
  private readonly sampler: Sampler;

  constructor(sampler: Sampler) {
    this.sampler = sampler;
  }

  parse(bytes: Buffer, end: number): void {
    const { sampler } = this;
    for (let at = 0; at < end; at++) {
      const start = at;
      let a = FIRST_A;
      let b = FIRST_B;
      for (;;) {
        const byte = bytes[at] ?? 0;
        if (byte === NEWLINE || (byte === RETURN && bytes[at + 1] === NEWLINE)) break;
        a = mixA(a, byte);
        b = mixB(b, a);
        at++;
      }
      const length = at - start;
      if (bytes[at] === RETURN) at++;
      this.lines++;
      if (length === 0) continue;
      sampler.now[0] = sampler.requests;
      sampler.offer(a, b, length, -1, OP_READ, 0);
    }
  }
}
