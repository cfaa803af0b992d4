import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reading } from '../../engine/live/reading.ts';
import { snapshotOf } from '../../engine/live/snapshot-of.ts';
import { Random } from '../../test/support/random.ts';
import { glyphsFor, sparkline } from './glyphs.ts';
import { plainText, widthOfLine } from './line.ts';
import { parseOptions, UsageError } from './options.ts';
import { sortings } from './panels.ts';
import { readInfo } from './replies.ts';
import { columnsOf, cut, padEnd } from './text.ts';
import { frame, type ViewState, wholeText } from './view.ts';

const utf8 = glyphsFor({ LANG: 'C.UTF-8' });
const ascii = glyphsFor({});

const names = [
  'user:1',
  '\u001b[31mred',
  '漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字',
  '😀'.repeat(40),
  'é\u0301\u0302\u0303',
  '\xff',
];

function infoText(factor: number): string {
  return [
    'run_id:1\r\nstratakv_version:0.1.0\r\nuptime_in_seconds:3700\r\nconnected_clients:12\r\nmaxclients:10000\r\nblocked_clients:1',
    `used_memory:40000000\r\nmaxmemory:80000000\r\nused_memory_rss:160000000\r\nused_cpu_user:${factor}.5\r\nused_cpu_sys:1.0`,
    `total_commands_processed:${1000 * factor}\r\nkeyspace_hits:${900 * factor}\r\nkeyspace_misses:${100 * factor}`,
    `total_net_input_bytes:${1e6 * factor}\r\ntotal_net_output_bytes:${3e6 * factor}\r\ntotal_error_replies:0`,
    `cmdstat_get:calls=${800 * factor},usec=${1600 * factor},usec_per_call=2.00,rejected_calls=0,failed_calls=0`,
    `cmdstat_set:calls=${200 * factor},usec=${800 * factor},usec_per_call=4.00,rejected_calls=0,failed_calls=0`,
    'db0:keys=500,expires=0,avg_ttl=0',
    'tier_provider:flash\r\ntier_hot_keys:123456\r\ntier_cold_keys:7654321\r\ntier_ram_bytes:40000000\r\ntier_ram_max_bytes:80000000',
    `tier_cold_bytes:3000000000\r\ntier_nvme_max_bytes:10000000000\r\ntier_ram_hits:${700 * factor}\r\ntier_nvme_hits:${200 * factor}\r\ntier_misses:${100 * factor}`,
    'tier_hit_ratio:0.9000\r\ntier_ram_hit_ratio:0.7000\r\ntier_nvme_hit_ratio:0.6667\r\ntier_pressure:none\r\ntier_write_amplification:1.80',
    `tier_promotions:${50 * factor}\r\ntier_demotions:${60 * factor}\r\ntier_cold_reads:${200 * factor}\r\ntier_cold_read_p99_usec:850`,
  ].join('\r\n');
}

function reading(at: number): Reading {
  return {
    atMs: at * 1000,
    ...readInfo(infoText(at)),
    latencies: new Map([
      [
        'get',
        [
          [2, 400 * at],
          [4, 800 * at],
        ] as const,
      ],
    ]),
    threads: ['0', '1', 'tier'].map((thread) => ({
      thread,
      clients: 6,
      blockedClients: 0,
      busyUsec: at * 250_000,
      idleUsec: at * 750_000,
      heapBytes: 1e7,
      longestStallUsec: 12_000,
      silentMs: 0,
    })),
    hotKeys: names.map((name, n) => ({
      db: n,
      key: Buffer.from(name),
      uses: 100 - n,
      error: 0,
      perSecond: 1000 / (n + 1),
    })),
    slots: {
      slots: 16384,
      usedSlots: 16000,
      keys: 7_777_777,
      deviation: 20,
      largestSlot: 7,
      largestSlotKeys: 612,
      ranges: Array.from({ length: 64 }, (_, n) => [1000 + n, 120_000] as const),
    },
    curve: {
      seconds: 60,
      sampledKeys: 8192,
      ramBytes: 80_000_000,
      rows: [10, 20, 40, 80, 160, 320].map((mb, n) => [mb * 1e6, 0.5 / (n + 1)] as const),
    },
    missing: [],
  };
}

const state: ViewState = {
  target: '127.0.0.1:6379',
  snapshot: snapshotOf(reading(1), reading(2)),
  problem: undefined,
  sorting: 'calls',
  paused: false,
  help: false,
  intervalMs: 1000,
  history: [1, 5, 3],
};

test('the frame of the smallest terminal', () => {
  const lines = frame(state, { columns: 80, rows: 24 }, ascii).map(plainText);
  assert.deepEqual(lines.slice(0, 15), [
    'stratakv-top 127.0.0.1:6379  StrataKV 0.1.0  up 1h 01m  every 1 s',
    'ops/s 1,000  p50 2.00 us  p99 3.96 us  p99.9 4.00 us  hits 90.0 %  errors/s 0',
    'in 977 KiB/s  out 2.86 MiB/s  cpu 1.00 cores  expired/s 0  evicted/s 0',
    'clients 12 of 10,000  blocked 1  keys 7,777,777  memory 38.1 MiB  rss 153 MiB',
    '',
    'TIER           keys      bytes      bound           hits now    1 min      all',
    'RAM         123,456   38.1 MiB   76.3 MiB #####....   70.0 %      0 %   70.0 %',
    'NVMe      7,654,321   2.79 GiB   9.31 GiB ###......   66.7 %      0 %   66.7 %',
    'moves/s: promoted 50  demoted 60  clean 0  refused 0  dirty 0',
    'reads/s 200  p50 0 us  p99 850 us  p99.9 0 us  max 0 us  queue 0',
    'disk: read 0 B/s  written 0 B/s  x 1.80  pressure none',
    '',
    'COMMAND     *calls/s    mean     p50     p99  THREAD   busy      clients   stall',
    'get              800 2.00 us 2.00 us 3.96 us  0      25.0 % #...       6 12.0 ms',
    'set              200 4.00 us       -       -  1      25.0 % #...       6 12.0 ms',
  ]);
});

test('every frame has the size of the screen, whatever keys are called', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = new Random(seed);
    const size = { columns: random.integer(1, 220), rows: random.integer(1, 90) };
    const shown: ViewState = {
      ...state,
      snapshot: random.chance(0.1) ? undefined : state.snapshot,
      problem: random.chance(0.2) ? 'no answer for 3 s' : undefined,
      sorting: random.pick(sortings),
      paused: random.chance(0.5),
      help: random.chance(0.1),
    };
    const lines = frame(shown, size, random.pick([utf8, ascii]));
    assert.equal(lines.length, size.rows, `seed ${seed}`);
    for (const line of lines) {
      assert.equal(widthOfLine(line), size.columns, `seed ${seed}: ${plainText(line)}`);
      assert.doesNotMatch(plainText(line), /\p{C}/u);
    }
  }
});

test('plain text tells of a server without tiers what there is, and why the rest is not', () => {
  const plain: Reading = {
    ...reading(2),
    ...readInfo('redis_version:7.0.15\r\nrun_id:2\r\ntotal_commands_processed:5\r\ndb0:keys=3,expires=0\r\n'),
    threads: undefined,
    hotKeys: undefined,
    slots: undefined,
    curve: undefined,
    missing: (['tiers', 'threads', 'hotKeys', 'slots', 'curve'] as const).map((part) => ({
      part,
      why: 'not known to this server',
    })),
  };
  const text = wholeText({ ...state, snapshot: snapshotOf(undefined, plain) }, 100, ascii)
    .map(plainText)
    .join('\n');
  assert.match(text, /Redis 7\.0\.15/);
  assert.match(text, /keys 3 /);
  assert.equal(text.match(/not known to this server/g)?.length, 5);
});

test('columns of wide characters and marks', () => {
  assert.equal(columnsOf('abc'), 3);
  assert.equal(columnsOf('漢字'), 4);
  assert.equal(columnsOf('e\u0301'), 1);
  assert.equal(columnsOf('😀'), 2);
  assert.equal(cut('漢字漢字', 5), '漢字…');
  assert.equal(cut('漢字漢字', 4), '漢…');
  assert.equal(cut('abc', 3), 'abc');
  assert.equal(padEnd('漢', 4), '漢  ');
  assert.equal(sparkline([0, 5, 10], 5, ascii), '   =@');
});

test('the command line is checked, and a password is taken from the environment', () => {
  const options = parseOptions(['-h', '::1', '-p', '7000', '-i', '0.5', '--tls'], { REDISCLI_AUTH: 'secret' });
  assert.ok(options !== 'help');
  assert.deepEqual([options.host, options.port, options.intervalMs, options.password], ['::1', 7000, 500, 'secret']);
  assert.equal(parseOptions(['--help'], {}), 'help');
  for (const args of [
    ['-p', '0'],
    ['-p', 'x'],
    ['-i', '0'],
    ['--nonsense'],
    ['stray'],
    ['-u', 'me'],
    ['--tls', '--cacert', '/none'],
  ]) {
    assert.throws(() => parseOptions(args, {}), UsageError, args.join(' '));
  }
});
