import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const V1 = '/sys/fs/cgroup/memory';
const V2 = '/sys/fs/cgroup';

/** A memory cgroup of our own: page cache and process memory of whoever runs in it are bounded together. */
export interface MemoryCgroup {
  version: 1 | 2;
  folder: string;
  /** Moves the process, and with it what it starts, under the limit. */
  procsFile: string;
  peakBytes(): number;
  /** Removes the group; its processes must have ended. */
  remove(): void;
}

/** Creates a group below this process's own, or says why the machine does not let us. */
export function createMemoryCgroup(name: string, limitBytes: number): MemoryCgroup | { refused: string } {
  const version = existsSync(join(V1, 'memory.limit_in_bytes')) ? 1 : 2;
  let folder: string | undefined;
  try {
    const parent = version === 1 ? ownV1Folder() : V2;
    if (version === 2 && !readFileSync(join(parent, 'cgroup.subtree_control'), 'utf8').includes('memory')) {
      return { refused: 'cgroup v2 does not hand its memory controller to children here' };
    }
    removeAbandoned(parent, name.replace(/\d+$/, ''));
    folder = join(parent, name);
    mkdirSync(folder);
    writeFileSync(join(folder, version === 1 ? 'memory.limit_in_bytes' : 'memory.max'), String(limitBytes));
    const made = folder;
    const peakFile = join(made, version === 1 ? 'memory.max_usage_in_bytes' : 'memory.peak');
    return {
      version,
      folder: made,
      procsFile: join(made, 'cgroup.procs'),
      peakBytes: () => (existsSync(peakFile) ? Number(readFileSync(peakFile, 'utf8')) : Number.NaN),
      remove: () => rmdirSync(made),
    };
  } catch (error) {
    if (folder !== undefined && existsSync(folder)) rmdirSync(folder);
    return { refused: error instanceof Error ? error.message : String(error) };
  }
}

/** Groups that a killed benchmark left behind; those in use refuse to go. */
function removeAbandoned(parent: string, prefix: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(prefix)) continue;
    try {
      rmdirSync(join(parent, name));
    } catch {
      // Its processes live: another benchmark is running.
    }
  }
}

/** This process's group in the v1 memory hierarchy; its mount's root where a container hides the path. */
function ownV1Folder(): string {
  const line = readFileSync('/proc/self/cgroup', 'utf8')
    .split('\n')
    .find((entry) => entry.split(':')[1]?.split(',').includes('memory'));
  const own = join(V1, line?.split(':')[2] ?? '');
  return existsSync(own) ? own : V1;
}
