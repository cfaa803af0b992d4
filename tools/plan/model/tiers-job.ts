import {
  FROM_DISK,
  FROM_RAM,
  MISSED,
  type SimulatedTierPolicy,
  TwoTierSimulator,
} from '../../../tiers/policy/simulator/two-tiers.ts';
import { type Configuration, OP_DELETE, OP_READ } from '../plan.ts';
import { diskRoomBytes, objectRamBytes, ramRoomBytes, recordBytes } from './accounting.ts';
import { TraceClock } from './clock.ts';
import { indexRamBytes, sampledIndexBytes } from './index-bytes.ts';
import { type Counts, type JobShare, newCounts, rateOf, visitRequests } from './jobs.ts';

/** A miniature of the server: tiers as much smaller as the sample is, the sample's requests, the server's twin (Waldspurger et al., ATC 2017). */
export function runTiers(
  share: JobShare,
  policy: SimulatedTierPolicy,
  configuration: Configuration,
  part: number,
): Counts {
  const { trace, options } = share;
  const { keys, ops, valueBytes, keyBytes } = trace;
  const rate = rateOf(trace, part);
  const tiered = configuration.nvmeBytes > 0;
  const simulator = new TwoTierSimulator(ramRoomBytes(configuration.ramBytes) * rate, trace.keyCount, {
    policy,
    admission: options.admission,
    diskBytes: tiered ? diskRoomBytes(configuration.nvmeBytes) * rate : 0,
    flushMs: options.flushMs,
    indexBytes: sampledIndexBytes(rate, trace.keyCount * 2),
  });
  const clock = new TraceClock(trace, options);
  const counts = newCounts();
  visitRequests(share, part, (i) => {
    const key = keys[i] ?? 0;
    const op = ops[i] ?? OP_READ;
    const nowMs = clock.atMs(i);
    simulator.advance(nowMs);
    counts.requests++;
    if (op === OP_DELETE) {
      simulator.remove(key);
      return;
    }
    if (op === OP_READ) {
      counts.reads++;
      const from = simulator.read(key);
      if (from === FROM_RAM) counts.ramHits++;
      else if (from === FROM_DISK) counts.nvmeHits++;
      if (from !== MISSED || !options.fillsOnMiss) return;
    }
    const name = keyBytes[key] ?? 0;
    const value = valueBytes[i] ?? 0;
    const expiryMs = op === OP_READ ? clock.fillExpiryMs(i, key, nowMs) : clock.expiryMs(i, key, nowMs);
    const expires = expiryMs !== Number.POSITIVE_INFINITY;
    simulator.write(key, objectRamBytes(name, value, expires), recordBytes(name, value, expires), expiryMs);
  });
  counts.nvmeReads = simulator.coldReads;
  counts.nvmeBytesWritten = simulator.bytesWritten;
  counts.indexBytes = indexRamBytes(simulator.entries / rate);
  return counts;
}
