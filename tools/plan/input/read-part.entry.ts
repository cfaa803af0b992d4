// A worker of piscina's that samples parts of a trace; see read-parallel.ts.
import { parserFor, shortestRecord } from './format.ts';
import { partOf, readPart } from './part.ts';
import type { PartAnswer, PartTask } from './read-parallel.ts';
import { requestRoom, Sampler } from './sampler.ts';
import { TraceProblem } from './trace-error.ts';
import { TraceWindow } from './window.ts';

const window = new TraceWindow();
/** Of the one trace that this worker is started for. */
let sampler: Sampler | undefined;

export default async function samplePart(task: PartTask): Promise<PartAnswer> {
  const { path, start, end, format, limits, shared, readBytes } = task;
  sampler ??= new Sampler(limits, requestRoom(limits, Math.ceil(task.partBytes / shortestRecord(format))));
  // The main thread lowers it while it merges parts; an older value samples more than is needed, no more.
  sampler.reset(Atomics.load(shared, 0));
  const parser = await parserFor(format, sampler);
  try {
    readPart(path, start, end, window, parser, (bytes) => Atomics.add(readBytes, 0, BigInt(bytes)));
  } catch (error) {
    if (!(error instanceof TraceProblem)) throw error;
    return { problem: { what: error.message, place: error.place } };
  }
  return { part: partOf(sampler, parser) };
}
