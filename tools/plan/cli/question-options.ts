import { readFileSync } from 'node:fs';
import type { Plan, PlanQuestion, PlanTarget, WorkloadFacts } from '../plan.ts';
import { PlanError } from '../plan-error.ts';
import type { Flags, ParsedFlags } from './flags.ts';
import { defaultSizes } from './sizes.ts';
import { optional } from './trace-options.ts';
import { parseCount, parseDurationUs, parseNumber, parseShare, parseSizes } from './units.ts';

export const sizeFlags: Flags = {
  ram: { value: 'SIZES', help: '1gb..16gb (doubling), 1gb..16gb:9 (nine sizes) or 1gb,4gb' },
  nvme: { value: 'SIZES', help: 'the same; 0 is a server without a cold tier: 0,10gb..200gb' },
};

export const targetFlags: Flags = {
  'hit-ratio': { value: 'SHARE', help: 'of the reads that RAM and NVMe answer: 0.95 or 95%' },
  'ram-hit-ratio': { value: 'SHARE', help: 'of the reads that RAM answers' },
  mean: { value: 'TIME', help: 'latency on average, misses included: 500us' },
  p99: { value: 'TIME', help: 'latency that 99 of 100 reads keep: 2ms' },
  'drive-life': { value: 'YEARS', help: 'that the rated writes of the drive last (3)' },
};

export const assumptionFlags: Flags = {
  rate: { value: 'REQUESTS', help: 'a second; else as the workload came' },
  prices: { value: 'FILE', help: 'JSON: what RAM, NVMe, cores and misses cost' },
  device: { value: 'FILE', help: 'the drive, as `stratakv-plan probe` measured it' },
  origin: { value: 'TIME[,P99]', help: 'what a miss takes at the origin: 5ms,20ms' },
  'ram-latency': { value: 'TIME[,P99]', help: 'what a hit in RAM takes: 120us,450us' },
  'write-amplification': { value: 'N', help: 'bytes that reach the drive for each that is written' },
  cores: { value: 'COUNT', help: 'of the machine' },
};

/** The question but for sizes that were not given: those follow from the workload. */
export type OpenQuestion = Omit<PlanQuestion, 'source' | 'ramBytes' | 'nvmeBytes'> & {
  readonly ramBytes: readonly number[] | undefined;
  readonly nvmeBytes: readonly number[] | undefined;
};

/** Reads all of it, files included, before any long work. @throws PlanError */
export function readQuestion(flags: ParsedFlags, files: QuestionFiles): OpenQuestion {
  const ramBytes = optional(flags.text('ram'), (word) => parseSizes(word, '--ram'));
  if (ramBytes?.[0] === 0) throw new PlanError('--ram: 0 bytes of RAM hold nothing');
  return {
    ramBytes,
    nvmeBytes: optional(flags.text('nvme'), (word) => parseSizes(word, '--nvme')),
    target: readTarget(flags),
    prices: optional(flags.text('prices'), (path) => files.prices(readText(path, '--prices'), path)),
    device: optional(flags.text('device'), (path) => files.device(readText(path, '--device'), path)),
    requestsPerSecond: optional(flags.text('rate'), (word) => parseCount(word, '--rate')),
    assumptions: readAssumptions(flags),
  };
}

/** How the files' texts are understood; both throw PlanErrors that name the file. */
export interface QuestionFiles {
  prices(text: string, path: string): NonNullable<PlanQuestion['prices']>;
  device(text: string, path: string): NonNullable<PlanQuestion['device']>;
}

function readTarget(flags: ParsedFlags): PlanTarget {
  return {
    hitRatio: optional(flags.text('hit-ratio'), (word) => parseShare(word, '--hit-ratio')),
    ramHitRatio: optional(flags.text('ram-hit-ratio'), (word) => parseShare(word, '--ram-hit-ratio')),
    meanUs: optional(flags.text('mean'), (word) => parseDurationUs(word, '--mean')),
    p99Us: optional(flags.text('p99'), (word) => parseDurationUs(word, '--p99')),
    driveYears: optional(flags.text('drive-life'), (word) => parseNumber(word.replace(/y$/, ''), '--drive-life', true)),
  };
}

function readAssumptions(flags: ParsedFlags): PlanQuestion['assumptions'] {
  const originLatencyUs = optional(flags.text('origin'), (word) => parseLatency(word, '--origin'));
  const ramLatencyUs = optional(flags.text('ram-latency'), (word) => parseLatency(word, '--ram-latency'));
  const writeAmplification = optional(flags.text('write-amplification'), (word) =>
    parseNumber(word, '--write-amplification'),
  );
  const cores = optional(flags.text('cores'), (word) => parseNumber(word, '--cores'));
  return {
    ...(originLatencyUs === undefined ? {} : { originLatencyUs }),
    ...(ramLatencyUs === undefined ? {} : { ramLatencyUs }),
    ...(writeAmplification === undefined ? {} : { writeAmplification }),
    ...(cores === undefined ? {} : { cores }),
  };
}

/** `5ms`, or `5ms,20ms` with the p99; without it four times the mean, as queues and networks make it. */
function parseLatency(word: string, what: string): { readonly mean: number; readonly p99: number } {
  const [first = '', second, ...others] = word.split(',');
  if (others.length > 0) throw new PlanError(`${what}: \`${word}\` has more than a mean and a p99`);
  const mean = parseDurationUs(first, what);
  const p99 = second === undefined ? 4 * mean : parseDurationUs(second, what);
  if (p99 < mean) throw new PlanError(`${what}: the p99 (${second}) is below the mean (${first})`);
  return { mean, p99 };
}

function readText(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new PlanError(`${what}: ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** With the sizes that follow from the workload where none were given. */
export function closeQuestion(open: OpenQuestion, source: Plan['source'], facts: WorkloadFacts): PlanQuestion {
  const sizes = defaultSizes(facts);
  return { ...open, source, ramBytes: open.ramBytes ?? sizes.ramBytes, nvmeBytes: open.nvmeBytes ?? sizes.nvmeBytes };
}
