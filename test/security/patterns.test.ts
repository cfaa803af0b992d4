// Attacks by patterns that take time or stack without end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Target } from './target.ts';

const target = new Target();
/** Redis took minutes and more for the patterns below. */
const SECONDS = 50;

async function quickly<T>(body: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await body();
  const ms = performance.now() - start;
  assert(ms < SECONDS * 1000, `took ${Math.round(ms)} ms`);
  return result;
}

test('CVE-2022-36021: patterns of many stars against a long key', async () => {
  const key = Buffer.alloc(20_000, 'a');
  await target.run(['SET', key, 'x']);
  for (const pattern of [
    `${'a*'.repeat(50)}b`,
    `${'*a'.repeat(50)}b`,
    `${'*?'.repeat(1000)}b`,
    `${'a*'.repeat(1000)}b`,
  ]) {
    await quickly(() => target.run(['KEYS', pattern], ['SCAN', 0, 'MATCH', pattern, 'COUNT', 100]));
  }
});

test('CVE-2024-31228: patterns that nest as deep as they are long', async () => {
  const patterns = [
    '*?'.repeat(100_000),
    '*'.repeat(200_000),
    '[*'.repeat(100_000),
    '\\*'.repeat(100_000),
    '[^a-'.repeat(50_000),
  ];
  await target.run(['SET', Buffer.alloc(2_000, 'k'), 'x']);
  for (const pattern of patterns) {
    await quickly(() =>
      target.run(
        ['KEYS', pattern],
        ['SCAN', 0, 'MATCH', pattern],
        ['CONFIG', 'GET', pattern],
        ['FUNCTION', 'LIST', 'LIBRARYNAME', pattern],
        ['COMMAND', 'LIST', 'FILTERBY', 'PATTERN', pattern],
        ['PUBSUB', 'CHANNELS', pattern],
        ['ACL', 'SETUSER', 'deep', `~${pattern}`, `&${pattern}`],
        ['ACL', 'DRYRUN', 'deep', 'GET', Buffer.alloc(2_000, 'k')],
        ['ACL', 'DELUSER', 'deep'],
        ['PSUBSCRIBE', pattern],
        ['PUNSUBSCRIBE', pattern],
      ),
    );
  }
});
