import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { damaged } from '../../../protocol/testing/damage.ts';
import { Random } from '../../../protocol/testing/random.ts';
import { SAMPLE_KINDS, samplePayload } from '../../../protocol/testing/rdb-samples.ts';
import { type LaunchedServer, launch } from '../../../test/support/launch.ts';
import { missingPrograms } from '../../../test/support/programs.ts';
import { type Argument, RawClient } from '../../../test/support/raw-client.ts';

const BAD_FORMAT = '-ERR Bad data format\r\n';
const BAD_SUM = '-ERR DUMP payload version or checksum are wrong\r\n';
const PAYLOADS = 1500;
const BATCH = 50;
const SEED = Number(process.env.RDB_SEED ?? 20_261_122);

/** A payload as it was, with a change that its checksum does not know of. */
function mangled(random: Random, payload: Buffer): Buffer {
  if (random.chance(0.5)) return payload.subarray(0, random.below(payload.length));
  const bytes = Buffer.from(payload);
  const at = random.below(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  return bytes;
}

describe('RESTORE of damaged payloads', { skip: missingPrograms({ 'redis-server': 'redis-server' }) }, () => {
  const servers: LaunchedServer[] = [];
  const clients: RawClient[] = [];
  before(async () => {
    for (const kind of ['stratakv', 'redis'] as const) {
      const server = await launch(kind, { 'enable-debug-command': 'yes', 'sanitize-dump-payload': 'yes' });
      servers.push(server);
      clients.push(await RawClient.connect({ port: server.port }, 60_000));
    }
  });
  after(async () => {
    for (const client of clients) client.close();
    await Promise.all(servers.map((server) => server.stop()));
  });

  const both = async (commands: readonly (readonly Argument[])[]): Promise<readonly [string[], string[]]> => {
    const [ours = [], theirs = []] = await Promise.all(clients.map((client) => client.pipeline(commands)));
    return [ours.map(String), theirs.map(String)];
  };

  test('are refused with nothing changed, or have the value that redis-server sees', async (t) => {
    const random = new Random(SEED);
    t.diagnostic(`RDB_SEED=${random.seed}`);
    let accepted = 0;
    for (let done = 0; done < PAYLOADS; done += BATCH) {
      const payloads = Array.from({ length: BATCH }, () => {
        const whole = samplePayload(random, random.pick(SAMPLE_KINDS));
        return random.chance(0.8) ? damaged(random, whole) : mangled(random, whole);
      });
      const commands = payloads.flatMap((payload): Argument[][] => [
        ['HSET', 'key', 'a', '1', 'b', 'value'],
        ['RESTORE', 'key', '0', payload, 'REPLACE'],
        ['DEBUG', 'DIGEST-VALUE', 'key'],
        ['DEL', 'key'],
      ]);
      const [ours, theirs] = await both([
        ['HSET', 'key', 'a', '1', 'b', 'value'],
        ['DEBUG', 'DIGEST-VALUE', 'key'],
        ...commands,
      ]);
      for (let n = 0; n < BATCH; n++) {
        const at = 2 + n * 4;
        const where = `RDB_SEED=${random.seed}, payload ${payloads[n]?.toString('hex')}: ${ours[at + 1]} ${theirs[at + 1]}`;
        if (ours[at + 1] === '+OK\r\n') {
          accepted++;
          // What only Redis 7.2 writes is unknown to 7.0.
          if (theirs[at + 1] === '+OK\r\n') assert.equal(ours[at + 2], theirs[at + 2], where);
          else assert.ok([20, 21].includes(payloads[n]?.[0] ?? -1) || isNewer(payloads[n]), where);
        } else {
          assert.ok(ours[at + 1] === BAD_FORMAT || ours[at + 1] === BAD_SUM, where);
          assert.equal(ours[at + 2], ours[1], where);
        }
      }
    }
    t.diagnostic(`${accepted} of ${PAYLOADS} had a value`);
    assert.deepEqual(await both([['PING'], ['DBSIZE']]), [
      ['+PONG\r\n', ':0\r\n'],
      ['+PONG\r\n', ':0\r\n'],
    ]);
  });
});

/** Of RDB version 11, which redis-server 7.0 refuses. */
function isNewer(payload: Buffer | undefined): boolean {
  return payload !== undefined && payload.readUInt16LE(payload.length - 10) > 10;
}
