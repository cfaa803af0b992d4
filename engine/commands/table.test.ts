import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CommandServer } from '../../test/support/command-server.ts';
import { type LaunchedServer, launch } from '../../test/support/launch.ts';
import { toPlain } from '../../test/support/plain-reply.ts';
import { findProgram } from '../../test/support/programs.ts';
import { RawClient } from '../../test/support/raw-client.ts';
import { commandSpecs } from './index.ts';
import { CommandTable } from './table.ts';

/** Their arguments are whole command lines, or depend on the subcommand; redis 7.0.15 describes none either. */
const undescribed: readonly string[] = ['debug', 'command|getkeys', 'command|getkeysandflags'];

describe('CommandTable', () => {
  const table = new CommandTable(commandSpecs);
  const lookup = (name: string) => {
    const bytes = Buffer.from(`xx${name}yy`, 'latin1');
    return table.lookup(bytes, 2, name.length);
  };

  it('finds every command in any case, and nothing else', () => {
    for (const entry of table.all()) {
      assert.equal(lookup(entry.spec.name), entry);
      assert.equal(lookup(entry.spec.name.toUpperCase()), entry);
      assert.equal(lookup(`${entry.spec.name}x`)?.spec.name.startsWith(entry.spec.name) ?? true, true);
      assert.notEqual(lookup(entry.spec.name.slice(1)), entry);
    }
    for (const name of ['', 'nonsense', 'ge', 'g\0t', '\xe7et', 'GET ', 'quux'.repeat(100)])
      assert.equal(lookup(name), undefined);
  });

  it('finds subcommands through their container', () => {
    const config = table.byName('CONFIG');
    assert(config);
    assert.equal(table.subcommand(config, Buffer.from('SeT'), 0, 3)?.fullName, 'config|set');
    assert.equal(table.subcommand(config, Buffer.from('nope'), 0, 4), undefined);
    assert.equal(table.byName('config|get')?.fullName, 'config|get');
    assert.equal(table.byName('get|x'), undefined);
  });

  it('has dense ids', () => {
    table.allWithSubcommands().forEach((entry, id) => {
      assert.equal(entry.id, id);
      assert.equal(table.byId(id), entry);
    });
    assert.equal(table.size, table.allWithSubcommands().length);
  });

  it('renames and disables commands', () => {
    const renamed = new CommandTable(
      commandSpecs,
      new Map([
        ['Config', 'Secret'],
        ['debug', ''],
      ]),
    );
    assert.equal(renamed.byName('secret')?.fullName, 'config');
    assert.equal(renamed.byName('config'), undefined);
    assert.equal(renamed.byName('debug'), undefined);
    assert.throws(() => new CommandTable(commandSpecs, new Map([['nope', 'x']])), /No such command in rename-command/);
    assert.throws(
      () => new CommandTable(commandSpecs, new Map([['get', 'set']])),
      /Target command name already exists/,
    );
  });

  it('is documented', () => {
    for (const { spec, fullName, subcommands } of table.allWithSubcommands()) {
      assert(spec.summary !== '' && spec.complexity !== '' && /^\d+\.\d+\.\d+$/.test(spec.since), fullName);
      const words = fullName.split('|').length;
      const takesMore = Math.abs(spec.arity) > words && subcommands.length === 0 && !undescribed.includes(fullName);
      assert(!takesMore || spec.arguments !== undefined, `${fullName}: arguments`);
    }
  });
});

/** Where COMMAND INFO of ours and of redis 7.0.15 may differ. */
const exceptions = {
  /** Not in redis 7.0.15. */
  ours: [
    'expdel',
    'expiremember',
    'expirememberat',
    'keydb.cron',
    'keydb.cronrun',
    'keydb.hrename',
    'keydb.mexists',
    'keydb.nhget',
    'keydb.nhset',
    'pexpirememberat',
    'object|lastmodified',
    'client|setinfo',
    'client|no-touch',
    'tier',
    'waitaof',
  ],
  /** They take one argument more: a member in KeyDB, WITHSCORE in redis 7.2. */
  takesMore: ['ttl', 'pttl', 'persist', 'zrank', 'zrevrank'],
  /** Commands whose subcommands we do not all have yet. */
  incomplete: ['client', 'object', 'memory', 'config', 'command', 'slowlog', 'latency'],
};

interface Info {
  readonly name: string;
  readonly facts: readonly unknown[];
  readonly subcommands: readonly unknown[];
}

function readInfo(raw: unknown): Info {
  const [name, arity, flags, first, last, step, categories, tips, keySpecs, subcommands] = raw as unknown[];
  const facts = [arity, [...(flags as string[])].sort(), first, last, step, categories, tips, withoutNotes(keySpecs)];
  return { name: String(name), facts, subcommands: subcommands as unknown[] };
}

/** Notes are in words of our own; that there is one is the same. */
function withoutNotes(keySpecs: unknown): unknown {
  const text = (spec: readonly unknown[]) => spec.map((part, n) => (spec[n - 1] === 'notes' ? '' : part));
  return (keySpecs as unknown[][]).map(text);
}

describe('COMMAND INFO', { skip: findProgram('redis-server') === undefined && 'redis-server is not installed' }, () => {
  let server: LaunchedServer;
  let client: RawClient;
  before(async () => {
    server = await launch('redis');
    client = await RawClient.connect({ port: server.port });
  });
  after(async () => {
    client.close();
    await server.stop();
  });

  it('says of every command what redis 7.0.15 says', async () => {
    const ours = new CommandServer();
    const names = ours.table.allWithSubcommands().map(({ fullName }) => fullName);
    for (const name of names) {
      if (exceptions.ours.some((own) => own === name || name.startsWith(`${own}|`))) continue;
      const [theirs] = toPlain(await client.call('COMMAND', 'INFO', name)) as unknown[];
      const [actual] = toPlain(await ours.call(['COMMAND', 'INFO', name])) as unknown[];
      assert(Array.isArray(theirs), `redis does not know ${name}`);
      const from = exceptions.takesMore.includes(name) ? 1 : 0;
      assert.deepEqual(readInfo(actual).facts.slice(from), readInfo(theirs).facts.slice(from), name);
      if (!exceptions.incomplete.includes(name))
        assert.equal(readInfo(actual).subcommands.length, readInfo(theirs).subcommands.length, name);
    }
  });

  it('documents the same arguments', async () => {
    const ours = new CommandServer();
    for (const { fullName, subcommands } of ours.table.allWithSubcommands()) {
      if (subcommands.length > 0 || exceptions.ours.some((own) => own === fullName || fullName.startsWith(`${own}|`)))
        continue;
      if (exceptions.takesMore.includes(fullName)) continue;
      const theirs = docsOf(toPlain(await client.call('COMMAND', 'DOCS', fullName)));
      const actual = docsOf(toPlain(await ours.call(['COMMAND', 'DOCS', fullName])));
      for (const field of ['since', 'group', 'arguments', 'doc_flags', 'deprecated_since', 'replaced_by']) {
        assert.deepEqual(actual.get(field), theirs.get(field), `${fullName}: ${field}`);
      }
      assert.equal(
        (actual.get('history') as unknown[])?.length,
        (theirs.get('history') as unknown[])?.length,
        fullName,
      );
    }
  });
});

function docsOf(reply: unknown): Map<unknown, unknown> {
  const [, fields] = reply as [unknown, unknown[]];
  const found = new Map<unknown, unknown>();
  for (let i = 0; i < fields.length; i += 2) found.set(fields[i], fields[i + 1]);
  return found;
}
