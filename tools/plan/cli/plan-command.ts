import { statSync } from 'node:fs';
import { describeWorkload } from '../input/description.ts';
import { factsOf } from '../input/facts.ts';
import { readTrace } from '../input/read-trace.ts';
import { nameOf } from '../live/address.ts';
import { connectPredictor } from '../live/server-predictor.ts';
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
import { readServerOptions, serverFlags } from './server-options.ts';
import { DEFAULT_NVME_SIZES, DEFAULT_RAM_SIZES } from './sizes.ts';
import { readTraceOptions, sampledKeys, shareRead, traceFlags } from './trace-options.ts';

const READING = 'reading the trace';
const ASKING = 'asking the server';
const DRAWING = 'drawing requests';
const PREDICTING = 'predicting';
const SIMULATING = 'simulating';
/** Seconds that a part of the work takes on two busy cores, measured with 100 million requests; only their proportions count. */
const READING_SECONDS_PER_GB = 6;
const UNPACKING_SECONDS_PER_GB = 40;
const DRAWING_SECONDS = 1;
const SECONDS_PER_CELL = 0.8;
/** The curves take as long as so many cells. */
const CURVES_CELLS = 45;

/** Where the workload is from: exactly one of three. */
type Source =
  | { readonly kind: 'trace'; readonly path: string }
  | { readonly kind: 'server'; readonly address: string }
  | { readonly kind: 'description'; readonly text: string };

export const planCommand: Command = {
  name: 'plan',
  usage: [
    '[plan] TRACE [options]',
    '[plan] --server HOST:PORT [options]',
    '[plan] --describe keys=1m,size=512,skew=0.99,writes=10% [options]',
  ],
  summary: 'How much RAM and NVMe a workload needs, at what cost and latency, and which limit binds.',
  groups: [
    {
      title: 'Workload (docs/PLANNER.md has more)',
      flags: {
        server: { value: 'HOST:PORT', help: 'a running server; nothing is written to it' },
        ...serverFlags,
        describe: { value: 'WORDS', help: 'keys, size, skew, writes, deletes, ttl, rate, ...' },
        ...traceFlags,
      },
    },
    { title: 'Sizes to try', flags: sizeFlags },
    { title: 'Target', flags: targetFlags },
    { title: 'Assumptions', flags: assumptionFlags },
    { title: 'Output', flags: outputFlags },
  ],
  examples: [
    'trace.csv.gz --ram 1gb..16gb --nvme 0,10gb..200gb --hit-ratio 0.95',
    '--server localhost:6379 --p99 2ms --html plan.html',
  ],
  maxPositionals: 1,
  run,
};

async function run(flags: ParsedFlags, surroundings: Surroundings): Promise<void> {
  const source = readSource(flags);
  const output = readOutput(flags, source.kind === 'trace' ? [source.path] : []);
  const question = readQuestion(flags, { prices: readPrices, device: readDevice });
  const plan = await (source.kind === 'server'
    ? planOfServer(source.address, flags, question, surroundings)
    : planOfRequests(source, flags, question, surroundings));
  putOut(plan, output, surroundings);
  // The table tells what can be had; scripts see by the status that it is not what was asked for.
  if (plan.answer.kind === 'impossible') throw new PlanError(plan.answer.why);
}

/** @throws PlanError unless there is one source and one only */
function readSource(flags: ParsedFlags): Source {
  const [path] = flags.positionals;
  const address = flags.text('server');
  const text = flags.text('describe');
  const given = [path, address, text].filter((one) => one !== undefined).length;
  if (given > 1) throw new PlanError('a trace, --server, --describe: one of them, not several');
  if (path !== undefined) return { kind: 'trace', path };
  if (address !== undefined) return { kind: 'server', address };
  if (text !== undefined) return { kind: 'description', text };
  throw new PlanError('nothing to plan for: name a trace, --server or --describe');
}

/** From a trace or a description: a sample of requests, which is simulated. */
async function planOfRequests(
  source: Exclude<Source, { readonly kind: 'server' }>,
  flags: ParsedFlags,
  open: OpenQuestion,
  surroundings: Surroundings,
): Promise<Plan> {
  const first = source.kind === 'trace' ? READING : DRAWING;
  const cells = (open.ramBytes?.length ?? DEFAULT_RAM_SIZES) * (open.nvmeBytes?.length ?? DEFAULT_NVME_SIZES);
  const progress = surroundings.progress([
    { name: first, weight: source.kind === 'trace' ? readingSeconds(source.path) : DRAWING_SECONDS },
    { name: SIMULATING, weight: (cells + CURVES_CELLS) * SECONDS_PER_CELL },
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

function readingSeconds(path: string): number {
  const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return (bytes / 1e9) * (/\.(gz|zst|xz)$/i.test(path) ? UNPACKING_SECONDS_PER_GB : READING_SECONDS_PER_GB);
}

/** From a running server: its own samples and counts. */
async function planOfServer(
  server: string,
  flags: ParsedFlags,
  open: OpenQuestion,
  surroundings: Surroundings,
): Promise<Plan> {
  const address = readServerOptions(server, flags, surroundings.env);
  const progress = surroundings.progress([
    { name: ASKING, weight: 3 },
    { name: PREDICTING, weight: 1 },
  ]);
  progress.stage(ASKING);
  const predictor = await connectPredictor(address);
  try {
    const question = closeQuestion(open, { kind: 'server', name: nameOf(address) }, predictor.facts);
    const plan = await planCapacity(predictor, question, { onProgress: progress.stage(PREDICTING) });
    progress.end();
    return { ...plan, notes: predictor.notes };
  } finally {
    predictor.close();
  }
}
