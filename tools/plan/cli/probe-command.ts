import { probeDevice } from '../live/probe/probe.ts';
import type { DeviceProfile } from '../plan.ts';
import { PlanError } from '../plan-error.ts';
import { formatBytes, formatCount, formatUs } from '../report/format.ts';
import { harmless } from '../report/text/style.ts';
import type { Command, Surroundings } from './command.ts';
import type { ParsedFlags } from './flags.ts';
import { checkWritable, writeWhole } from './output.ts';
import { optional } from './trace-options.ts';
import { parseBytes, parseDurationUs } from './units.ts';

const MEASURING = 'measuring';

export const probeCommand: Command = {
  name: 'probe',
  usage: ['probe DIRECTORY [options]'],
  summary: 'Measures the drive below a directory: random reads at several depths, and writes. For plan --device.',
  groups: [
    {
      title: 'Options',
      flags: {
        out: { value: 'FILE', help: 'write the profile there, for --device; else it is printed as JSON' },
        size: { value: 'BYTES', help: 'of the file that is written and read (1gb); it is gone afterwards' },
        time: { value: 'TIME', help: 'for all of it (20s)' },
        quiet: { help: 'no progress bar' },
      },
    },
  ],
  examples: ['probe /var/lib/stratakv --out drive.json', 'plan trace.csv --device drive.json'],
  maxPositionals: 1,
  run,
};

async function run(flags: ParsedFlags, surroundings: Surroundings): Promise<void> {
  const [folder] = flags.positionals;
  if (folder === undefined) throw new PlanError('probe: which directory? stratakv-plan probe DIRECTORY');
  const out = flags.text('out');
  if (out !== undefined) checkWritable('--out', out, []);
  const bytes = optional(flags.text('size'), (word) => parseBytes(word, '--size'));
  const us = optional(flags.text('time'), (word) => parseDurationUs(word, '--time'));
  const progress = surroundings.progress([{ name: MEASURING, weight: 1 }]);
  const onProgress = progress.stage(MEASURING);
  const { profile, warnings } = await probeDevice(folder, {
    onProgress,
    signal: surroundings.signal,
    ...(bytes === undefined ? {} : { bytes }),
    ...(us === undefined ? {} : { seconds: us / 1e6 }),
  });
  progress.end();
  const json = `${JSON.stringify(profile, undefined, 2)}\n`;
  if (out === undefined) surroundings.print(json);
  else {
    writeWhole(out, json);
    surroundings.print(profileText(profile));
    surroundings.tell(`The profile is ${out}; plan with --device ${out}`);
  }
  for (const warning of warnings) surroundings.tell(`stratakv-plan: ${warning}`);
}

export function profileText(profile: DeviceProfile): string {
  const rows = [
    ['depth', 'reads/s', 'mean', 'p50', 'p99'],
    ...profile.reads.map(({ depth, iops, meanUs, p50Us, p99Us }) => [
      String(depth),
      formatCount(iops),
      formatUs(meanUs),
      formatUs(p50Us),
      formatUs(p99Us),
    ]),
  ];
  const lines = rows.map((row) => row.map((value) => value.padStart(9)).join(''));
  return [
    `${harmless(profile.name)}: random reads of ${formatBytes(profile.readBytes)}, writes ${formatBytes(profile.writeBytesPerSecond)}/s`,
    ...lines,
    '',
  ].join('\n');
}
