import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiveRedis, redisMissing } from '../../testing/live-redis.ts';
import { Random } from '../../testing/random.ts';
import { encodeModel, Model } from '../../testing/rdb-models.ts';
import { bulk, items, parseReplies } from '../../testing/replies.ts';
import { RdbDump } from '../dump.ts';

type Request = readonly (string | Uint8Array)[];

/** Commands that leave nodes behind as no sequence of pushes makes them. */
function edit(random: Random): Request {
  const index = String(random.between(-300, 300));
  const text = random.text(400);
  switch (random.below(7)) {
    case 0:
      return ['LINSERT', 'k', random.pick(['BEFORE', 'AFTER']), `element-${random.below(50)}`, text];
    case 1:
      return ['LSET', 'k', index, text];
    case 2:
      return ['LREM', 'k', random.pick(['0', '1', '-1']), `element-${random.below(50)}`];
    case 3:
      return ['LPUSH', 'k', text, `element-${random.below(50)}`];
    case 4:
      return ['LPOP', 'k', '2'];
    case 5:
      return ['LMOVE', 'k', 'k', random.pick(['LEFT', 'RIGHT']), random.pick(['LEFT', 'RIGHT'])];
    default:
      return ['RPUSH', 'k', text, `element-${random.below(50)}`];
  }
}

test('lists that were edited, with compressed and plain nodes', { skip: redisMissing, timeout: 300_000 }, async (t) => {
  const redis = await LiveRedis.start('--enable-debug-command', 'yes', '--sanitize-dump-payload', 'yes');
  t.after(() => redis.stop());
  const random = new Random();
  t.diagnostic(`seed ${random.seed}`);
  for (let round = 0; round < 25; round++) {
    const where = `seed ${random.seed}, round ${round}`;
    const first = Array.from({ length: random.between(1, 400) }, () => `element-${random.below(50)}`);
    await redis.exchange([
      [
        'CONFIG',
        'SET',
        'list-compress-depth',
        random.pick(['0', '1', '2']),
        'list-max-listpack-size',
        random.pick(['-2', '5']),
      ],
      ['DEBUG', 'QUICKLIST-PACKED-THRESHOLD', random.pick(['100b', '1gb'])],
      ['DEL', 'k'],
      ['RPUSH', 'k', ...first],
      ...Array.from({ length: 150 }, () => edit(random)),
      ['RPUSH', 'k', 'last'],
    ]);
    const ask: Request[] = [
      ['LRANGE', 'k', '0', '-1'],
      ['DEBUG', 'DIGEST-VALUE', 'k'],
    ];
    const [dump, texts, digest] = parseReplies(await redis.exchange([['DUMP', 'k'], ...ask]));
    const model = Model.of(RdbDump.open(bulk(dump)));
    assert.deepEqual(model.texts, items(texts), where);
    const ours = encodeModel(model, 'quicklist');
    const restored = parseReplies(await redis.exchange([['RESTORE', 'k', '0', ours, 'REPLACE'], ...ask]));
    assert.deepEqual(restored, ['+OK', texts, digest], where);
  }
});
