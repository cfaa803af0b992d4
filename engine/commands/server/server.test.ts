import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CommandComparison } from '../../../test/support/command-comparison.ts';
import { CommandServer } from '../../../test/support/command-server.ts';
import { toPlain } from '../../../test/support/plain-reply.ts';
import { missingPrograms } from '../../../test/support/programs.ts';
import { RawClient } from '../../../test/support/raw-client.ts';

const scenarios = `
set a 1
swapdb
swapdb x 0
swapdb 0 x
swapdb 0 99
swapdb -1 0
swapdb 0 0
swapdb 0 1
exists a
dbsize
select 1
get a
dbsize
flushdb foo
flushdb async sync
flushdb async
dbsize
set b 1
flushall foo
flushall sync async
flushall sync
dbsize
dbsize x

config
config foo
config get
config get nonsense
config get maxmemory
config get maxmemory maxmemory
config get maxmemory-p* nonsense
config set
config set a
config set a b
config set port
config set maxmemory 1 x
config set maxmemory x
config set maxmemory 1 maxmemory 2
config set databases 3
config set port 1 databases 2
config set maxmemory-policy foo
config set maxmemory 100mb maxmemory-policy allkeys-lfu
config get maxmemory
set a 1
object idletime a
object idletime missing
config set maxmemory 0 maxmemory-policy noeviction
config rewrite
config rewrite x
config resetstat
config resetstat x

command foo
command count x
command docs foo
command info foo
command info foo get foo
command info config|set
command info config|nope
command info get|x
command list x
command list filterby
command list filterby foo
command list filterby foo bar
command list filterby module foo
command list filterby aclcat nope
command list filterby pattern x y
command getkeys
command getkeys get
command getkeys get a
command getkeys get a b
command getkeys ping a
command getkeys foo bar
command getkeys mset a b c d
command getkeys mset a b c
command getkeys mset
command getkeys rename a b
command getkeys object encoding a
command getkeys memory usage a
command getkeys object foo a
command getkeys set a b get
command getkeys lcs a b
command getkeysandflags
command getkeysandflags get
command getkeysandflags get a
command getkeysandflags foo a
command getkeysandflags set a b
command getkeysandflags set a b get
command getkeysandflags set a b ex 10 get
command getkeysandflags bitfield a get u1 0
command getkeysandflags bitfield a set u1 0 1
command getkeysandflags bitfield a overflow sat get u1 0
command getkeysandflags copy a b
command getkeysandflags rename a b
command getkeysandflags del a b c

memory
memory foo
memory usage
memory usage missing
memory usage a samples
memory usage a samples -1
memory usage a samples x
memory usage a foo
memory usage missing samples 5
memory usage missing samples 5 samples 6
memory purge
memory purge x
memory doctor x
memory stats x
time x
shutdown foo
shutdown abort
shutdown nosave save
shutdown abort now
shutdown abort save

slowlog
slowlog foo
slowlog get x
slowlog get -2
slowlog get 1 2
slowlog len x
slowlog reset x
latency
latency foo
latency latest
latency latest x
latency history x
latency history
latency reset
latency reset x
latency graph x
latency graph
latency doctor x

lolwut version x
debug
debug foo
debug sleep
debug sleep 0
debug sleep x
debug object missing
debug object
debug change-repl-id
debug protocol nonsense
debug reload foo
debug replybuffer
debug replybuffer resizing 0
debug quicklist-packed-threshold 1b
debug quicklist-packed-threshold x
debug set-active-expire 1
debug set-active-expire x
debug error "FOO bar"
set a hello
set n 123
set e 1 pxat 33177117420123
debug digest-value a
debug digest-value n missing e
`;

/** Redis's clock for idle time ticks once a second. */
function withoutIdleTime(reply: string, line: string): string {
  return line.startsWith('object idletime') ? reply.replace(/^:\d+/, ':N') : reply;
}

describe('server commands against redis-server', { skip: missingPrograms({ 'redis-server': 'redis-server' }) }, () => {
  let comparison: CommandComparison;
  before(async () => {
    comparison = await CommandComparison.start();
  });
  after(() => comparison.stop());

  for (const resp of [2, 3] as const) {
    it(`answers scenarios alike in RESP${resp}`, async () => {
      assert.equal((await comparison.differences(scenarios, withoutIdleTime, resp)).join('\n\n'), '');
    });
  }

  it('has the sections and fields of INFO in the same order', async () => {
    const client = await RawClient.connect({ port: comparison.server.port });
    comparison.ours.session().reset();
    for (const which of [
      [],
      ['all'],
      ['everything'],
      ['default'],
      ['cpu', 'default'],
      ['KEYSPACE', 'server'],
      ['nonsense'],
    ]) {
      const theirs = headings(await client.call('INFO', ...which));
      const ours = headings(await comparison.ours.call(['INFO', ...which]));
      assert.deepEqual(
        ours.filter((heading) => theirs.includes(heading)),
        theirs,
        which.join(' '),
      );
    }
    const theirs = fieldNames(await client.call('INFO', 'everything'));
    const ours = fieldNames(await comparison.ours.call(['INFO', 'everything']));
    assert.deepEqual(
      theirs.filter((name) => !ours.includes(name)),
      notApplicable,
    );
    const common = ours.filter((name) => theirs.includes(name));
    assert.deepEqual(
      common,
      theirs.filter((name) => ours.includes(name)),
    );
    client.close();
  });
});

/** Fields of redis 7.0.15 that say nothing here: how C was compiled, and CPU per thread, which Node does not tell. */
const notApplicable = ['atomicvar_api', 'gcc_version', 'used_cpu_sys_main_thread', 'used_cpu_user_main_thread'];

function lines(raw: Buffer): string[] {
  return String(toPlain(raw)).split('\r\n');
}

function headings(raw: Buffer): string[] {
  return lines(raw).filter((line) => line.startsWith('# '));
}

function fieldNames(raw: Buffer): string[] {
  const ofData = /^(cmdstat_|errorstat_|latency_percentiles_usec_|db\d)/;
  return lines(raw)
    .filter((line) => line.includes(':'))
    .map((line) => line.slice(0, line.indexOf(':')))
    .filter((name) => !ofData.test(name));
}

describe('server commands', () => {
  const fresh = () => {
    const server = new CommandServer();
    const ask = async (line: string) => toPlain(await server.call(line.split(' ')));
    return { server, ask };
  };

  it('reports statistics, keyspace and tiers', async () => {
    const { ask } = fresh();
    await ask('set a 1 ex 100');
    await ask('get a');
    await ask('nonsense');
    const info = String(await ask('info everything'));
    assert.match(info, /\r\ncmdstat_get:calls=1,usec=\d+,usec_per_call=\d+\.\d\d,rejected_calls=0,failed_calls=0\r\n/);
    assert.match(info, /\r\nerrorstat_ERR:count=1\r\n/);
    assert.match(info, /\r\nlatency_percentiles_usec_set:p50=\d+\.\d{3},p99=\d+\.\d{3},p99\.9=\d+\.\d{3}\r\n/);
    assert.match(info, /\r\ndb0:keys=1,expires=1,avg_ttl=\d+,cached_keys=1\r\n/);
    assert.match(info, /# Tiers\r\ntier_provider:none\r\n/);
    assert.match(info, /\r\nredis_version:7\.0\.15\r\nstratakv_version:\d/);
    assert.match(info, /\r\nthread_0_clients:/);
    assert.match(info, /\r\nserver_threads:1\r\n/);
    assert.match(info, /\r\nstorage_provider:flash\r\n/);
  });

  it('tells the time, draws, and describes memory', async () => {
    const { server, ask } = fresh();
    const [seconds, micros] = (await ask('time')) as string[];
    assert(Math.abs(Number(seconds) * 1000 + Number(micros) / 1000 - Date.now()) < 60_000);
    assert.match(String(await ask('lolwut')), /Redis ver\. 7\.0\.15\n$/);
    const stats = (await ask('memory stats')) as unknown[];
    assert.equal(stats[stats.indexOf('total.allocated') + 1], 1e6);
    assert.match(String(await ask('memory malloc-stats')), /in use +1000000 /);
    assert.match((await server.call(['memory', 'doctor'])).toString(), /nearly empty/);
  });

  it('runs every HELP', async () => {
    const { server, ask } = fresh();

    for (const { spec, subcommands } of server.table.all()) {
      if (subcommands.length === 0) continue;
      const help = (await ask(`${spec.name} help`)) as string[];
      assert.match(help[0] ?? '', new RegExp(`^${spec.name.toUpperCase()} <subcommand> `));
      assert.deepEqual(help.slice(-2), ['HELP', '    Prints this help.']);
      for (const sub of subcommands) {
        const name = sub.spec.name.toUpperCase();
        assert(
          help.some((line) => line === name || line.startsWith(`${name} `)),
          `${sub.fullName} is not in the help`,
        );
      }
    }
  });

  it('reports on tiers', async () => {
    const { ask } = fresh();
    await ask('set a 1');
    assert.deepEqual(await ask('tier where a b'), ['hot dirty', 'none']);
    assert.equal(((await ask('tier status')) as unknown[])[0], 'provider');
    assert.equal(await ask('tier demote a b'), 0);
  });

  it('logs slow commands, but not the one that reads the log before it is done', async () => {
    const { server, ask } = fresh();
    server.slowerThan(0);
    await ask('get a');
    assert.equal(await ask('slowlog len'), 1);
    const [newest] = (await ask('slowlog get 1')) as unknown[][];
    assert.deepEqual(newest?.[3], ['slowlog', 'len']);
    assert.equal(((await ask('slowlog get -1')) as unknown[]).length, 3);
  });

  it('hides DEBUG unless it is enabled', async () => {
    const { ask } = fresh();
    assert.match(String(await ask('debug sleep 0')), /DEBUG command not allowed\. If the enable-debug-command option/);
  });
});
