import type { DeviceProfile, DeviceReads } from '../../plan.ts';

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
