import type { CommandContext } from '../context.ts';
import { humanBytes, percent, ratio } from './info/section.ts';

/** An entry of the shared index (docs/ARCHITECTURE.md). */
const entryBytes = 8;

type DatabaseFigures = readonly (readonly [name: string, bytes: number])[];

/** What MEMORY STATS answers, in Redis's order and under its names; bytes unless the name says otherwise. */
export function memoryStats({ server, keyspace }: CommandContext): (readonly [string, number | DatabaseFigures])[] {
  const { usedBytes, peakBytes, overheadBytes, committedBytes } = server.memory();
  const rss = process.memoryUsage.rss();
  const dataset = Math.max(0, usedBytes - overheadBytes);
  const clients = server.statistics.total('query_buffer_bytes') + server.statistics.total('output_buffer_bytes');
  let keys = 0;
  const databases: (readonly [string, DatabaseFigures])[] = [];
  for (let db = 0; db < server.config.values.databases; db++) {
    const size = keyspace.size(db);
    keys += size;
    if (size > 0) databases.push([`db.${db}`, databaseFigures(size, keyspace.expiresCount(db))]);
  }
  const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
  return [
    ['peak.allocated', peakBytes],
    ['total.allocated', usedBytes],
    ['startup.allocated', 0],
    ['replication.backlog', 0],
    ['clients.slaves', 0],
    ['clients.normal', clients],
    ['cluster.links', 0],
    ['aof.buffer', 0],
    ['lua.caches', 0],
    ['functions.caches', 0],
    ...databases,
    ['overhead.total', overheadBytes],
    ['keys.count', keys],
    ['keys.bytes-per-key', keys === 0 ? 0 : Math.floor(usedBytes / keys)],
    ['dataset.bytes', dataset],
    ['dataset.percentage', share(dataset * 100, usedBytes)],
    ['peak.percentage', share(usedBytes * 100, peakBytes)],
    ['allocator.allocated', usedBytes],
    ['allocator.active', committedBytes],
    ['allocator.resident', committedBytes],
    ['allocator-fragmentation.ratio', share(committedBytes, usedBytes)],
    ['allocator-fragmentation.bytes', Math.max(0, committedBytes - usedBytes)],
    ['allocator-rss.ratio', 1],
    ['allocator-rss.bytes', 0],
    ['rss-overhead.ratio', share(rss, committedBytes)],
    ['rss-overhead.bytes', rss - committedBytes],
    ['fragmentation', share(rss, usedBytes)],
    ['fragmentation.bytes', rss - usedBytes],
  ];
}

function databaseFigures(keys: number, expires: number): DatabaseFigures {
  return [
    ['overhead.hashtable.main', keys * entryBytes],
    ['overhead.hashtable.expires', expires * entryBytes],
    ['overhead.hashtable.slot-to-keys', 0],
  ];
}

/** Below this nothing that can be said about memory is interesting. */
const smallBytes = 5 * 2 ** 20;
const highFragmentation = 1.4;
const highPeak = 1.5;

/** MEMORY DOCTOR: findings in plain words. */
export function doctorReport({ server }: CommandContext): string {
  const { usedBytes, peakBytes, committedBytes } = server.memory();
  if (usedBytes < smallBytes) return 'The hot tier is nearly empty: there is nothing to examine yet.\n';
  const findings: string[] = [];
  if (peakBytes > usedBytes * highPeak) {
    findings.push(
      `Peak: memory in use was once ${ratio(peakBytes, usedBytes)} times what it is now (${humanBytes(peakBytes)}).`,
    );
  }
  if (committedBytes > usedBytes * highFragmentation) {
    findings.push(`Fragmentation: slabs hold ${humanBytes(committedBytes)} for ${humanBytes(usedBytes)} in use.`);
  }
  const limit = Number(server.config.values.maxmemory);
  if (limit > 0 && usedBytes > limit) {
    findings.push(`Limit: ${percent(usedBytes, limit)} of maxmemory is in use; demotion does not keep up with writes.`);
  }
  if (findings.length === 0) return 'Memory looks healthy.\n';
  return findings.map((finding) => `* ${finding}\n`).join('');
}

/** MEMORY MALLOC-STATS: the arena's figures as text. */
export function mallocStats({ server }: CommandContext): string {
  const { usedBytes, peakBytes, overheadBytes, committedBytes, reservedBytes } = server.memory();
  const rows: readonly (readonly [string, number])[] = [
    ['in use', usedBytes],
    ['of which index and bookkeeping', overheadBytes],
    ['peak in use', peakBytes],
    ['held by slabs and large blocks', committedBytes],
    ['reserved address space', reservedBytes],
  ];
  const lines = rows.map(([name, bytes]) => `${name.padEnd(32)}${String(bytes).padStart(16)}  ${humanBytes(bytes)}\n`);
  return `StrataKV arena (bytes)\n${lines.join('')}`;
}
