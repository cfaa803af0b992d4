import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Config } from './config.ts';
import type { AnyDirective } from './directive.ts';
import { directiveNames, directives } from './directives.ts';
import { effectiveDefaults } from './effective.ts';
import { formatMemory, parseMemory } from './kinds.ts';
import { notify } from './notify-kind.ts';

test('defaults are typed values', () => {
  const { values } = new Config();
  assert.equal(values.port, 6379);
  assert.deepEqual(values.bind, ['*', '-::*']);
  assert.deepEqual(values['storage-provider'], { kind: 'flash', path: './data/flash' });
  assert.equal(values['storage-flush-period'], 1000);
  assert.deepEqual(values['client-output-buffer-limit'].pubsub, {
    hardBytes: 32 << 20,
    softBytes: 8 << 20,
    softSeconds: 60,
  });
  assert.deepEqual(values.save[0], { seconds: 3600, changes: 1 });
  assert.ok(values['server-threads'] >= 1 && values['server-threads'] <= 4);
});

test('canonical texts read back to themselves', () => {
  const { values } = new Config();
  for (const name of directiveNames()) {
    const directive: AnyDirective = directives[name];
    const args = directive.multi ? directive.default.split(' ').filter((word) => word !== '') : [directive.default];
    const again = directive.read(args, { current: values[name], atStart: true, seen: false });
    assert.deepEqual(again, { value: directive.initial, text: directive.default }, name);
  }
});

test('CONFIG GET: patterns, aliases, hidden names, each once', () => {
  const config = new Config();
  assert.deepEqual(config.get(['MAXMEMORY', 'maxmemory', 'slave-prio*']), [
    ['maxmemory', '0'],
    ['slave-priority', '100'],
  ]);
  assert.deepEqual(config.get(['use-exit*', 'max\\memory', 'nothing']), []);
  assert.deepEqual(config.get(['Use-Exit-On-Panic']), [['use-exit-on-panic', 'no']]);
  const all = config.get(['*']).map(([name]) => name);
  assert.equal(new Set(all).size, all.length);
});

test('CONFIG SET is all or nothing, and listeners may refuse', () => {
  const config = new Config();
  const heard: string[] = [];
  config.onChange('maxmemory', (now, before) => {
    heard.push(`maxmemory ${before} -> ${now}`);
    return undefined;
  });
  config.onChange('port', (now) => (now === 1 ? 'Unable to listen on this port. Check server logs.' : undefined));
  assert.equal(
    config.set([
      ['maxmemory', '1kb'],
      ['hz', 'x'],
    ]),
    "ERR CONFIG SET failed (possibly related to argument 'hz') - argument couldn't be parsed into an integer",
  );
  assert.equal(config.values.maxmemory, 0);
  assert.equal(
    config.set([
      ['maxmemory', '1kb'],
      ['port', '1'],
    ]),
    "ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs.",
  );
  assert.equal(config.values.maxmemory, 0);
  assert.equal(config.values.port, 6379);
  assert.equal(config.isGiven('maxmemory'), false);
  assert.equal(
    config.set([
      ['MaxMemory', '1kb'],
      ['hz', '501'],
    ]),
    undefined,
  );
  assert.deepEqual([config.values.maxmemory, config.values.hz], [1024, 500]);
  assert.deepEqual(heard, ['maxmemory 0 -> 1024', 'maxmemory 1024 -> 0', 'maxmemory 0 -> 1024']);
});

test('protected directives need leave', () => {
  const config = new Config();
  const refusal = "ERR CONFIG SET failed (possibly related to argument 'dir') - can't set protected config";
  assert.equal(config.set([['dir', '/']], { local: true }), refusal);
  config.apply([['enable-protected-configs', 'local']]);
  assert.equal(config.set([['dir', '/']], { local: false }), refusal);
  assert.equal(config.set([['dir', '/']], { local: true }), undefined);
  assert.equal(config.values.dir, '/');
});

test('a snapshot rebuilds the same configuration', () => {
  const config = new Config();
  const pairs: [string, string][] = [
    ['save', '1 2 3 4'],
    ['client-output-buffer-limit', 'replica 1mb 1k 5'],
    ['notify-keyspace-events', 'Kgx'],
    ['shutdown-on-sigterm', 'now save'],
    ['bind', '127.0.0.1'],
    ['maxmemory-clients', '5%'],
    ['requirepass', 'très secret'],
    ['latency-tracking-info-percentiles', ''],
  ];
  assert.equal(config.set(pairs), undefined);
  config.renamedCommands.push(['FLUSHALL', '']);
  const copy = Config.from(structuredClone(config.snapshot()));
  assert.deepEqual(copy.values, config.values);
  assert.deepEqual(copy.get(['*']), config.get(['*']));
  assert.deepEqual(copy.snapshot(), config.snapshot());
  assert.equal(copy.isGiven('save'), true);
  assert.equal(copy.isGiven('port'), false);
  assert.equal(copy.values['notify-keyspace-events'], notify.keyspace | notify.generic | notify.expired);
});

test('apply and watch', () => {
  const config = new Config();
  const seen: number[] = [];
  config.watch('timeout', (seconds) => seen.push(seconds));
  config.apply([['timeout', '7']]);
  assert.deepEqual(seen, [0, 7]);
});

test('secrets are masked for logs', () => {
  const config = new Config();
  assert.equal(config.shown('requirepass'), '');
  config.set([['requirepass', 'hush']]);
  assert.equal(config.shown('requirepass'), '(redacted)');
  assert.equal(config.text('requirepass'), 'hush');
  for (const name of directiveNames()) {
    const directive: AnyDirective = directives[name];
    if (/pass$|auth$/.test(name)) assert.ok(directive.sensitive, name);
  }
});

test('the effective maxmemory', () => {
  const gb = 2 ** 30;
  const config = new Config();
  assert.equal(effectiveDefaults(config, 24 * gb).maxmemory, 6 * gb);
  assert.equal(effectiveDefaults(config, 1024 * gb).maxmemory, 64 * gb);
  config.apply([['storage-provider', 'none']]);
  assert.equal(effectiveDefaults(config, 24 * gb).maxmemory, 0);
  config.apply([['storage-provider', 'flash /a b']]);
  assert.deepEqual(config.values['storage-provider'], { kind: 'flash', path: '/a b' });
  config.apply([['maxmemory', '100mb']]);
  assert.equal(effectiveDefaults(config, 24 * gb).maxmemory, 100 * 2 ** 20);
});

test('memory values', () => {
  assert.equal(parseMemory('1g'), 1_000_000_000n);
  assert.equal(parseMemory('2GB'), 2n << 30n);
  assert.equal(parseMemory('1.5gb'), undefined);
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 62n }), (bytes) =>
      assert.equal(parseMemory(formatMemory(bytes)), bytes),
    ),
  );
});
