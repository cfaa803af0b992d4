// Runs every built test file, or those whose path contains one of the given words, with Node's own test runner.
// usage: npm test [-- word ...]
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
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
const TEST_TIMEOUT = words.length === 0 ? 600_000 : 3_600_000;
/**
 * Files at a time. Node's own default leaves a core out: with two cores it would run one file after the other, each waiting for its
 * servers most of the time.
 */
const CONCURRENCY = Math.max(2, availableParallelism());
const args = [
  '--enable-source-maps',
  '--test',
  `--test-concurrency=${CONCURRENCY}`,
  `--test-timeout=${TEST_TIMEOUT}`,
  '--test-reporter=spec',
  ...files.map((path) => join(root, path)),
];
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
process.exit(status ?? 1);
