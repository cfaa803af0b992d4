import assert from 'node:assert/strict';
import { test } from 'node:test';
import { followCollectionLimits } from './collection-limits.ts';
import { Config } from './config.ts';

test('the limits begin as redis 7.0.15 has them', () => {
  assert.deepEqual(followCollectionLimits(new Config()), {
    hashEntries: 512,
    hashValue: 64,
    listSize: -2,
    listCompressDepth: 0,
    intsetEntries: 512,
    zsetEntries: 128,
    zsetValue: 64,
    streamNodeBytes: 4096,
    streamNodeEntries: 100,
    hllSparseBytes: 3000,
  });
});

test('the limits follow CONFIG SET under new and old names, in this thread and in others', () => {
  const config = new Config();
  const limits = followCollectionLimits(config);
  assert.equal(config.set([['hash-max-ziplist-entries', '3']]), undefined);
  assert.equal(limits.hashEntries, 3);
  config.apply([['zset-max-listpack-value', '1kb']]);
  assert.equal(limits.zsetValue, 1024);
  assert.match(
    config.set([
      ['list-max-listpack-size', '2'],
      ['list-compress-depth', '-1'],
    ]) ?? '',
    /must be between/,
  );
  assert.equal(limits.listSize, -2);
});
