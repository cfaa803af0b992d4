import type { TraceParser } from './parser.ts';
import type { Sampler } from './sampler.ts';
import { TraceError } from './trace-error.ts';

export class MonitorParser implements TraceParser {
  readonly recordBytes: number = 0;
  readonly lines: number = 0;
  readonly lastMs: number = 0;

  constructor(_: Sampler) {
    throw new TraceError('output of MONITOR is not read yet');
  }

  parse(): void {}
}
