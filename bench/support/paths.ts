import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function ancestorWith(marker: string): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, marker))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no folder above ${import.meta.url} holds ${marker}`);
    folder = parent;
  }
  return folder;
}

/** The built tree that this code runs from: bundling moves code into chunks, so no fixed relative path leads there. */
export const distFolder = (): string => ancestorWith('bench/load-worker.entry.js');
export const projectFolder = (): string => ancestorWith('package.json');
