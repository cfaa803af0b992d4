// Runs units of Redis's own test suite against a fresh server each, several side by side, and compares test by test with expected.json.
// A unit that loses tests beside others runs again alone, and that run counts.
// One unit with a build of one's own: node scripts/build.mjs --out .dist-mine && node .dist-mine/test/redis-suite/run.js unit/type/hash
// usage: npm run test:redis-suite [-- [--server stratakv|redis] [--storage flash|none] [--jobs N] [--update] [--optional] [--verbose]
//        [unit ...]]
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Directives, launch, type ServerKind } from '../support/launch.ts';
import { projectRoot } from '../support/project.ts';
import { type Expectations, grow, judge, reasonFor, type UnitResult, type Verdict } from './ratchet.ts';
import { sideBySide } from './side-by-side.ts';
import { obtainSuite, SuiteUnavailable } from './source.ts';
import { runUnit } from './test-server.ts';
import { LONG_UNITS, UNITS_WITH_SLOW_TESTS } from './units.ts';

/** Tests of commands that do not exist yet wait for what never comes: units of lists and sorted sets take minutes. */
const UNIT_TIMEOUT_MS = 600_000;
const EXIT_UNAVAILABLE = 2;
const expectedPath = join(projectRoot, 'test', 'redis-suite', 'expected.json');

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
  /** Units that run at a time, each against a server of its own. */
  readonly jobs: number;
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
      // Units wait, for time to pass and for replies, more than they compute.
      jobs: { type: 'string', default: String(availableParallelism() + 1) },
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
  const jobs = Number(values.jobs);
  if (!(Number.isInteger(jobs) && jobs > 0)) throw new Error(`--jobs is a number of units, not ${values.jobs}`);
  const all = Object.keys(expectations);
  return {
    storage: values.storage,
    server: values.server,
    jobs,
    update: values.update,
    optional: values.optional,
    verbose: values.verbose,
    units: positionals.length > 0 ? positionals : all,
  };
}

/** The beginning of a reason in expected.json: such a test leaves the client in a state in which those that follow cannot succeed, and is not even tried. */
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
      if (reason.startsWith(NOT_RUN)) flags.push('--skiptest', name);
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

const isWorse = (verdict: Verdict): boolean => verdict.lost.length + verdict.unexplained.length > 0;

/** Some tests of the suite measure time, which units that run at the same time take away: what failed among them is only named. */
function reportDisturbed(result: UnitResult, verdict: Verdict): void {
  const names = [...verdict.lost, ...verdict.unexplained.map((test) => test.name)];
  console.log(`${result.unit.padEnd(22)} runs again alone at the end; beside others it failed:`);
  for (const name of names) console.log(`  ${name}`);
}

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
  const run = (unit: string): Promise<UnitResult> =>
    runAgainstFreshServer(suite, unit, options.server, options.storage, expectations[unit]?.cannot ?? {});
  const grown: Record<string, Expectations[string]> = { ...expectations };
  const disturbed: string[] = [];
  let passed = 0;
  let failed = 0;
  const count = (unit: string, result: UnitResult, verdict: Verdict): void => {
    report(result, verdict, options.verbose);
    grown[unit] = grow(expectations[unit], verdict);
    passed += verdict.passed.length;
    failed += verdict.lost.length + verdict.unexplained.length;
  };
  await sideBySide(
    options.units,
    options.jobs,
    (unit) => LONG_UNITS.get(unit) ?? 0,
    run,
    (unit, result) => {
      if (options.server === 'redis') {
        const counts = reportReference(result);
        passed += counts.passed;
        failed += counts.failed;
        return;
      }
      const verdict = judge(result, expectations[unit]);
      if (options.jobs > 1 && options.units.length > 1 && isWorse(verdict)) {
        disturbed.push(unit);
        reportDisturbed(result, verdict);
      } else count(unit, result, verdict);
    },
  );
  for (const unit of disturbed) {
    const result = await run(unit);
    count(unit, result, judge(result, expectations[unit]));
  }
  if (options.update && options.server === 'stratakv')
    writeFileSync(expectedPath, `${JSON.stringify(grown, null, 2)}\n`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

// Ends the servers too: they are reaped when this process exits, which a signal alone does not count as.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
process.exitCode = await main();
