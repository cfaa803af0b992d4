import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../../../../test/support/project.ts';
import { examplePlan } from '../fixture.ts';
import { textReport } from './report.ts';

/** Text as it was looked at and found good. STRATAKV_GOLDEN=write writes it anew; look at the difference. */
function golden(name: string, text: string): void {
  const file = join(projectRoot, 'tools/plan/report/text/golden', `${name}.txt`);
  if (process.env.STRATAKV_GOLDEN === 'write') writeFileSync(file, text);
  assert.equal(text, readFileSync(file, 'utf8'));
}

const escapes = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');

test('a plan at 100 columns', () => {
  const text = textReport(examplePlan(), { width: 100, colour: false });
  golden('wide', text);
  for (const line of text.split('\n')) assert.ok(line.length <= 100, line);
});

test('a plan at 60 columns leaves columns out and says which', () => {
  const text = textReport(examplePlan(), { width: 60, colour: false });
  golden('narrow', text);
  for (const line of text.split('\n')) assert.ok(line.length <= 60, line);
  assert.match(text, /Left out for want of width/);
});

test('colours change nothing but colours', () => {
  const plain = textReport(examplePlan(), { width: 100, colour: false });
  const coloured = textReport(examplePlan(), { width: 100, colour: true });
  assert.notEqual(coloured, plain);
  assert.equal(coloured.replace(escapes, ''), plain);
});

test('an impossible target is told with its reason, and a plan without curves, times and NVMe is a plan', () => {
  const plan = examplePlan();
  const text = textReport(
    {
      ...plan,
      curves: [],
      cells: plan.cells.filter(({ nvmeBytes }) => nvmeBytes === 0),
      facts: { ...plan.facts, reuseSeconds: [], workingSet: [], totals: { ...plan.facts.totals, seconds: 0 } },
      answer: { kind: 'impossible', binding: 'hit-ratio', why: 'RAM of 16 GB answers 92.7 % of the reads at most.' },
    },
    { width: 100, colour: false },
  );
  golden('impossible', text);
});

test('names from outside cannot steer the terminal', () => {
  const name = 'a\x1b[2Jb\nc\u202ed\u009be';
  const text = textReport(examplePlan({ source: { kind: 'trace', name } }), { width: 100, colour: false });
  assert.ok(text.includes('a?[2Jb?c?d?e'));
});
