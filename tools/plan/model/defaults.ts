import { availableParallelism } from 'node:os';
import type { Assumptions, Prices } from '../plan.ts';

/**
 * What a gibibyte and a core cost a month when nobody says otherwise, in dollars: about what the large clouds ask on demand in their cheapest regions.
 * A memory-optimized machine (AWS r7g.xlarge: 4 cores, 32 GiB, $0.2142 an hour in us-east-1) against a general one (m7g.xlarge: 4 cores, 16 GiB, $0.1632) makes
 * $2.33 for a GiB of RAM and $20.5 for a core; i4g.xlarge (4 cores, 32 GiB, 937 GB of NVMe, $0.30888) against r7g makes $0.08 for a GiB of NVMe. A million
 * reads of the origin: DynamoDB on demand, $0.125 in the same region, eventually consistent reads at half of it are not counted on. List prices of 2024, rounded:
 * they are there to compare configurations with, not to write bills.
 */
export const assumedPrices: Prices = {
  currency: 'USD',
  ramGib: 2.35,
  nvmeGib: 0.08,
  core: 20.5,
  originMillionReads: 0.125,
};

/**
 * Latencies of hits as a client on the same network sees them: 50 connections without pipelining on two cores (docs/BENCHMARKS.md: GET P=1, p50 0.58 ms at full
 * load) have waited for one another most of the time; at the load that one plans for it is a network round trip and the server's 20 us. The origin is
 * a database that reads an index and a row.
 */
export const RAM_LATENCY_US = { mean: 200, p99: 600 } as const;
export const ORIGIN_LATENCY_US = { mean: 5_000, p99: 20_000 } as const;

/** Bytes written by the process over bytes of records: universal compaction of a set of keys that is overwritten (INFO `write_amplification`). */
export const WRITE_AMPLIFICATION = 4;

/** docs/BENCHMARKS.md: GET without pipelining, one thread, 17.7 us; uniform reads, of which 85 % are cold, 107 us, so (107 - 0.15 x 18) / 0.85 each. */
export const CPU_US_PER_HIT = 18;
export const CPU_US_PER_COLD_READ = 123;

/** Part of a core's time that is planned with. */
export const CPU_SHARE = 0.7;

/** Requests a second where nobody knows: the workload has no times, and nobody said. */
export const ASSUMED_REQUESTS_PER_SECOND = 10_000;

/** A plan needs a drive that lasts as long as drives are usually written off, in years. */
export const DRIVE_YEARS = 3;

export const assumedCores = (): Assumptions['cores'] => availableParallelism();
