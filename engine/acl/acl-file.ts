import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  EISDIR: 'Is a directory',
  ENOTDIR: 'Not a directory',
};

/** What an ACL file says, one character per byte; or why it cannot be read, in Redis's words. */
export function readAclFile(path: string): { readonly text: string } | { readonly error: string } {
  try {
    return { text: readFileSync(path, 'latin1') };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return { error: `Error loading ACLs, opening file '${path}': ${reasons[code] ?? code}` };
  }
}

/** That of the file that is there; hashes of passwords are nobody else's business without one. */
function modeOf(path: string): number {
  return (statSync(path, { throwIfNoEntry: false })?.mode ?? 0o600) & 0o777;
}

/** Replaces an ACL file whole, so that a crash leaves the old one or the new one. Throws what the file system throws. */
export function writeAclFile(path: string, lines: readonly string[]): void {
  const temporary = `${path}.tmp-${process.pid}-${Date.now()}`;
  try {
    writeFileSync(temporary, lines.map((line) => `${line}\n`).join(''), {
      encoding: 'latin1',
      mode: modeOf(path),
      flush: true,
    });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
