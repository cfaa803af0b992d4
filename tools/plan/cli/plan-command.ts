import { describeWorkload } from '../input/description.ts';
import { factsOf } from '../input/facts.ts';
import { readTrace } from '../input/read-trace.ts';
import { readDevice, readPrices } from '../model/files.ts';
import { planCapacity } from '../model/plan-capacity.ts';
import { TracePredictor } from '../model/trace-predictor.ts';
import type { Plan } from '../plan.ts';
import { PlanError } from '../plan-error.ts';
import type { Command, Surroundings } from './command.ts';
import { parseDescription } from './describe-options.ts';
import type { ParsedFlags } from './flags.ts';
import { outputFlags, putOut, readOutput } from './output.ts';
import {
  assumptionFlags,
  closeQuestion,
  type OpenQuestion,
  readQuestion,
  sizeFlags,
  targetFlags,
} from './question-options.ts';
import { readTraceOptions, sampledKeys, shareRead, traceFlags } from './trace-options.ts';

const READING = 'reading the trace';
const DRAWING = 'drawing requests';
const SIMULATING = 'simulating';
/** Shares of the time. */
const READING_WEIGHT = 3;
const DRAWING_WEIGHT = 1;
const SIMULATING_WEIGHT = 7;

/** Where the workload is from: one of two. */
type Source =
  | { readonly kind: 'trace'; readonly path: string }
  | { readonly kind: 'description'; readonly text: string };

export const planCommand: Command = {
  name: 'plan',
  usage: ['[plan] TRACE [options]', '[plan] --describe keys=1m,size=512,skew=0.99,writes=10% [options]'],
  summary: 'How much RAM and NVMe a workload needs, at what cost and latency, and which limit binds.',
  groups: [
    {
      title: 'Workload (docs/PLANNER.md has more)',
      flags: {
        describe: { value: 'WORDS', help: 'keys, size, skew, writes, deletes, ttl, rate, ...' },
        ...traceFlags,
      },
    },
    { title: 'Sizes to try', flags: sizeFlags },
    { title: 'Target', flags: targetFlags },
    { title: 'Assumptions', flags: assumptionFlags },
    { title: 'Output', flags: outputFlags },
  ],
  examples: ['trace.csv.gz --ram 1gb..16gb --nvme 0,10gb..200gb --hit-ratio 0.95'],
  maxPositionals: 1,
  run,
};

async function run(flags: ParsedFlags, surroundings: Surroundings): Promise<void> {
  const source = readSource(flags);
  const output = readOutput(flags, source.kind === 'trace' ? [source.path] : []);
  const question = readQuestion(flags, { prices: readPrices, device: readDevice });
  const plan = await planOfRequests(source, flags, question, surroundings);
  putOut(plan, output, surroundings);
  // The table tells what can be had; scripts see by the status that it is not what was asked for.
  if (plan.answer.kind === 'impossible') throw new PlanError(plan.answer.why);
}

/** @throws PlanError unless there is one source and one only */
function readSource(flags: ParsedFlags): Source {
  const [path] = flags.positionals;
  const text = flags.text('describe');
  const given = [path, text].filter((one) => one !== undefined).length;
  if (given > 1) throw new PlanError('a trace or --describe: one of them, not both');
  if (path !== undefined) return { kind: 'trace', path };
  if (text !== undefined) return { kind: 'description', text };
  throw new PlanError('nothing to plan for: name a trace, --server or --describe');
}

/** From a trace or a description: a sample of requests, which is simulated. */
async function planOfRequests(
  source: Source,
  flags: ParsedFlags,
  open: OpenQuestion,
  surroundings: Surroundings,
): Promise<Plan> {
  const first = source.kind === 'trace' ? READING : DRAWING;
  const progress = surroundings.progress([
    { name: first, weight: source.kind === 'trace' ? READING_WEIGHT : DRAWING_WEIGHT },
    { name: SIMULATING, weight: SIMULATING_WEIGHT },
  ]);
  const onRead = progress.stage(first);
  const trace =
    source.kind === 'trace'
      ? await readTrace(readTraceOptions(source.path, flags, surroundings.signal), (read) => onRead(shareRead(read)))
      : describeWorkload({ ...parseDescription(source.text, '--describe'), maxKeys: sampledKeys(flags) });
  const facts = factsOf(trace);
  const { requestsPerSecond } = open;
  const predictor = new TracePredictor(trace, facts, {
    signal: surroundings.signal,
    ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
  });
  const name = source.kind === 'trace' ? trace.name : source.text;
  const question = closeQuestion(open, { kind: source.kind, name }, facts);
  const plan = await planCapacity(predictor, question, { onProgress: progress.stage(SIMULATING) });
  progress.end();
  return plan;
}
