// Runs units of Redis's own test suite against a fresh server each, and compares test by test with expected.json.
// One unit with a build of one's own: node scripts/build.mjs --out .dist-mine && node .dist-mine/test/redis-suite/run.js unit/type/hash
// usage: npm run test:redis-suite [-- [--server stratakv|redis] [--storage flash|none] [--update] [--optional] [--verbose] [unit ...]]
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Directives, launch, type ServerKind } from '../support/launch.ts';
import { projectRoot } from '../support/project.ts';
import { type Expectations, grow, judge, reasonFor, type UnitResult, type Verdict } from './ratchet.ts';
import { obtainSuite, SuiteUnavailable } from './source.ts';
import { runUnit } from './test-server.ts';

/** Tests of commands that do not exist yet wait for what never comes: units of lists and sorted sets take minutes. */
const UNIT_TIMEOUT_MS = 600_000;
const EXIT_UNAVAILABLE = 2;
const expectedPath = join(projectRoot, 'test', 'redis-suite', 'expected.json');

/** Units whose tests tagged `slow` take seconds, not minutes, and so run too. */
const UNITS_WITH_SLOW_TESTS = new Set([
  'unit/type/string',
  'unit/type/list-2',
  'unit/type/list-3',
  'unit/type/zset',
  'unit/sort',
]);

/** What the suite's own start-up file sets (tests/assets/default.conf), as far as it matters to these units. */
const SERVER_DIRECTIVES: Record<ServerKind, Directives> = {
  redis: { 'enable-debug-command': 'yes', 'latency-tracking': 'yes' },
  stratakv: { 'enable-debug-command': 'yes', 'latency-tracking': 'yes' },
};

/** Our server runs as it does by default, with both tiers, or without a cold one. */
const STORAGE_DIRECTIVES: Record<Storage, Directives> = {
  flash: { 'storage-provider': ['flash', './flash'] },
  none: {},
};

type Storage = 'flash' | 'none';

interface Options {
  readonly storage: Storage;
  readonly server: ServerKind;
  readonly update: boolean;
  readonly optional: boolean;
  readonly verbose: boolean;
  readonly units: readonly string[];
}

function readOptions(expectations: Expectations): Options {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      server: { type: 'string', default: 'stratakv' },
      storage: { type: 'string', default: 'flash' },
      update: { type: 'boolean', default: false },
      optional: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
    },
  });
  if (values.server !== 'stratakv' && values.server !== 'redis') {
    throw new Error(`--server is stratakv or redis, not ${values.server}`);
  }
  if (values.storage !== 'flash' && values.storage !== 'none') {
    throw new Error(`--storage is flash or none, not ${values.storage}`);
  }
  return {
    storage: values.storage,
    server: values.server,
    update: values.update,
    optional: values.optional,
    verbose: values.verbose,
    units: positionals.length > 0 ? positionals : Object.keys(expectations),
  };
}

/**
 * The beginning of a reason in expected.json: such a test waits for seconds for what cannot happen, and is not even tried. Whoever builds blocking
 * commands takes these reasons out.
 */
const NEEDS_BLOCKING = 'needs blocking commands';
/** Likewise, for tests that leave the client in a state in which those that follow cannot succeed. */
const NOT_RUN = 'not run: ';

async function runAgainstFreshServer(
  suite: string,
  unit: string,
  kind: ServerKind,
  storage: Storage,
  cannot: Readonly<Record<string, string>>,
): Promise<UnitResult> {
  const server = await launch(kind, {
    ...SERVER_DIRECTIVES[kind],
    ...(kind === 'stratakv' ? STORAGE_DIRECTIVES[storage] : {}),
  });
  const flags = ['--host', '127.0.0.1', '--port', String(server.port), '--durable'];
  if (!UNITS_WITH_SLOW_TESTS.has(unit)) flags.push('--tags', '-slow');
  if (kind === 'stratakv') {
    for (const [name, reason] of Object.entries(cannot)) {
      if (reason.startsWith(NEEDS_BLOCKING) || reason.startsWith(NOT_RUN)) flags.push('--skiptest', name);
    }
  }
  try {
    return await runUnit({ suite, unit, flags, timeoutMs: UNIT_TIMEOUT_MS });
  } finally {
    await server.stop();
  }
}

function report(result: UnitResult, verdict: Verdict, verbose: boolean): void {
  const counts = [
    `${verdict.passed.length} passed`,
    `${verdict.lost.length} lost`,
    `${verdict.gained.length} newly passing`,
    `${verdict.unexplained.length} failing without a reason`,
    `${verdict.cannot.length} cannot`,
  ];
  console.log(`${result.unit.padEnd(22)} ${counts.join(', ')} (${(result.elapsedMs / 1000).toFixed(1)} s)`);
  if (result.end !== 'done') console.log(`  ended early: ${result.end.split('\n')[0]}`);
  const messages = new Map(result.tests.map((test) => [test.name, test.message]));
  for (const name of verdict.lost) console.log(`  LOST  ${name}\n${indented(messages.get(name) ?? 'did not run')}`);
  for (const name of verdict.gained) if (verbose) console.log(`  NEW   ${name}`);
  for (const test of verdict.unexplained) {
    console.log(`  FAIL  ${test.name}\n${indented(reasonFor(test) ?? test.message)}`);
  }
}

const indented = (text: string): string =>
  text
    .split('\n')
    .slice(0, 6)
    .map((line) => `        ${line}`)
    .join('\n');

/** Against redis-server the list does not apply: passing tests are counted, failures are shown. */
function reportReference(result: UnitResult): { passed: number; failed: number } {
  const failed = result.tests.filter((test) => test.outcome === 'err' || test.outcome === 'exception');
  const passed = result.tests.filter((test) => test.outcome === 'ok').length;
  console.log(
    `${result.unit.padEnd(22)} ${passed} passed, ${failed.length} failed (${(result.elapsedMs / 1000).toFixed(1)} s)`,
  );
  for (const test of failed) console.log(`  FAIL  ${test.name}\n${indented(test.message)}`);
  return { passed, failed: failed.length };
}

async function main(): Promise<number> {
  const expectations = JSON.parse(readFileSync(expectedPath, 'utf8')) as Expectations;
  const options = readOptions(expectations);
  let suite: string;
  try {
    suite = obtainSuite();
  } catch (error) {
    if (!(error instanceof SuiteUnavailable)) throw error;
    console.error(`Redis's test suite cannot run here: ${error.message}`);
    return options.optional ? 0 : EXIT_UNAVAILABLE;
  }
  const grown: Record<string, Expectations[string]> = { ...expectations };
  let passed = 0;
  let failed = 0;
  for (const unit of options.units) {
    const result = await runAgainstFreshServer(
      suite,
      unit,
      options.server,
      options.storage,
      expectations[unit]?.cannot ?? {},
    );
    if (options.server === 'redis') {
      const counts = reportReference(result);
      passed += counts.passed;
      failed += counts.failed;
      continue;
    }
    const verdict = judge(result, expectations[unit]);
    report(result, verdict, options.verbose);
    grown[unit] = grow(expectations[unit], verdict);
    passed += verdict.passed.length;
    failed += verdict.lost.length + verdict.unexplained.length;
  }
  if (options.update && options.server === 'stratakv')
    writeFileSync(expectedPath, `${JSON.stringify(grown, null, 2)}\n`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

// Ends the servers too: they are reaped when this process exits, which a signal alone does not count as.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
process.exitCode = await main();
