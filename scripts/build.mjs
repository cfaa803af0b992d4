// Builds every entry point with esbuild: the server, its worker scripts, benchmarks and tests. Bundling lets constants of the
// layout files become literals in the hot paths, and makes `npm start` on a fresh clone take about a second to build.
// usage: node scripts/build.mjs [--out DIR]
import { chmodSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

/**
 * `import { script, style } from 'page:tools/plan/report/page/page.ts'`: a page's code and style sheets, bundled for browsers, as text.
 * Whatever they import comes along, from node_modules too: the page needs no other file and no other host.
 */
const pages = {
  name: 'pages',
  setup(builder) {
    builder.onResolve({ filter: /^page:/ }, ({ path }) => ({ path: path.slice('page:'.length), namespace: 'page' }));
    builder.onLoad({ filter: /.*/, namespace: 'page' }, async ({ path }) => {
      const { outputFiles } = await build({
        absWorkingDir: root,
        entryPoints: [path],
        outdir: 'page',
        write: false,
        bundle: true,
        minify: true,
        format: 'iife',
        platform: 'browser',
        target: 'es2022',
        charset: 'utf8',
        logLevel: 'warning',
      });
      const text = (ending) => outputFiles.find((file) => file.path.endsWith(ending))?.text ?? '';
      const exports = { script: text('.js'), style: text('.css') };
      return {
        contents: Object.entries(exports)
          .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`)
          .join('\n'),
      };
    });
  },
};

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
    plugins: [pages],
    sourcemap: 'linked',
    minifySyntax: true,
    keepNames: false,
    chunkNames: 'chunks/[name]-[hash]',
    logLevel: 'warning',
  });
  writeLauncher(outdir);
}

/**
 * libuv sizes its thread pool, which carries every read from the cold tier, when it is first used, and Node's loader of ES modules has
 * used it before an ES module's first line runs. So dist/threads/main.js is a CommonJS script that sets the size and then loads the
 * server proper; what else lies directly in dist/threads gets the ending that makes it an ES module all the same.
 */
function writeLauncher(outdir) {
  const threads = join(outdir, 'threads');
  if (!statSync(join(threads, 'main.js'), { throwIfNoEntry: false })) return;
  for (const entry of readdirSync(threads, { withFileTypes: true })) {
    if (entry.isFile() && entry.name.endsWith('.js'))
      renameSync(join(threads, entry.name), join(threads, entry.name.replace(/js$/, 'mjs')));
    else if (entry.isDirectory()) writeFileSync(join(threads, entry.name, 'package.json'), '{ "type": "module" }\n');
  }
  writeFileSync(join(threads, 'package.json'), '{ "type": "commonjs" }\n');
  const launcher = [
    '#!/usr/bin/env node',
    "'use strict';",
    '// See scripts/build.mjs. Reads from the cold tier wait for the device here, 16 of them at a time.',
    "process.env.UV_THREADPOOL_SIZE ??= '16';",
    "import('./main.mjs');",
    '',
  ];
  writeFileSync(join(threads, 'main.js'), launcher.join('\n'));
  chmodSync(join(threads, 'main.js'), 0o755);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf('--out');
  await buildAll(at > 0 ? process.argv[at + 1] : undefined);
}
