// Runs every built test file, or those whose path contains one of the given words, with Node's own test runner.
// usage: npm test [-- word ...]
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { filesBelow, root } from './build.mjs';

const words = process.argv.slice(2);
const files = [...filesBelow('dist', '.test.js'), ...filesBelow('dist', '.test.mjs')].filter(
  (path) => words.length === 0 || words.some((word) => path.includes(word)),
);
if (files.length === 0) {
  console.error(`No test file matches ${words.join(', ')}.`);
  process.exit(1);
}
/**
 * A file whose process does not end fails with its name instead of holding up the run for ever. In ms; Node 20 counts it for the whole
 * file. Chosen files may be told to take long (STRATAKV_KILL_ROUNDS), and then somebody looks on.
 */
const TEST_TIMEOUT = words.length === 0 ? 300_000 : 3_600_000;
const args = [
  '--enable-source-maps',
  '--test',
  `--test-timeout=${TEST_TIMEOUT}`,
  '--test-reporter=spec',
  ...files.map((path) => join(root, path)),
];
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
process.exit(status ?? 1);
