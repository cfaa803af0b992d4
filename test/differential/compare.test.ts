import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawClient } from '../support/raw-client.ts';
import { parseReply, readReply } from '../support/resp-reply.ts';
import { agree, allowanceFor } from './compare.ts';
import { makeTrial } from './trial.ts';

const raw = (text: string): Buffer => Buffer.from(text.replaceAll('|', '\r\n'), 'latin1');

test('allowances allow what they say and nothing else', () => {
  assert.ok(agree(raw('*2|$1|a|$1|b|'), raw('*2|$1|b|$1|a|'), 'unordered'));
  assert.ok(!agree(raw('*2|$1|a|$1|b|'), raw('*2|$1|b|$1|b|'), 'unordered'));
  assert.ok(!agree(raw('*2|$1|a|$1|b|'), raw('*2|$1|b|$1|a|'), 'exact'));
  assert.ok(agree(raw(':99|'), raw(':100|'), 'seconds'));
  assert.ok(!agree(raw(':-1|'), raw(':0|'), 'seconds'));
  assert.ok(!agree(raw(':-2|'), raw(':-1|'), 'milliseconds'));
  assert.ok(!agree(raw(':9000000000|'), raw(':9000000001|'), 'unixSeconds'));
  assert.ok(agree(raw('$1|a|'), raw('$1|b|'), 'presence'));
  assert.ok(!agree(raw('$-1|'), raw('$1|b|'), 'presence'));
  assert.ok(!agree(raw('-ERR a|'), raw('-ERR b|'), 'presence'));
});

test('allowances go by command and subcommand in any case', () => {
  assert.equal(allowanceFor(['keys', '*']), 'unordered');
  assert.equal(allowanceFor(['object', 'freq', 'k']), 'presence');
  assert.equal(allowanceFor(['OBJECT', 'ENCODING', 'k']), 'exact');
  assert.equal(allowanceFor([Buffer.from('GET'), 'k']), 'exact');
});

test('replies end where they end, at every split', () => {
  const bytes = raw('*3|$4|a|b|:1|%1|+x|_||(123|');
  const whole = parseReply(bytes);
  assert.ok(whole);
  for (let cut = 0; cut < whole.end; cut++) assert.equal(parseReply(bytes.subarray(0, cut)), undefined);
  assert.throws(() => readReply(bytes));
});

test('a trial is made from its seed alone', () => {
  assert.deepEqual(makeTrial(7, true), makeTrial(7, true));
  assert.notDeepEqual(makeTrial(7, true), makeTrial(8, true));
});

test('RawClient is refused where nobody listens', async () => {
  await assert.rejects(RawClient.connect({ port: 1 }));
});
