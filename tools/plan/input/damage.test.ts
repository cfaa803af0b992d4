import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { decompressed } from './decompress.ts';
import type { Compression } from './format.ts';
import { type ReadOptions, readTrace } from './read-trace.ts';
import { TraceError } from './trace-error.ts';
import { csvText, oracleGeneralBytes, randomRequests } from './trace-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'stratakv-damage-'));
after(() => rmSync(folder, { recursive: true }));
const nobody = (): void => undefined;

/** What reading the file says is wrong with it. */
async function complaint(
  name: string,
  bytes: Buffer | string,
  options: Omit<ReadOptions, 'path'> = {},
): Promise<string> {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  try {
    await readTrace({ ...options, path }, nobody);
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    assert.ok(!error.message.includes('\n'), error.message);
    return error.message;
  }
  return 'nothing';
}

const requests = randomRequests(5, 3000, 200, true);
const oracle = oracleGeneralBytes(requests);
const csv = csvText(requests);
/** Two threads with parts of so many bytes find the same. */
const inParts = { threads: 2, partBytes: 20_000 };

test('files that are no traces', async () => {
  assert.equal(await complaint('empty', ''), 'empty: the file is empty');
  assert.equal(await complaint('lines', '\n\n'), 'lines: there is no request in it');
  assert.equal(await complaint('header.csv', 'time,key\n'), 'header.csv: there is no request in it');
  assert.equal(await complaint('empty.gz', gzipSync('')), 'empty.gz: there is nothing in it');
  mkdirSync(join(folder, 'directory'));
  await assert.rejects(
    readTrace({ path: join(folder, 'directory') }, nobody),
    /^TraceError: directory: this is a directory, not a trace$/,
  );
  await assert.rejects(readTrace({ path: join(folder, 'nowhere.csv') }, nobody), /nowhere.csv: there is no such file$/);
  assert.match(
    await complaint('noise', Buffer.from(Array.from({ length: 500 }, (_, i) => (i * 167) & 255))),
    /^noise: unknown format: it is no text/,
  );
});

test('records that are cut off or no records', async () => {
  const cut = 'cut.bin: byte 71976: the last record is cut off: it has 7 of 24 bytes';
  assert.equal(await complaint('cut.bin', oracle.subarray(0, 71_983)), cut);
  assert.equal(await complaint('cut.bin', oracle.subarray(0, 71_983), inParts), cut);
  assert.equal(await complaint('cut.bin', gzipSync(oracle.subarray(0, 71_983))), cut);
  const shifted = Buffer.concat([oracle.subarray(0, 48_000), oracle.subarray(48_011)]);
  for (const options of [{}, inParts])
    assert.match(
      await complaint('shifted.bin', shifted, options),
      /^shifted.bin: byte 48000: (this is no record|time goes back)/,
    );
  const mixed = Buffer.concat([oracle, oracle]);
  mixed.writeUInt32LE(1_700_000_000 - 86_400, oracle.length);
  for (const options of [{}, inParts])
    assert.match(
      await complaint('mixed.bin', mixed, options),
      /^mixed.bin: byte 72000: time goes back by 8\d{4} seconds/,
    );
});

test('lines that are wrong', async () => {
  const lines = csv.split('\n');
  const wrong = async (line: string, options: Omit<ReadOptions, 'path'> = {}): Promise<string> => {
    const changed = [...lines.slice(0, 2000), line, ...lines.slice(2001)];
    const place = `a.csv: line 2001 (byte ${lines.slice(0, 2000).join('\n').length + 1}`;
    const alone = await complaint('a.csv', changed.join('\n'), options);
    if (line.includes('12x') || line.startsWith('16'))
      assert.equal(await complaint('a.csv', changed.join('\n'), { ...options, ...inParts }), alone);
    assert.ok(alone.startsWith(place.slice(0, -3)), `${alone} does not begin with ${place}`);
    return alone.replace(/^[^)]*\): /, '');
  };
  assert.equal(await wrong('1700000900,k1,12x,get,0'), 'the size "12x" is not a number');
  assert.equal(await wrong('1700000900,k1,-5,get,0'), 'the size "-5" is not a number');
  assert.equal(await wrong('noon,k1,12,get,0'), 'the time "noon" is not a number');
  assert.equal(await wrong(',k1,12,get,0'), 'the time is missing');
  assert.equal(await wrong('1700000900,,12,get,0'), 'the key is missing');
  assert.equal(await wrong('1700000900,k1,12,jump,0'), '"jump" is no operation: there are read, write and delete');
  assert.equal(await wrong('1700000900,k1,12'), 'it has 3 columns instead of 5');
  assert.equal(await wrong('1700000900,k1,12,get,0,7'), 'it has more than the 5 columns that the first line has');
  assert.equal(await wrong('1700000900,k1,9999999999,get,0'), 'a size of 9999999999 bytes is too large');
  assert.equal(await wrong('1700000900,"k1,12,get,0'), 'a quote is not closed');
  assert.match(
    await wrong('1600000000,k1,12,get,0'),
    /^time goes back by 100\d{6} seconds: the trace is not in order$/,
  );
});

test('columns that are wrong', async () => {
  const noKey = await complaint('b.csv', 'time,name,size\n1,a,2\n');
  assert.equal(
    noKey,
    'b.csv: line 1 (byte 0): no column is named key in "time,name,size": name them, as in --columns time,key,size,op,ttl',
  );
  assert.match(
    await complaint('b.csv', '1,a,2\n'),
    /^b.csv: line 1 \(byte 0\): no column is the key in "1,a,2": name them/,
  );
  assert.match(
    await complaint('b.csv', '1,a,2\n', { columns: ['time', 'kez'] }),
    /^there is no column "kez": they are time, key/,
  );
  assert.match(
    await complaint('b.csv', '1,a\n', { columns: ['time', 'key', 'size'] }),
    /it has 2 columns, but 3 are named/,
  );
  assert.match(await complaint('b.csv', 'key,key\na,b\n'), /two columns are the key$/);
  assert.equal(
    await complaint('b.csv', '1,a,2\n', { columns: ['key', 'time', 'size'] }),
    'b.csv: line 1 (byte 2): the time "a" is not a number',
  );
  assert.equal(await complaint('b.csv', 'a 5\n', { columns: ['key', 'size'] }), 'nothing');
});

/** What `small` holds, made by `zstd -19` and `xz -9`. */
const small: Readonly<Record<'zstd' | 'xz', string>> = {
  zstd: 'KLUv/QRo7A8ApuJDF4CppDmYbUbw4YvEiBiJCDUh8jFNQKoeSAA7ADgA7FEzSmSKhJvhSrPUZS6N1mzVzJrpnEpM2eY2NIe+mTckkyR0htKTvpv54IGBAEbMCMCoARQ4OCCCAzRYMCABFRgQoIGBAQcBFJPsaVdmxWbahCAim2Q/P8gMMs3pbJ61s50wJ4zZNKvOaqAZyGJahBlhbs7JTJlvfjIzZ+gmnYQpoR+Hw+HwPM/zPM+zLMuyLMty77333vv////HcRzHcRzf3d3dmZmZmVVVVVUREYlQCHU1r4LNYHJTLlOpVCqVSqXStm3btm3be++9995oNBqNRqPR+77v+75v27Zt27btuq7ruq5rmqZpmqbpcDgcAoDPqCE8cSTd2TNglRQkqQNiCCAIQvAVwWmCGJ/vd7C+zUp1XUZ1/kZ33Q9dQBmWWxbr0QnfzRX9azagN57rdrgDUtlaykii7O5JbpP+kh8lfUiuayT7RG40pDGI+W/BkxTvU+8b03Frqy6bk37H+gHXL0c/Wf1W60eiX6d+ljUf3EW0N7B7dds7217W9pa217O9l+2FbG9iewXbu38v/b3t3+brP+JHZHggwHVFbYDjQ+KxNPThVYPJyeiX5QrjmgqM1sYn+GY5ZQGrfXDrkbIr0goSw7URn46gfQWn9mMhb/f25gVXB3BZsyp1BgDmGSsKwDUHRISkJPnfuSwAJAAnAEAgEAis1Wq1Wq1Wo9FoNBqNRpvNZrPZbDaTyWQymUwmi8VisVgsFnvvvfdeoyiKoiiKYhiGYRiG4e7u7q6qqqrqnHPOOWcwGAwGg8EgEAgM7u6+99577x0Oh8PhcDgMBoPBYDAYXJZlWZZlSZIkSZIkOY7jOI5jdV3XdV3XNE3TNE3T8zzP8zzPsizLsizLcRzHcRzH/////+4egM9YAgAR/CsEy/zgEEJdQV/oCxKPEO5dkAvysnoEAVBjFHw=',
  xz: '/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4CuTA3pdADoaSfrgnaX+yCHDtUyiyqMCsEDo9br9FNHoa24i7/OMV61SR5GaPP5Ax8W3nDKTdssJQ01SxIhKXn/eUX2ag7m9ifuxHe1lc60S6nW98L9AWZQDKWRR1TEKQIMNXul1ugrQcX+b2dHWIbLhcEfV7/JP2YWjUymJSmJL5WSYbyUAUp7KVMKyGzsprPj8tILxr9g0Mk9AC4nTkJLkduVMocUwRkQIRWOQC2Jlenrmpo4QZ5MaqjKYqX+Kb8dH9ubE599GsHJaIMXxBDHfZY/LAuG33mI+hNyLA2688hGUkd0wECXPPMEJ/sOwXXHG5JxlsUwfxRIEiAuLwEZpTMtGlNczABYjRjgy8eU6redrttFM81djYJvyL2opLudM1GasX1MmDHFfcWIaswrEJ0pNWg96Tvyd3wt0fDrh3yzjNMCwCQGIipJZBJqeoliYZZpfk3YSaMirMNTCO3fIfXCWNyeFvAktMkB81ns8XqDFQEy736If9pGxtqQtV+dLt0zNOyG56z2gl08O5dKSzXAPyzOT9aKmk5tJrae/n5m0ULkTTo0utlHl37fED+GP/YIhACcXtBW8bVVbLR8A+He+bJ1y9EuXX+B9p0ljR2Ah1jz+1n06E+Vlui2/W+yBSd0vSkEjUD26k/X01FGInH8Rk9ZAljTxqKLY63fD9mPgy9C5jTxXU83Mcc7F0IIxtHeW/nGM+1tb7Fn34oQ09hgEibxVVzguo8syH/De/w2rHWybV+MXGV876ID2HtZdT+40L+gx1N5uMutUacUJ3/a/CE8K6F5Op0f59KtQF354I7cTRiuHxXwLaVXZiARg0thO23ml3UhwxD1Bm4KgttMvaC6P9V1TfxIQCCKDIVM7XmKdqTw42xGyq76Abt8tAC8f6JCvZBqKoZ3p4JdmZT02WVGh67fGMg7GqCaQGgyxnYgW7myxSPnLoNLk/vuckoEXJRSuqoBqaE+mS/AYJC2UUsSr9KtHnvy9s09acxh9ClNJpfZTSKQvnWp/REIus/VtLhi2qGsOim39499WwfLbvx5lTj06HqZ8t0QIleqsN5zEeniJbvuAb/P+WuE+cZQ7cYSMqD+3B1jEql06Z1nAtAF7+IUExK+B1Q7F7buLUn9799pWiXgJqfPcGAjUPrFSfoHDvksXLDq3tN9TpGzlAerSXupSjGOFeWEyAAAATJNT+kOr7AYAAZYHlFcAAFWzm+GxxGf7AgAAAAAEWVo=',
};
const lines = Array.from(
  { length: 400 },
  (_, i) => `${1_700_000_000 + (i >> 3)},key:${(i * i) % 97},${100 + ((i * i) % 97)},get,0\n`,
);
const text = `time,key,size,op,ttl\n${lines.join('')}`;
const compressed: Readonly<Record<Exclude<Compression, 'none'>, Buffer>> = {
  gzip: gzipSync(text),
  zstd: Buffer.from(small.zstd, 'base64'),
  xz: Buffer.from(small.xz, 'base64'),
};

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

for (const [kind, bytes] of Object.entries(compressed) as [Compression, Buffer][]) {
  test(`${kind} is read in chunks of any size`, async () => {
    for (const size of [1, 7, 100, bytes.length]) {
      const pieces: Uint8Array[] = [];
      for await (const piece of decompressed('a', kind, inChunks(bytes, size))) pieces.push(Buffer.from(piece));
      assert.equal(Buffer.concat(pieces).toString(), text, `chunks of ${size}`);
    }
    const whole = await readTrace({ path: await written(`a.csv.${kind}`, bytes) }, nobody);
    assert.deepEqual([whole.totals.requests, whole.keyCount, whole.totals.seconds], [400, 49, 49]);
  });

  test(`${kind} that is cut off anywhere, or damaged, says so`, async () => {
    for (let cut = 7; cut < bytes.length; cut += Math.ceil(bytes.length / 40)) {
      const said = await complaint('cut', bytes.subarray(0, cut));
      assert.equal(said, `cut: byte ${cut}: the ${kind} stream is cut off`);
    }
    const flipped = Buffer.from(bytes);
    flipped.fill(0xff, 30, 60);
    assert.match(
      await complaint('flipped', flipped),
      new RegExp(`^flipped: .*the ${kind} stream is (damaged|cut off)`),
    );
  });
}

test('streams that follow each other are read, or refused', async () => {
  const { gzip, zstd, xz } = compressed;
  const more = gzipSync(lines.join(''));
  const twice = await readTrace({ path: await written('twice.csv.gz', Buffer.concat([gzip, more])) }, nobody);
  assert.equal(twice.totals.requests, 800);
  for (const size of [1, 7, 4000]) {
    const pieces: Uint8Array[] = [];
    for await (const piece of decompressed('a', 'zstd', inChunks(Buffer.concat([zstd, zstd]), size)))
      pieces.push(piece);
    assert.equal(Buffer.concat(pieces).toString(), text + text);
    await assert.rejects(
      async () => {
        for await (const piece of decompressed('a', 'xz', inChunks(Buffer.concat([xz, xz]), size)))
          assert.ok(piece.length);
      },
      new RegExp(`^TraceError: a: byte ${xz.length}: a second xz stream begins`),
    );
  }
});

async function written(name: string, bytes: Buffer): Promise<string> {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}
