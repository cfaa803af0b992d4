// Measures the device below the temporary folder with the planner's probe, and then with fio: depth, reads per second of both, their ratio, mean and p99 in us.
// usage: node dist/test/plan/probe-and-fio.entry.js
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFio, measureDevice } from '../../bench/support/fio.ts';
import { probeDevice } from '../../tools/plan/live/probe/probe.ts';

const folder = mkdtempSync(join(tmpdir(), 'stratakv-fio-'));
try {
  const probed = await probeDevice(folder, { seconds: 20 });
  console.log(JSON.stringify(probed, null, 1));
  const fio = findFio();
  if (fio === undefined) throw new Error('no fio');
  const found = await measureDevice(fio.path, {
    folder,
    fileBytes: 2 ** 30,
    runMs: 2000,
    depths: probed.profile.reads.map(({ depth }) => depth),
  });
  for (const [n, row] of found.entries()) {
    const own = probed.profile.reads[n];
    console.log(
      row.depth,
      own?.iops,
      Math.round(row.iops),
      ((own?.iops ?? 0) / row.iops).toFixed(2),
      own?.meanUs,
      row.meanUs.toFixed(1),
      own?.p99Us,
      row.p99Us,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
