import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own of that many MB, or undefined where it may not be made (no root). */
export function mountSmall(megabytes: number): string | undefined {
  const dir = mkdtempSync(join(tmpdir(), 'stratakv-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', dir], { stdio: 'ignore' });
    return dir;
  } catch {
    rmSync(dir, { recursive: true });
    return undefined;
  }
}

/** Gives a file system of `mountSmall` another size. */
export function resizeSmall(dir: string, megabytes: number): void {
  execFileSync('mount', ['-o', `remount,size=${megabytes}m`, dir]);
}

export function unmountSmall(dir: string): void {
  execFileSync('umount', [dir]);
  rmSync(dir, { recursive: true, force: true });
}
