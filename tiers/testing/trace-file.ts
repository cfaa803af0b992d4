import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where a trace that is not ours to ship lies: in $STRATAKV_TRACES, or in `shared/traces` beside the project; undefined if nowhere. */
export function findTrace(file: string): string | undefined {
  let root = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(root, 'package.json')) && dirname(root) !== root) root = dirname(root);
  const folders = [process.env.STRATAKV_TRACES ?? '', join(root, '..', 'shared', 'traces')];
  return folders.map((folder) => join(folder, file)).find((path) => existsSync(path));
}
