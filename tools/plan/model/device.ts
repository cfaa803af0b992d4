import { assert } from '../../../tiers/base/assert.ts';
import { defaultEngineOptions } from '../../../tiers/cold/options.ts';
import type { DeviceProfile, DeviceReads } from '../plan.ts';

/** Part of what a device can do that is planned with: above it queues grow quickly, and compactions need the rest. */
export const DEVICE_SHARE = 0.9;

/** How a device answers reads that come at some rate. */
export interface ReadTimes {
  readonly meanUs: number;
  readonly p99Us: number;
  /** Reads over what the device can do; 1 and more: they cannot be had. */
  readonly utilization: number;
}

/**
 * Bytes that RocksDB reads for a record: a block ends with the record that makes it large enough, so it is half a record larger than it has to be. Index and
 * filters are in RAM, and nothing is hoped for from the page cache.
 */
export function bytesPerRead(recordBytes: number): number {
  const { blockBytes } = defaultEngineOptions;
  return recordBytes >= blockBytes ? recordBytes : blockBytes + recordBytes / 2;
}

/** A record in reads of the profile's size: a large one costs the device as many as it has bytes for. */
export function readsPerRecord(device: DeviceProfile, recordBytes: number): number {
  return Math.max(1, recordBytes / device.readBytes);
}

/** The most reads a second that the profile has. */
export function mostIops(device: DeviceProfile): number {
  return Math.max(...device.reads.map(({ iops }) => iops));
}

/**
 * Times of reads that come at random, `iops` of them a second. The profile tells how long reads take at the depth that keeps up with as many (Little's law: depth
 * = rate x time); between two depths what lies between. It was measured with a fixed number of reads under way; those that come at random also wait for one
 * another: M/M/c by Sakasegawa's formula (1977), c being the depth with the most reads a second.
 */
export function readTimes(device: DeviceProfile, iops: number): ReadTimes {
  const { reads } = device;
  const most = mostIops(device);
  const utilization = iops / most;
  const best = reads.find((row) => row.iops === most) ?? reads[0];
  assert(best !== undefined, 'a profile has reads');
  const { meanUs, p99Us } = between(reads, iops);
  const busy = Math.min(0.999, utilization);
  const waitUs = (busy ** (Math.sqrt(2 * (best.depth + 1)) - 1) / (1 - busy) / most) * 1e6;
  // The wait's tail is exponential: one in a hundred waits ln 100 times the mean.
  return { meanUs: meanUs + waitUs, p99Us: p99Us + waitUs * Math.log(100), utilization };
}

function between(reads: readonly DeviceReads[], iops: number): { readonly meanUs: number; readonly p99Us: number } {
  let below: DeviceReads | undefined;
  for (const row of reads) {
    if (row.iops >= iops) {
      if (below === undefined) return row;
      const part = (iops - below.iops) / (row.iops - below.iops);
      return {
        meanUs: below.meanUs + (row.meanUs - below.meanUs) * part,
        p99Us: below.p99Us + (row.p99Us - below.p99Us) * part,
      };
    }
    if (below === undefined || row.iops > below.iops) below = row;
  }
  return below ?? { meanUs: 0, p99Us: 0 };
}
