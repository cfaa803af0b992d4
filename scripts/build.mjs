// Builds every entry point with esbuild: the server, its worker scripts, benchmarks and tests. Bundling lets constants of the
// layout files become literals in the hot paths, and makes `npm start` on a fresh clone take about a second to build.
// usage: node scripts/build.mjs [--out DIR]
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const root = fileURLToPath(new URL('..', import.meta.url));
const rooms = ['protocol', 'tiers', 'engine', 'threads', 'bench', 'tools', 'test'];

/** Every file below `folder` whose name ends with `suffix`, as paths relative to the project. */
export function filesBelow(folder, suffix) {
  const found = [];
  const walk = (relative) => {
    for (const entry of readdirSync(join(root, relative), { withFileTypes: true })) {
      const path = `${relative}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else if (entry.name.endsWith(suffix)) found.push(path);
    }
  };
  if (statSync(join(root, folder), { throwIfNoEntry: false })?.isDirectory()) walk(folder);
  return found.sort();
}

/** Entry points: tests, everything named `main.ts` or `*.entry.ts`, and the top-level scripts of bench/ and tools/. */
function entryPoints() {
  const all = rooms.flatMap((room) => filesBelow(room, '.ts'));
  return all.filter(
    (path) =>
      path.endsWith('.test.ts') ||
      path.endsWith('.entry.ts') ||
      path.endsWith('/main.ts') ||
      path === 'test/redis-suite/run.ts' ||
      /^(bench|tools)\/[^/]+\.ts$/.test(path),
  );
}

export async function buildAll(outdir = join(root, 'dist')) {
  rmSync(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: entryPoints(),
    outdir,
    outbase: '.',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'linked',
    minifySyntax: true,
    keepNames: false,
    chunkNames: 'chunks/[name]-[hash]',
    logLevel: 'warning',
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf('--out');
  await buildAll(at > 0 ? process.argv[at + 1] : undefined);
}
