import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Argument } from '../support/raw-client.ts';
import { TieredServer, until } from './tiered-server.ts';

const LATER = '33177117420123';
const MEMBERS = 6000;

const kinds: readonly {
  readonly key: string;
  readonly add: (member: string) => Argument[];
  readonly remove: (member: string) => Argument[];
  readonly size: Argument[];
}[] = [
  { key: 'h', add: (m) => ['HSET', 'h', m, `value of ${m}`], remove: (m) => ['HDEL', 'h', m], size: ['HLEN', 'h'] },
  { key: 's', add: (m) => ['SADD', 's', m], remove: (m) => ['SREM', 's', m], size: ['SCARD', 's'] },
  { key: 'z', add: (m) => ['ZADD', 'z', m.length, m], remove: (m) => ['ZREM', 'z', m], size: ['ZCARD', 'z'] },
];

test('the times of members go to disk with them, in pieces, and survive a restart', { timeout: 300_000 }, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'stratakv-members-'));
  const tiered = await TieredServer.start(['--server-threads', '2'], { dir });
  let again: TieredServer | undefined;
  try {
    const member = (n: number) => `member ${n}`;
    for (const { key, add } of kinds) {
      const commands: Argument[][] = [];
      for (let n = 0; n < MEMBERS; n++) commands.push(add(member(n)));
      for (let n = 0; n < MEMBERS; n += 2) commands.push(['PEXPIREMEMBERAT', key, member(n), LATER]);
      await tiered.pipeline(commands);
    }
    for (const { key, add, remove, size } of kinds) {
      await tiered.call('TIER', 'DEMOTE', key);
      assert.ok(Number(await tiered.call('TTL', key, member(10))) > 1e9, key);
      assert.equal(await tiered.call('TTL', key, member(11)), '-1');
      assert.equal(await tiered.call(...size), `${MEMBERS}`);
      await tiered.call('TIER', 'DEMOTE', key);
      // Removed members lose their times, whichever nodes those were in.
      assert.equal(await tiered.call(...remove(member(20))), '1');
      await tiered.call('TIER', 'DEMOTE', key);
      assert.equal(await tiered.call(...add(member(20))), '1');
      assert.equal(await tiered.call('TTL', key, member(20)), '-1');
      await tiered.call('TIER', 'DEMOTE', key);
      assert.equal(await tiered.call('PERSIST', key, member(22)), '1');
      await tiered.call('TIER', 'DEMOTE', key);
      // A few are due: found wherever they are when the key is looked up.
      const soon: Argument[][] = [];
      for (let n = 1001; n < 3001; n += 10) soon.push(['EXPIREMEMBER', key, member(n), '50', 'ms']);
      assert.ok((await tiered.pipeline(soon)).every((reply) => reply === '1' || reply === '0'));
      await tiered.call('TIER', 'DEMOTE', key);
      await until(`${key} has lost them`, async () => (await tiered.call(...size)) === `${MEMBERS - 200}`, 30_000);
      await tiered.call('TIER', 'DEMOTE', key);
    }
    assert.equal(await tiered.stop(), 0);
    again = await TieredServer.start(['--server-threads', '2'], { dir });
    for (const { key, size } of kinds) {
      assert.equal(await again.call(...size), `${MEMBERS - 200}`);
      assert.ok(Number(await again.call('TTL', key, member(24))) > 1e9, key);
      assert.equal(await again.call('TTL', key, member(22)), '-1');
      assert.equal(await again.call('EXPIREMEMBERAT', key, member(24), 1), '1');
      assert.equal(await again.call(...size), `${MEMBERS - 201}`);
    }
  } finally {
    await (again ?? tiered).stop();
    rmSync(dir, { recursive: true, force: true });
  }
});
