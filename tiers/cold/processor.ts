import { readFileSync } from 'node:fs';

/**
 * The binary of `@nxtedition/rocksdb` for Linux on x64 is compiled for AMD's first Zen. An older processor would end the process by SIGILL at
 * some later time, so it is asked first. Of what Zen has beyond Intel's Haswell (SHA, SSE4a, CLZERO) compilers make no use by themselves.
 */
const NEEDED = ['avx2', 'bmi1', 'bmi2', 'fma', 'movbe', 'f16c', 'abm', 'popcnt'] as const;

/** Whether a processor with these flags, as /proc/cpuinfo lists them, runs that binary. */
export function flagsRunNxt(cpuinfo: string): boolean {
  const flags = new Set(/^flags\s*:\s*(.*)$/m.exec(cpuinfo)?.[1]?.split(/\s+/));
  return NEEDED.every((flag) => flags.has(flag));
}

let known: boolean | undefined;

/** Whether this machine's processor does. Elsewhere than on Linux on x64: as far as anybody can tell. */
export function processorRunsNxt(): boolean {
  known ??= process.platform !== 'linux' || process.arch !== 'x64' || flagsRunNxt(cpuinfo());
  return known;
}

function cpuinfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'latin1');
  } catch {
    return '';
  }
}
