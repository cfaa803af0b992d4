import { generateTrace } from '../input/generate.ts';
import { parseSizes } from '../input/sizes.ts';
import { PlanError } from '../plan-error.ts';
import type { Command, Surroundings } from './command.ts';
import { plainSizes } from './describe-options.ts';
import type { ParsedFlags } from './flags.ts';
import { checkWritable } from './output.ts';
import { oneOf, optional } from './trace-options.ts';
import { parseCount, parseNumber } from './units.ts';

const WRITING = 'writing the trace';

export const generateCommand: Command = {
  name: 'generate',
  usage: ['generate --keys COUNT --requests COUNT --out FILE [options]'],
  summary: 'Writes a trace of independent requests with Zipf popularity; the same options give the same bytes.',
  groups: [
    {
      title: 'Options',
      flags: {
        keys: { value: 'COUNT', help: 'how many there are: 10m' },
        requests: { value: 'COUNT', help: 'how many are made: 100m' },
        skew: { value: 'NUMBER', help: 'of the popularity (0.99); 0: all keys alike' },
        size: { value: 'SIZES', help: 'of values: 512, uniform:100-2000, log-normal:MEDIAN,SIGMA (log-normal:300,1)' },
        rate: { value: 'REQUESTS', help: 'a second, by the times in the trace (10000)' },
        seed: { value: 'NUMBER', help: 'of the random numbers (1)' },
        format: { value: 'NAME', help: 'oracleGeneral or csv; else by the name of the file' },
        out: { value: 'FILE', help: 'where it goes; without it CSV goes to standard output' },
        quiet: { help: 'no progress bar' },
      },
    },
  ],
  examples: ['generate --keys 10m --requests 100m --seed 42 --out big.oracleGeneral'],
  maxPositionals: 0,
  run,
};

async function run(flags: ParsedFlags, surroundings: Surroundings): Promise<void> {
  const keys = flags.text('keys');
  const requests = flags.text('requests');
  if (keys === undefined || requests === undefined) throw new PlanError('generate: say how many --keys and --requests');
  const out = flags.text('out');
  if (out !== undefined) checkWritable('--out', out, []);
  const count = parseCount(requests, '--requests');
  const sizes = optional(flags.text('size'), (word) => parseSizes(plainSizes(word)));
  const requestsPerSecond = optional(flags.text('rate'), (word) => parseCount(word, '--rate'));
  const options = {
    requests: count,
    keys: parseCount(keys, '--keys'),
    skew: parseNumber(flags.text('skew') ?? '0.99', '--skew', true),
    seed: parseCount(flags.text('seed') ?? '1', '--seed', 0),
    format: formatOf(flags.text('format'), out),
    signal: surroundings.signal,
    ...(out === undefined ? {} : { out }),
    ...(sizes === undefined ? {} : { sizes }),
    ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
  };
  const progress = surroundings.progress([{ name: WRITING, weight: 1 }]);
  const onWrite = progress.stage(WRITING);
  await generateTrace(options, (written) => onWrite(written / count));
  progress.end();
}

function formatOf(given: string | undefined, out: string | undefined): 'oracle' | 'csv' {
  if (given !== undefined) return oneOf(given, ['oracleGeneral', 'csv'], '--format') === 'csv' ? 'csv' : 'oracle';
  return out === undefined || /\.csv$/i.test(out) ? 'csv' : 'oracle';
}
