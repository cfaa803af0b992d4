import { readTrace } from '../input/read-trace.ts';
import { verify, verifyText } from '../live/verify.ts';
import { PlanError } from '../plan-error.ts';
import type { Command, Surroundings } from './command.ts';
import type { ParsedFlags } from './flags.ts';
import { readServerOptions, serverFlags } from './server-options.ts';
import { optional, readTraceOptions, shareRead, traceFlags } from './trace-options.ts';
import { parseCount, parseShare } from './units.ts';

const READING = 'reading the trace';
const REPLAYING = 'replaying';
const PREDICTING = 'predicting';

/** What is replayed is the sample; of a trace with no more keys, all of it. */
const KEYS = 65_536;

export const verifyCommand: Command = {
  name: 'verify',
  usage: ['verify TRACE --server HOST:PORT [options]'],
  summary: 'Replays a trace against an empty server, and prints predicted beside measured hit ratios.',
  groups: [
    {
      title: 'Server',
      flags: {
        server: { value: 'HOST:PORT', help: 'to be written to: use one that is there for this' },
        ...serverFlags,
        flush: { help: 'delete all its keys first; else it has to be empty' },
        depth: { value: 'COUNT', help: 'requests under way at a time' },
        tolerance: { value: 'SHARE', help: 'what measured ratios may differ from predicted ones (0.01)' },
      },
    },
    {
      title: 'Trace',
      flags: {
        ...traceFlags,
        'sampled-keys': { value: 'COUNT', help: 'keys whose requests are replayed (65536)' },
      },
    },
    { title: 'Output', flags: { json: { help: 'print the comparison as JSON' }, quiet: { help: 'no progress bar' } } },
  ],
  examples: ['verify trace.csv.gz --server localhost:6379 --flush'],
  maxPositionals: 1,
  run,
};

async function run(flags: ParsedFlags, surroundings: Surroundings): Promise<void> {
  const [path] = flags.positionals;
  const server = flags.text('server');
  if (path === undefined || server === undefined)
    throw new PlanError('verify: which trace, and which server? stratakv-plan verify TRACE --server HOST:PORT');
  const address = readServerOptions(server, flags, surroundings.env);
  const depth = optional(flags.text('depth'), (word) => parseCount(word, '--depth', 1, 100_000));
  const tolerance = optional(flags.text('tolerance'), (word) => parseShare(word, '--tolerance'));
  const progress = surroundings.progress([
    { name: READING, weight: 1 },
    { name: REPLAYING, weight: 6 },
    { name: PREDICTING, weight: 2 },
  ]);
  const onRead = progress.stage(READING);
  const { signal } = surroundings;
  const trace = await readTrace(readTraceOptions(path, flags, signal, KEYS), (read) => onRead(shareRead(read)));
  const report = await verify({
    address,
    trace,
    flush: flags.has('flush'),
    signal,
    onReplay: (share) => progress.report(REPLAYING, share),
    onPredict: (share) => progress.report(PREDICTING, share),
    ...(depth === undefined ? {} : { depth }),
    ...(tolerance === undefined ? {} : { tolerance }),
  });
  progress.end();
  surroundings.print(flags.has('json') ? `${JSON.stringify(report, undefined, 2)}\n` : verifyText(report));
  if (!report.agrees) throw new PlanError('prediction and measurement do not agree');
}
