import { readdirSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { ConfFileMissing, type ConfFiles } from './conf-file.ts';
import { isPattern, matches } from './pattern.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  EISDIR: 'Is a directory',
  ENOTDIR: 'Not a directory',
};

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder === '' ? '.' : folder).sort();
  } catch {
    return [];
  }
}

/** Configuration files of this machine. */
export const diskFiles: ConfFiles = {
  read(path) {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      throw new ConfFileMissing(`Fatal error, can't open config file '${path}': ${reasons[code] ?? code}`);
    }
  },
  expand(pattern) {
    let folders = [isAbsolute(pattern) ? '/' : ''];
    const parts = pattern.split('/').filter((part) => part !== '');
    for (const part of parts) {
      folders = folders.flatMap((folder) => {
        if (!isPattern(part)) return [join(folder, part)];
        const visible = entries(folder).filter((name) => !name.startsWith('.') || part.startsWith('.'));
        return visible.filter((name) => matches(part, name, false)).map((name) => join(folder, name));
      });
    }
    return folders;
  },
};
