// Brings a clone to the point where dist/ can run: installs packages and builds, and skips what is already done.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const modifiedAt = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 11)) {
  console.error(
    `StrataKV needs Node 20.11 or later; this is ${process.versions.node}. Install a newer Node and try again.`,
  );
  process.exit(1);
}

function newestSource() {
  let newest = Math.max(modifiedAt('package.json'), modifiedAt('scripts/build.mjs'));
  const walk = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (/\.(ts|css)$/.test(entry.name)) newest = Math.max(newest, modifiedAt(path));
    }
    newest = Math.max(newest, modifiedAt(folder));
  };
  for (const room of ['protocol', 'tiers', 'engine', 'threads', 'bench', 'tools', 'test'])
    if (existsSync(join(root, room))) walk(room);
  return newest;
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) {
    console.error(
      `\`${command} ${args.join(' ')}\` failed${error ? `: ${error.message}` : ''}; mend what it says above and try again.`,
    );
    process.exit(1);
  }
}

if (modifiedAt('node_modules/.package-lock.json') < modifiedAt('package-lock.json')) {
  // Not `npm ci`: it refuses a lock file that lacks the binaries of platforms which a registry's mirror does not carry.
  run('npm', ['install', '--no-audit', '--no-fund', '--no-save']);
}
if (modifiedAt('dist/threads/main.js') < newestSource()) run(process.execPath, ['scripts/build.mjs']);
