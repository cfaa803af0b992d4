import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { LiveComparison } from '../support/live-comparison.ts';
import { missingPrograms } from '../support/programs.ts';
import type { Argument } from '../support/raw-client.ts';

/** More members than one window or leaf holds. */
const many = Array.from({ length: 700 }, (_, i) => `member:${i}`);

const values: readonly (readonly Argument[])[] = [
  ['SET', 'string', 'value'],
  ['SET', 'int', '12345'],
  ['SET', 'empty', ''],
  ['PFADD', 'hll', 'a', 'b'],
  ['RPUSH', 'list', 'a', 'b', '1', '', 'a'],
  ['RPUSH', 'long-list', ...many],
  ['SADD', 'integers', '3', '1', '2'],
  ['SADD', 'set', 'a', 'b', '1', ''],
  ['SADD', 'large-set', ...many],
  ['HSET', 'hash', 'a', '1', 'b', '', '', 'c'],
  ['HSET', 'large-hash', ...many],
  ['ZADD', 'zset', '1', 'a', '-inf', 'b', '0.1', 'c', '1e300', 'd', '3', ''],
  ['ZADD', 'large-zset', ...many.flatMap((member, i) => [String(i / 7), member])],
];
const keys = [...values.map((command) => String(command[1])), 'missing'];

describe('DEBUG looks at values of all types', { skip: missingPrograms({ 'redis-server': 'redis-server' }) }, () => {
  let comparison: LiveComparison;
  before(async () => {
    comparison = await LiveComparison.start();
  });
  after(() => comparison.stop());

  it('DIGEST-VALUE is that of redis-server, with and without expiry', async () => {
    const digests = keys.map((key) => ['DEBUG', 'DIGEST-VALUE', key]);
    const expiries = keys.map((key) => ['EXPIRE', key, '1000']);
    const all = ['DEBUG', 'DIGEST-VALUE', ...keys];
    const differences = await comparison.differences([...values, ...digests, ...expiries, ...digests, all]);
    assert.equal(differences.join('\n\n'), '');
  });
});
