import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type LaunchedServer, launch } from '../support/launch.ts';
import { missingPrograms } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';

/** What the commands below find: two strings, one integer, one key with a TTL, a list; nothing else exists. */
const setup = [
  'flushall',
  'set text hello',
  'set other help',
  'set number 42',
  'set brief x ex 1000',
  'rpush list a ext c a',
  'config resetstat',
];

/** Every way in which a command may look keys up, and change something or nothing. */
const lines = `
get text|get gone|getex text|getex gone|getex text persist|getex brief persist|getex text ex 100|getex text ex 0
getdel text|getdel gone|getset text new|getset gone new|set text new|set text new get|set gone new get|set text new nx
set gone new xx|set text new xx keepttl|setnx text new|setnx gone new|setex text 100 v|psetex gone 100000 v
mget text gone number text|mset text 1 gone 2|msetnx text 1 gone 2|msetnx gone 1 gone2 2
strlen text|strlen gone|getrange text 0 1|getrange gone 0 1|getrange text a b|substr text 0 1
append text x|append gone x|append number ''|setrange text 1 x|setrange gone 3 x|setrange text 1 ''|setrange gone 1 ''
incr number|incr gone|incr text|decrby number 2|incrbyfloat number 1|incrbyfloat gone 1|lcs text other|lcs text gone
getbit text 1|getbit gone 1|getbit text x|setbit number 3 1|setbit number 2 1|setbit gone 1 0|setbit text 1000 0
bitcount text|bitcount gone|bitpos text 1|bitpos gone 1|bitop or gone text other missing|bitop and text gone missing
bitop not number text|bitfield text get u8 0|bitfield gone get u8 0|bitfield text set u8 0 104|bitfield text set u8 0 1
bitfield number incrby u8 0 0|bitfield text set u8 100 0|bitfield gone set u8 0 0|bitfield_ro text get u8 0
bitfield text overflow fail incrby u8 0 255|bitfield text get u8 0 set u8 0 1|bitfield text
exists text|exists gone text text|type text|type gone|ttl text|ttl gone|pttl brief|expiretime brief|pexpiretime gone
touch text gone|del text|del gone|del text gone number|unlink text other|persist text|persist brief|persist gone
expire text 100|expire gone 100|expire text -1|expire text 100 xx|pexpireat brief 1|object encoding text
object encoding gone|object refcount number|object idletime text|object idletime gone|object freq text|memory usage gone
dump gone|rename text gone|rename gone text|rename text other|renamenx text other|renamenx text gone
copy text gone|copy text other|copy text other replace|copy gone text|copy text gone db 3|move text 3|move gone 3
lpush list x|lpush gone x y|rpush text x|lpushx gone x|lpushx list x y|lpop list|lpop list 2|lpop list 10|lpop gone
rpop list 0|llen list|llen gone|llen text|lindex list 0|lindex list 9|lindex gone 0|lrange list 0 -1|lrange gone 0 1
lset list 0 x|lset list 9 x|linsert list before a z|linsert list after none z|lrem list 0 a|lrem list 0 none|lrem gone 0 a
ltrim list 1 1|ltrim list 0 -1|ltrim list 9 9|lpos list a|lpos gone a|lmove list gone left right|lmove list list left right
lmove gone list left right|lmove list text left right|rpoplpush list gone|lmpop 2 gone list left count 2|lmpop 1 gone left
lmpop 1 list left count 9|sort list alpha|sort gone|sort text|sort list|sort list by t* alpha|sort list by nosort get t*
sort list alpha store gone|sort gone store text|sort gone store none|sort list by t* alpha get o* get t* store list
sort_ro list alpha get t*|sort_ro list|sort_ro text|sort_ro gone|sort list limit 1 x
keys *|randomkey|scan 0|dbsize|select 3|swapdb 3 4|debug object gone|restore text 0 bad|restore gone 0 bad|flushdb
`
  .split(/[|\n]/)
  .filter((line) => line !== '');

const encodings = `
set k 12|set k 012|set k 9223372036854775807|set k 9223372036854775808|append k 12|incrbyfloat k 12|setrange k 0 12
set k 12,setbit k 0 0|set k 12,getbit k 0|set k a,bitfield k get u8 0|set k a,bitfield k set u8 0 97|set k a,append k ''
set k 12,setrange k 0 ''|set k 12,incr k|append k 1,incr k|append k a,append k b|append k 1,append k 2,incr k
set a 12,bitop or k a|set a 12,bitop or k a,incr k|set k 12,incrbyfloat k 1,incr k|set k 12,incrbyfloat k 1,append k 1
set k 12,copy k j,rename j k|set k 12,append k 3,copy k j,rename j k|set j 1,copy j k,incr k|set k 1,bitop not k k|incrby k 10000|incrby k 9999
set k -1|set k 12,getex k persist|set k 12,getset k 13|mset k 12|set k 12,setbit k 100 0|set k 12,bitfield k incrby u8 0 0
set k 12,expire k 100|set k 12,setbit k 2 1,expire k 100|set k 12,append k 3,persist k,expire k 100,persist k
`
  .split(/[|\n]/)
  .filter((line) => line !== '');

const figures = ['keyspace_hits', 'keyspace_misses', 'expired_keys', 'rdb_changes_since_last_save'] as const;
/** Words; `''` is an empty argument. */
const argsOf = (line: string): string[] => line.split(' ').map((word) => (word === "''" ? '' : word));

async function readFigures(client: RawClient): Promise<Record<string, number>> {
  const text = (await client.call('info', 'everything')).toString('latin1');
  const found = figures.map((name) => [name, Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(text)?.[1])]);
  return Object.fromEntries(found) as Record<string, number>;
}

/** What a command adds to the figures. */
async function added(client: RawClient, line: string): Promise<Record<string, number>> {
  for (const each of setup) await client.call(...argsOf(each));
  const before = await readFigures(client);
  await client.call(...argsOf(line));
  const after = await readFigures(client);
  await client.call('select', '0');
  return Object.fromEntries(figures.map((name) => [name, (after[name] ?? 0) - (before[name] ?? 0)]));
}

describe('bookkeeping is as redis-server does it', {
  skip: missingPrograms({ 'redis-server': 'redis-server' }),
}, () => {
  const servers: LaunchedServer[] = [];
  const clients: RawClient[] = [];

  before(async () => {
    for (const kind of ['stratakv', 'redis'] as const) {
      const server = await launch(kind, { 'enable-debug-command': 'yes' });
      servers.push(server);
      clients.push(await RawClient.connect({ port: server.port }));
    }
  });

  after(async () => {
    for (const client of clients) client.close();
    await Promise.all(servers.map((server) => server.stop()));
  });

  it('hits, misses and changes of each command', async () => {
    const differing: string[] = [];
    for (const line of lines) {
      const [ours, theirs] = await Promise.all(clients.map((client) => added(client, line)));
      if (JSON.stringify(ours) === JSON.stringify(theirs)) continue;
      differing.push(`${line}: ${JSON.stringify(ours)} here, ${JSON.stringify(theirs)} there`);
    }
    assert.deepEqual(differing, []);
  });

  it('encoding and reference count after each way to make a string', async () => {
    const differing: string[] = [];
    for (const commands of encodings) {
      const replies = await Promise.all(
        clients.map(async (client) => {
          await client.call('flushall');
          const all: string[] = [];
          for (const line of [...commands.split(','), 'object encoding k', 'object refcount k']) {
            all.push((await client.call(...argsOf(line))).toString('latin1'));
          }
          return JSON.stringify(all);
        }),
      );
      if (replies[0] !== replies[1]) differing.push(`${commands}: ${replies[0]} here, ${replies[1]} there`);
    }
    assert.deepEqual(differing, []);
  });

  it('a command that names a key twice counts its expiry once', async () => {
    const names = ['flushall', 'set k v ex 100', 'set l v ex 100', 'mset k a k b'];
    const [ours, theirs] = await Promise.all(
      clients.map(async (client) => {
        for (const line of names) await client.call(...argsOf(line));
        return /keys=\d+,expires=\d+/.exec(String(await client.call('info', 'keyspace')))?.[0];
      }),
    );
    assert.equal(ours, theirs);
    assert.equal(ours, 'keys=2,expires=1');
  });

  it('small integers count as shared unless a policy needs to know their use', async () => {
    for (const client of clients) await client.call('config', 'set', 'maxmemory', '100mb');
    for (const policy of ['noeviction', 'allkeys-lru', 'volatile-lfu', 'allkeys-random']) {
      const replies = await Promise.all(
        clients.map(async (client) => {
          await client.call('config', 'set', 'maxmemory-policy', policy);
          await client.call('set', 'k', '9999');
          return String(await client.call('object', 'refcount', 'k'));
        }),
      );
      assert.equal(replies[0], replies[1], policy);
    }
  });

  it('calls are counted when they are over: INFO does not see itself, CONFIG RESETSTAT survives itself', async () => {
    const [ours, theirs] = await Promise.all(
      clients.map(async (client) => {
        for (const line of ['info', 'config resetstat', 'get k', 'config resetstat x'])
          await client.call(...argsOf(line));
        const text = (await client.call('info', 'commandstats')).toString('latin1');
        return [...text.matchAll(/^cmdstat_(\S+?):calls=(\d+).*(rejected_calls=\d+,failed_calls=\d+)/gm)]
          .map(([, name, calls, failures]) => `${name} ${calls} ${failures}`)
          .sort();
      }),
    );
    assert.deepEqual(ours, theirs);
  });

  it('the clock is not late', async () => {
    for (const client of clients) {
      for (let i = 0; i < 300; i++) {
        await client.call('set', 'clock', 'x', 'pxat', Date.now() + 10_000);
        const left = Number(String(await client.call('pttl', 'clock')).slice(1));
        assert.ok(left <= 10_000, `${left} ms left`);
      }
    }
  });

  it('OBJECT IDLETIME and FREQ see uses, and only those', async () => {
    for (const client of clients) {
      await client.call('config', 'set', 'maxmemory-policy', 'noeviction');
      await client.call('set', 'k', '1');
    }
    const [dump] = await Promise.all(clients.map((client) => client.call('dump', 'k')));
    assert.ok(dump !== undefined);
    const payload = dump.subarray(dump.indexOf('\n') + 1, -2);
    for (const line of [
      'get k',
      'ttl k',
      'exists k',
      'type k',
      'object encoding k',
      'touch k',
      'strlen k',
      'memory usage k',
    ]) {
      const idle = await Promise.all(
        clients.map(async (client) => {
          await client.call('restore', 'k', '0', payload, 'replace', 'idletime', '100');
          await client.call(...argsOf(line));
          return Number(String(await client.call('object', 'idletime', 'k')).slice(1)) >= 100;
        }),
      );
      assert.equal(idle[0], idle[1], line);
    }
    for (const client of clients)
      await client.call('config', 'set', 'maxmemory-policy', 'allkeys-lfu', 'lfu-log-factor', '0');
    const frequency = await Promise.all(
      clients.map(async (client) => {
        await client.call('restore', 'k', '0', payload, 'replace', 'freq', '10');
        for (const line of ['get k', 'strlen k', 'ttl k', 'touch k', 'exists k']) await client.call(...argsOf(line));
        return String(await client.call('object', 'freq', 'k'));
      }),
    );
    assert.deepEqual(frequency, [':13\r\n', ':13\r\n']);
  });
});

describe('CLIENT NO-TOUCH', () => {
  it('holds for all commands of the client but TOUCH', async () => {
    const server = await launch('stratakv');
    const client = await RawClient.connect({ port: server.port });
    try {
      await client.call('set', 'k', 'x');
      const dump = await client.call('dump', 'k');
      const payload = dump.subarray(dump.indexOf('\n') + 1, -2);
      await client.call('restore', 'k', '0', payload, 'replace', 'idletime', '100');
      await client.call('client', 'no-touch', 'on');
      await client.call('get', 'k');
      assert.ok(Number(String(await client.call('object', 'idletime', 'k')).slice(1)) >= 100);
      await client.call('touch', 'k');
      assert.equal(String(await client.call('object', 'idletime', 'k')), ':0\r\n');
    } finally {
      client.close();
      await server.stop();
    }
  });
});

describe('a value that becomes much smaller', () => {
  it('gives its memory back', async () => {
    const server = await launch('stratakv');
    const client = await RawClient.connect({ port: server.port });
    try {
      await client.call('set', 'k', 'A'.repeat(100_000));
      await client.call('set', 'k', 'A'.repeat(33_000));
      assert.ok(Number(String(await client.call('memory', 'usage', 'k')).slice(1)) < 42_000);
    } finally {
      client.close();
      await server.stop();
    }
  });
});
