import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type LaunchedServer, launch } from '../../../test/support/launch.ts';
import { RawClient } from '../../../test/support/raw-client.ts';

const ELEMENTS = 40;
const SORTS = 200;
const WRITERS = 2;

const names = Array.from({ length: ELEMENTS }, (_, n) => String(n));

/** All weights at once, each `stamp:n`: a reader that sees two stamps has seen two moments. */
function weights(stamp: string): string[] {
  return ['mset', ...names.flatMap((name, n) => [`weight:${name}`, `${stamp}:${n}`])];
}

describe('SORT while other threads write', () => {
  let server: LaunchedServer;
  before(async () => {
    server = await launch('stratakv', { 'server-threads': '2' });
  });
  after(() => server.stop());

  it('sees the keys of BY and GET as they were at one moment, though the list changes meanwhile', async () => {
    const reader = await RawClient.connect({ port: server.port }, 60_000);
    const writers = await Promise.all(
      Array.from({ length: WRITERS }, () => RawClient.connect({ port: server.port }, 60_000)),
    );
    await reader.call('rpush', 'list', ...names);
    await reader.call(...(weights('first') as [string, ...string[]]));
    let done = false;
    const written = writers.map(async (writer, id) => {
      for (let n = 0; !done; n++) {
        const rotate = Array.from({ length: 8 }, () => ['lmove', 'list', 'list', 'left', 'right']);
        await writer.pipeline([weights(`${id}-${n}`), ['rpush', 'list', '1'], ['rpop', 'list'], ...rotate]);
      }
    });
    for (let n = 0; n < SORTS; n++) {
      const reply = String(await reader.call('sort', 'list', 'by', 'weight:*', 'alpha', 'get', 'weight:*'));
      const stamps = new Set(reply.match(/^[^$*\r\n]+(?=:\d+\r$)/gm));
      assert.equal(stamps.size, 1, [...stamps].join(' '));
    }
    done = true;
    await Promise.all(written);
    for (const client of [reader, ...writers]) client.close();
  });
});
