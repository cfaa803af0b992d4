import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlanError } from '../plan-error.ts';
import { type Flags, parseFlags } from './flags.ts';

const flags: Flags = {
  ram: { value: 'SIZES', help: '' },
  'hit-ratio': { value: 'SHARE', help: '' },
  json: { help: '' },
};

function refuses(args: string[], words: RegExp): void {
  assert.throws(
    () => parseFlags(args, flags, 1),
    (error) => error instanceof PlanError && words.test(error.message) && !error.message.includes('\n'),
  );
}

test('options, their values and the argument', () => {
  const parsed = parseFlags(['trace', '--ram=1gb', '--json', '--ram', '2gb'], flags, 1);
  assert.deepEqual(parsed.positionals, ['trace']);
  assert.equal(parsed.text('ram'), '2gb');
  assert.equal(parsed.has('json'), true);
  assert.equal(parsed.has('hit-ratio'), false);
});

test('what is wrong is told in one line that knows what was meant', () => {
  refuses(['--rma', '1gb'], /unknown option `--rma`; did you mean --ram\?/);
  refuses(['--hit-ration=0.9'], /did you mean --hit-ratio\?/);
  refuses(['--frobnicate'], /unknown option `--frobnicate`; see --help/);
  refuses(['-x'], /unknown option `-x`/);
  refuses(['--ram'], /--ram needs a value: --ram SIZES/);
  refuses(['--ram', '--json'], /--ram needs a value/);
  refuses(['--ram='], /--ram needs a value/);
  refuses(['--json=yes'], /--json takes no value/);
  refuses(['a', 'b'], /unexpected argument `b`/);
  refuses(['--__proto__'], /unknown option/);
  refuses(['--constructor'], /unknown option/);
});
