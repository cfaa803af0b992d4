/** What a test of the suite came to. `ignore` and `skip` are the suite's own words for tests that its tags or modes leave out. */
export type Outcome = 'ok' | 'err' | 'exception' | 'ignore' | 'skip';

export interface TestResult {
  readonly name: string;
  readonly outcome: Outcome;
  readonly message: string;
}

export interface UnitResult {
  readonly unit: string;
  readonly tests: readonly TestResult[];
  /** `done`, or why the unit ended before its last test. */
  readonly end: string;
  readonly elapsedMs: number;
}

export interface UnitExpectation {
  /** Tests that pass: may only grow. */
  readonly pass: readonly string[];
  /** Tests that cannot pass yet, and why. */
  readonly cannot: Readonly<Record<string, string>>;
}

export type Expectations = Readonly<Record<string, UnitExpectation>>;

export interface Verdict {
  readonly passed: readonly string[];
  /** Expected to pass, and failed or never ran. Any of these fails the run. */
  readonly lost: readonly string[];
  /** Passed without being listed: `--update` lists them. */
  readonly gained: readonly string[];
  /** Failed, and not listed under `cannot`: nobody has given a reason yet. Fails the run. */
  readonly unexplained: readonly TestResult[];
  /** Failed as `cannot` says. */
  readonly cannot: readonly string[];
}

/** Names of the suite repeat; the second and later ones get ` #2`, ` #3` ... in order, so that each can be followed by itself. */
export function numberRepeats(tests: readonly TestResult[]): TestResult[] {
  const seen = new Map<string, number>();
  return tests.map((test) => {
    const times = (seen.get(test.name) ?? 0) + 1;
    seen.set(test.name, times);
    return times === 1 ? test : { ...test, name: `${test.name} #${times}` };
  });
}

/** Compares a unit's run with what is expected of it. */
export function judge(result: UnitResult, expected: UnitExpectation = { pass: [], cannot: {} }): Verdict {
  const failed = result.tests.filter((test) => test.outcome === 'err' || test.outcome === 'exception');
  const passed = result.tests.filter((test) => test.outcome === 'ok').map((test) => test.name);
  const passedNames = new Set(passed);
  const listed = new Set(expected.pass);
  return {
    passed,
    lost: expected.pass.filter((name) => !passedNames.has(name)),
    gained: passed.filter((name) => !listed.has(name)),
    unexplained: failed.filter((test) => !listed.has(test.name) && expected.cannot[test.name] === undefined),
    cannot: failed.filter((test) => expected.cannot[test.name] !== undefined).map((test) => test.name),
  };
}

/** Why a test failed, where the failure says so itself: it asked for a command that the server does not have. */
export function reasonFor(test: TestResult): string | undefined {
  const missing = test.outcome === 'err' ? /unknown command '([^']+)'/i.exec(test.message) : null;
  return missing?.[1] && `needs ${missing[1].toUpperCase()}, which is not built yet`;
}

/**
 * The expectation with everything that was gained, and with the reasons that failures give themselves. Never removes a passing
 * test; a reason goes when its test passes.
 */
export function grow(expected: UnitExpectation | undefined, verdict: Verdict): UnitExpectation {
  const pass = [...(expected?.pass ?? []), ...verdict.gained];
  const passing = new Set(pass);
  const reasons = new Map(Object.entries(expected?.cannot ?? {}).filter(([name]) => !passing.has(name)));
  for (const test of verdict.unexplained) {
    const reason = reasonFor(test);
    if (reason !== undefined) reasons.set(test.name, reason);
  }
  return { pass, cannot: Object.fromEntries(reasons) };
}
