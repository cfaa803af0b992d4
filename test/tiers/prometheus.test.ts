import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { freePort } from '../support/ports.ts';
import { TieredServer } from './tiered-server.ts';

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

function ask(port: number, path: string, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, path, method, host: '127.0.0.1', agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const contentType = response.headers['content-type'] ?? '';
        resolve({ status: response.statusCode ?? 0, contentType, text: Buffer.concat(chunks).toString() });
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** Samples of the text format by `name{labels}`; fails on what is no sample and no comment, and on a metric without HELP and TYPE. */
function parse(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  const types = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('# HELP ')) continue;
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    if (type !== null) {
      types.set(type[1] ?? '', type[2] ?? '');
      continue;
    }
    const sample = /^([a-zA-Z_:][\w:]*)(\{(?:[a-z_]+="[^"\n]*",?)*\})? (-?[\d.]+(?:e[+-]?\d+)?|[+-]Inf|Nan)$/.exec(
      line,
    );
    assert.ok(sample !== null, line);
    const [, name = '', labels = '', value = ''] = sample;
    const family = types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '');
    assert.ok(types.has(family), `${name} has a type`);
    if (types.get(family) === 'counter') assert.match(name, /_total$/);
    const key = name + labels;
    assert.ok(!samples.has(key), `${key} twice`);
    samples.set(key, Number(value));
  }
  return samples;
}

test('a scrape parses, and says what INFO says', { timeout: 60_000 }, async () => {
  const port = await freePort();
  const args = ['--server-threads', '2', '--maxmemory', '64mb', '--prometheus-port', String(port)];
  const tiered = await TieredServer.start(args);
  try {
    const keys = Array.from({ length: 300 }, (_, n) => `k${n}`);
    await tiered.pipeline(keys.map((key) => ['SET', key, 'v'.repeat(300), 'EX', '1000']));
    await tiered.call('TIER', 'DEMOTE', ...keys.slice(100));
    await tiered.pipeline(keys.slice(0, 150).map((key) => ['GET', key]));
    await tiered.call('GET', 'none');
    await tiered.call('NOSUCH');
    const { status, contentType, text } = await ask(port, '/metrics');
    assert.equal(status, 200);
    assert.match(contentType, /^text\/plain; version=0\.0\.4/);
    const samples = parse(text);
    const info = new Map(
      ((await tiered.call('INFO', 'everything')) ?? '').split('\r\n').map((line): [string, string] => {
        const at = line.indexOf(':');
        return [line.slice(0, at), line.slice(at + 1)];
      }),
    );
    const same: Record<string, string> = {
      'stratakv_keys{db="0",tier="ram"}': 'tier_hot_keys',
      'stratakv_keys{db="0",tier="nvme"}': 'tier_cold_keys',
      'stratakv_tier_hits_total{tier="ram"}': 'tier_ram_hits',
      'stratakv_tier_hits_total{tier="nvme"}': 'tier_nvme_hits',
      'stratakv_tier_admitted_total{tier="nvme"}': 'tier_nvme_admitted',
      'stratakv_tier_max_bytes{tier="ram"}': 'maxmemory',
      stratakv_nvme_reads_total: 'tier_cold_reads',
      'stratakv_nvme_bytes_total{operation="read"}': 'tier_bytes_read',
      stratakv_keyspace_hits_total: 'keyspace_hits',
      stratakv_keyspace_misses_total: 'keyspace_misses',
      stratakv_connected_clients: 'connected_clients',
      stratakv_max_clients: 'maxclients',
      stratakv_connections_received_total: 'total_connections_received',
    };
    for (const [sample, field] of Object.entries(same)) {
      assert.equal(samples.get(sample), Number(info.get(field)), `${sample} is ${field}`);
    }
    assert.equal(samples.get('stratakv_commands_total{command="get"}'), 151);
    assert.equal(samples.get('stratakv_keys_expiring{db="0"}'), 300);
    assert.equal(samples.get('stratakv_errors_total{code="ERR"}'), 1);
    assert.equal(samples.get('stratakv_nvme_read_duration_seconds_count'), 50);
    assert.equal(samples.get('stratakv_nvme_read_duration_seconds_bucket{le="+Inf"}'), 50);
    assert.ok((samples.get('stratakv_commands_duration_seconds_total{command="get"}') ?? 0) > 0);
    for (const thread of ['0', '1', 'tier']) {
      assert.ok(samples.has(`stratakv_longest_stall_seconds{thread="${thread}"}`), `thread ${thread}`);
    }
    const buckets = [...samples].filter(([name]) => name.startsWith('stratakv_nvme_read_duration_seconds_bucket'));
    const counts = buckets.map(([, count]) => count);
    assert.deepEqual(
      counts,
      counts.toSorted((a, b) => a - b),
    );
    assert.ok(buckets.length > 20);
  } finally {
    await tiered.stop();
  }
});

test('what is no scrape is refused, and many scrapes at once are served', { timeout: 60_000 }, async () => {
  const port = await freePort();
  const tiered = await TieredServer.start(['--server-threads', '1', '--prometheus-port', String(port)]);
  try {
    for (const path of ['/', '/metrics/', '/metrics2', '/..%2fmetrics', '//metrics', `/${'x'.repeat(2000)}`]) {
      assert.equal((await ask(port, path)).status, 404, path);
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      assert.equal((await ask(port, '/metrics', method)).status, 405, method);
    }
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(port, '/metrics?x=1')));
    for (const { status, text } of answers) {
      assert.equal(status, 200);
      assert.equal(parse(text).get('stratakv_connected_clients'), 1);
    }
    // No HTTP at all: the connection ends, the server does not.
    const socket = connect(port, '127.0.0.1');
    await new Promise<void>((resolve) => {
      socket.on('close', () => resolve());
      socket.on('error', () => {});
      socket.end('*1\r\n$4\r\nPING\r\n');
      socket.resume();
    });
    assert.equal((await ask(port, '/metrics')).status, 200);
    assert.equal(await tiered.call('PING'), 'PONG');
  } finally {
    await tiered.stop();
  }
});

test('a port that is taken ends the start with one line', { timeout: 60_000 }, async () => {
  const tiered = await TieredServer.start(['--server-threads', '1']);
  try {
    await assert.rejects(
      TieredServer.start(['--server-threads', '1', '--prometheus-port', String(tiered.server.port)]),
      /Could not create the Prometheus endpoint 127\.0\.0\.1:\d+: /,
    );
  } finally {
    await tiered.stop();
  }
});
