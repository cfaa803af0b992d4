import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Full path of a program on PATH, or undefined. */
export function findProgram(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {}
  }
  return undefined;
}

/** For `test(name, { skip })`: false when all programs are there, else which Debian package to install. */
export function missingPrograms(packages: Readonly<Record<string, string>>): string | false {
  const missing = Object.entries(packages).filter(([program]) => findProgram(program) === undefined);
  if (missing.length === 0) return false;
  const names = missing.map(([program, debianPackage]) => `${program} (Debian package ${debianPackage})`);
  return `not installed: ${names.join(', ')}`;
}
