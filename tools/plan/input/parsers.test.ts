import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatOf, parserFor } from './format.ts';
import { partOf } from './part.ts';
import { Sampler } from './sampler.ts';
import { defaultLimits } from './threshold.ts';
import { csvText, keysText, oracleGeneralBytes, randomRequests } from './trace-files.ts';
import { TraceWindow } from './window.ts';

const requests = randomRequests(9, 12, 5, false);
const reads = requests.map((request) => ({ ...request, op: 0 }));
const quoted = csvText(requests).replaceAll(/k\d/g, '"$&,""x"').replaceAll('\n', '\r\n');
const monitor = requests.map(({ key }, i) => `1700000000.00000${i % 10} [0 a] "set" "k${key}" "\\x00\\"${i}"\n`);

const traces: Readonly<Record<string, Buffer>> = {
  oracleGeneral: oracleGeneralBytes(reads),
  csv: Buffer.from(csvText(requests)),
  'quoted CSV': Buffer.from(quoted),
  'CSV without a last newline': Buffer.from(csvText(requests).slice(0, -1)),
  keys: Buffer.from(keysText(requests)),
  monitor: Buffer.from(monitor.join('')),
};

/** What a sampler holds after the pieces. */
async function sampled(bytes: Buffer, cuts: readonly number[]) {
  const format = formatOf('a', bytes, {});
  const sampler = new Sampler(defaultLimits, 100);
  const parser = await parserFor(format, sampler);
  const window = new TraceWindow();
  const edges = [format.headerBytes, ...cuts.filter((cut) => cut > format.headerBytes), bytes.length];
  for (const [i, edge] of edges.entries()) window.push(bytes.subarray(edges[i - 1] ?? edge, edge), parser);
  window.end(parser);
  return partOf(sampler, parser);
}

for (const [name, bytes] of Object.entries(traces)) {
  test(`${name}: whole, byte by byte and at every split`, async () => {
    const whole = await sampled(bytes, []);
    assert.equal(whole.counts.requests, requests.length);
    const everywhere = Array.from(bytes, (_, at) => at + 1);
    assert.deepEqual(await sampled(bytes, everywhere), whole);
    for (const cut of everywhere) assert.deepEqual(await sampled(bytes, [cut]), whole, `cut at ${cut}`);
  });
}

test('keys in quotes are the same as without', async () => {
  const [a, b] = [Buffer.from('key,size\nabc,1\n"abc",1\n"a""c",1\na"c,1\n'), Buffer.from('abc\nabc\na"c\na"c\n')];
  assert.deepEqual((await sampled(a, [])).a, (await sampled(b, [])).a);
});

test('times in other units, and columns in other orders', async () => {
  for (const [unit, factor] of [
    ['s', 1],
    ['ms', 1e3],
    ['us', 1e6],
    ['ns', 1e9],
  ] as const) {
    const text = `5;x;${1_700_000_000 * factor}\n6;y;${1_700_000_002 * factor}\n`;
    const bytes = Buffer.from(text);
    const sampler = new Sampler(defaultLimits, 10);
    const choices = { columns: ['size', 'key', 'time'] };
    const parser = await parserFor(formatOf('a', bytes, choices), sampler);
    parser.parse(bytes, bytes.length);
    assert.deepEqual([...sampler.columns.timesMs.subarray(0, 2)], [1_700_000_000_000, 1_700_000_002_000], unit);
    assert.deepEqual([...sampler.columns.valueBytes.subarray(0, 2)], [5, 6]);
  }
});
