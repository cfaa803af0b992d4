import assert from 'node:assert/strict';
import { test } from 'node:test';
import { damaged } from '../../testing/damage.ts';
import { LiveRedis, redisMissing } from '../../testing/live-redis.ts';
import { Random } from '../../testing/random.ts';
import { encodeModel, Model } from '../../testing/rdb-models.ts';
import { SAMPLE_KINDS, samplePayload } from '../../testing/rdb-samples.ts';
import { parseReplies } from '../../testing/replies.ts';
import { RdbDump } from '../dump.ts';
import { BadRdb } from '../errors.ts';

/** The value, or undefined when the payload is refused in the way in which it should be. */
function opened(payload: Buffer, where: string): RdbDump | undefined {
  try {
    return RdbDump.open(payload);
  } catch (error) {
    assert.ok(error instanceof BadRdb, `${where}: ${error instanceof Error ? error.stack : error}`);
    // Nothing here is large: it would be an access outside of the payload.
    if (error.reason === 'too large') assert.doesNotMatch(error.message, /offset|bounds/i, where);
    return undefined;
  }
}

/** How the value is written again. */
function encodingOf(dump: RdbDump): string {
  const names = {
    string: 'raw',
    list: 'quicklist',
    set: 'set hashtable',
    zset: 'skiplist',
    hash: 'hashtable',
    stream: '',
    cron: '',
  };
  return names[dump.kind];
}

test('damaged payloads are refused, or have a value that can be written and read again', { timeout: 300_000 }, (t) => {
  const random = new Random();
  t.diagnostic(`seed ${random.seed}`);
  let values = 0;
  for (let round = 0; round < 6_000; round++) {
    const kind = random.pick(SAMPLE_KINDS);
    const where = `seed ${random.seed}, round ${round}, ${kind}`;
    const whole = samplePayload(random, kind);
    if (round % 20 === 0) assert.ok(opened(whole, where) !== undefined, where);
    const dump = opened(damaged(random, whole), where);
    // A type byte that was changed into a job's: there is no model of those.
    if (dump === undefined || dump.kind === 'cron') continue;
    values++;
    const model = Model.of(dump);
    const again = RdbDump.open(encodeModel(model, encodingOf(dump), { version: 11 }));
    assert.equal(again.count, dump.count, where);
    assert.deepEqual(Model.of(again), model, where);
  }
  t.diagnostic(`${values} damaged payloads had a value`);
  assert.ok(values > 50, `only ${values} payloads had a value`);
});

test('what is accepted, redis-server accepts and holds for the same value', {
  skip: redisMissing,
  timeout: 300_000,
}, async (t) => {
  const redis = await LiveRedis.start('--enable-debug-command', 'yes', '--sanitize-dump-payload', 'yes');
  t.after(() => redis.stop());
  const random = new Random();
  t.diagnostic(`seed ${random.seed}`);
  const stricter = new Map<string, number>();
  for (let round = 0; round < 40; round++) {
    const payloads = Array.from({ length: 50 }, () =>
      damaged(random, samplePayload(random, random.pick(SAMPLE_KINDS))),
    );
    // Redis 7.0 knows neither types nor versions of 7.2.
    const known = payloads.filter(
      (payload) => (payload[0] ?? 0) < 20 && payload.readUInt16LE(payload.length - 10) < 11,
    );
    const replies = parseReplies(
      await redis.exchange(
        known.flatMap((payload) => [
          ['RESTORE', 'k', '0', payload, 'REPLACE'],
          ['DEBUG', 'DIGEST-VALUE', 'k'],
        ]),
      ),
    );
    const ours = known.map((payload, i) => {
      const where = `seed ${random.seed}, round ${round}, payload ${i}: ${payload.toString('hex')}`;
      const theirs = replies[i * 2];
      const dump = opened(payload, where);
      if (dump !== undefined) assert.equal(theirs, '+OK', where);
      else if (theirs === '+OK') count(stricter, payload);
      return dump === undefined ? undefined : encodeModel(Model.of(dump), encodingOf(dump));
    });
    const again = parseReplies(
      await redis.exchange(
        ours.flatMap((payload) => [
          ['RESTORE', 'k', '0', payload ?? '', 'REPLACE'],
          ['DEBUG', 'DIGEST-VALUE', 'k'],
        ]),
      ),
    );
    ours.forEach((payload, i) => {
      if (payload === undefined) return;
      const where = `seed ${random.seed}, round ${round}, payload ${i}: ${known[i]?.toString('hex')}`;
      assert.equal(again[i * 2], '+OK', where);
      assert.deepEqual(again[i * 2 + 1], replies[i * 2 + 1], where);
    });
  }
  t.diagnostic(`refused here, accepted by redis-server: ${JSON.stringify([...stricter])}`);
});

function count(reasons: Map<string, number>, payload: Buffer): void {
  try {
    RdbDump.open(payload);
  } catch (error) {
    const reason = `${payload[0]} ${error instanceof Error ? error.message : error}`;
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
}
