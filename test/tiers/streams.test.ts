import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiveComparison } from '../support/live-comparison.ts';
import { missingPrograms } from '../support/programs.ts';
import { Random } from '../support/random.ts';
import type { Argument } from '../support/raw-client.ts';

/** Streams that do not fit into RAM: what each command needs comes from disk, piece by piece, and it runs again from its beginning. */
const STREAMS = 4;
const ENTRIES = 6_000;
const ROUNDS = 12;
const COMMANDS = 60;
const PAGE = 250;
const SEED = Number(process.env.STRATAKV_FUZZ_SEED ?? 1);

const key = (n: number): string => `s${n}`;

function fill(): Argument[][] {
  const commands: Argument[][] = [];
  for (let n = 0; n < STREAMS; n++) {
    for (let i = 1; i <= ENTRIES; i++)
      commands.push(['XADD', key(n), `${i}-1`, 'field', `${i}:${'v'.repeat(i % 120)}`]);
    commands.push(['XGROUP', 'CREATE', key(n), 'g', '0'], ['XGROUP', 'CREATE', key(n), 'h', '0']);
    commands.push(['XREADGROUP', 'GROUP', 'g', 'c', 'COUNT', '2500', 'STREAMS', key(n), '>']);
    commands.push(['XREADGROUP', 'GROUP', 'g', 'd', 'COUNT', '1000', 'STREAMS', key(n), '>']);
  }
  return commands;
}

function command(random: Random, top: number): Argument[] {
  const stream = key(random.integer(0, STREAMS - 1));
  const id = (): string => `${random.integer(0, ENTRIES)}-1`;
  const ids = (): string[] => Array.from({ length: random.integer(1, 5) }, id);
  const count = String(random.integer(1, 40));
  const consumer = random.pick(['c', 'd', 'e', 'f']);
  return random.weighted<() => Argument[]>([
    [() => ['XADD', stream, `${top}-1`, 'field', 'new', ...(random.chance(0.3) ? ['other', 'x'] : [])], 10],
    [() => ['XADD', stream, 'MAXLEN', random.pick(['~', '=']), String(ENTRIES - 200), `${top}-2`, 'field', 'new'], 4],
    [() => ['XRANGE', stream, id(), '+', 'COUNT', count], 8],
    [() => ['XREVRANGE', stream, id(), '-', 'COUNT', count], 4],
    [() => ['XDEL', stream, ...ids()], 8],
    [() => ['XTRIM', stream, 'MINID', random.pick(['~', '=']), `${random.integer(1, 900)}`], 2],
    [() => ['XREADGROUP', 'GROUP', random.pick(['g', 'h']), consumer, 'COUNT', count, 'STREAMS', stream, '>'], 10],
    [() => ['XREADGROUP', 'GROUP', 'g', consumer, 'COUNT', count, 'STREAMS', stream, id()], 4],
    [() => ['XACK', stream, 'g', ...ids()], 10],
    [() => ['XCLAIM', stream, 'g', consumer, '0', ...ids(), ...(random.chance(0.3) ? ['FORCE'] : [])], 6],
    [() => ['XAUTOCLAIM', stream, 'g', consumer, '0', id(), 'COUNT', count, 'JUSTID'], 6],
    [() => ['XPENDING', stream, 'g'], 3],
    [() => ['XINFO', 'GROUPS', stream], 3],
    [() => ['XGROUP', 'SETID', stream, 'g', id()], 1],
    [() => ['XGROUP', 'DELCONSUMER', stream, 'g', consumer], 0.6],
    [() => ['XGROUP', 'DESTROY', stream, 'h'], 0.3],
    [() => ['XGROUP', 'CREATE', stream, 'h', id()], 0.6],
    [() => ['XLEN', stream], 1],
  ])();
}

test('streams larger than RAM agree with redis-server', {
  skip: missingPrograms({ 'redis-server': 'redis-server' }),
}, async () => {
  const random = new Random(SEED);
  const comparison = await LiveComparison.start({}, { 'storage-provider': ['flash', './flash'], maxmemory: '2500kb' });
  try {
    assert.deepEqual((await comparison.differences(fill())).slice(0, 1), []);
    for (let round = 0; round < ROUNDS; round++) {
      const commands = Array.from({ length: COMMANDS }, (_, n) => command(random, ENTRIES + round * COMMANDS + n));
      const differences = await comparison.differences(commands, true);
      assert.equal(differences[0] ?? '', '', `seed ${SEED}, round ${round}`);
    }
    // Page by page: a command whose whole range does not fit into RAM has to wait for it as a whole.
    const looks: Argument[][] = [];
    for (let n = 0; n < STREAMS; n++) {
      looks.push(['XLEN', key(n)], ['XINFO', 'GROUPS', key(n)], ['XPENDING', key(n), 'g']);
      for (let from = 0; from < ENTRIES + ROUNDS * COMMANDS; from += PAGE) {
        looks.push(['XRANGE', key(n), String(from), `(${from + PAGE}`]);
        looks.push(['XAUTOCLAIM', key(n), 'g', 'z', '0', String(from), 'COUNT', String(PAGE), 'JUSTID']);
      }
    }
    assert.equal((await comparison.differences(looks, true))[0] ?? '', '', `seed ${SEED}`);
  } finally {
    await comparison.stop();
  }
});
