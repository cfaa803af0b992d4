import { readFileSync } from 'node:fs';
import type { DeviceProfile, DeviceReads } from '../../plan.ts';
import { PlanError } from '../../plan-error.ts';

/** One drive write per day for five years, as data-centre drives for mixed use are rated. No probe can measure it. */
export const ASSUMED_ENDURANCE_WRITES = 1825;

const assumedReads = (depth: number, iops: number, meanUs: number, p50Us: number, p99Us: number): DeviceReads => ({
  depth,
  iops,
  meanUs,
  p50Us,
  p99Us,
});

/** What is planned with as long as nobody has probed: a data-centre NVMe drive of the middle class, as data sheets and reviews have them; not measured by us. */
export const assumedDevice: DeviceProfile = {
  name: 'assumed: a data-centre NVMe drive (measure yours with `stratakv-plan probe`)',
  readBytes: 4096,
  reads: [
    assumedReads(1, 11_000, 90, 85, 130),
    assumedReads(2, 22_000, 90, 86, 140),
    assumedReads(4, 43_000, 92, 87, 160),
    assumedReads(8, 83_000, 95, 89, 200),
    assumedReads(16, 155_000, 102, 94, 270),
    assumedReads(32, 270_000, 117, 105, 370),
    assumedReads(64, 420_000, 150, 130, 550),
  ],
  writeBytesPerSecond: 1.2e9,
  enduranceWrites: ASSUMED_ENDURANCE_WRITES,
};

/** A profile from a file that `probe` wrote. Throws a PlanError that names the file and what is wrong with it. */
export function readDeviceProfile(path: string): DeviceProfile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new PlanError(`cannot read the device profile: ${error instanceof Error ? error.message : String(error)}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new PlanError(`${path} is no device profile: not JSON`);
  }
  const problem = problemOf(value);
  if (problem !== undefined) throw new PlanError(`${path} is no device profile: ${problem}`);
  return value as DeviceProfile;
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const isPositive = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value > 0;

function problemOf(value: unknown): string | undefined {
  const profile = fieldsOf(value);
  if (typeof profile.name !== 'string') return 'name is no text';
  for (const field of ['readBytes', 'writeBytesPerSecond', 'enduranceWrites'])
    if (!isPositive(profile[field])) return `${field} is no positive number`;
  const { reads } = profile;
  if (!Array.isArray(reads) || reads.length === 0) return 'reads is no list of depths';
  let depth = 0;
  for (const [n, entry] of reads.entries()) {
    const row = fieldsOf(entry);
    for (const field of ['depth', 'iops', 'meanUs', 'p50Us', 'p99Us'])
      if (!isPositive(row[field])) return `reads[${n}].${field} is no positive number`;
    if (Number(row.depth) <= depth) return `reads[${n}].depth is not larger than the one before`;
    depth = Number(row.depth);
  }
  return undefined;
}
