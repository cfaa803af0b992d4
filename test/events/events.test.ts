import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bitmapScenarios } from '../../engine/commands/bitmap/scenarios.ts';
import { genericScenarios } from '../../engine/commands/generic/scenarios.ts';
import { geoScenarios } from '../../engine/commands/geo/scenarios.ts';
import { hashScenarios } from '../../engine/commands/hash/scenarios.ts';
import { hyperLogLogScenarios } from '../../engine/commands/hyperloglog/scenarios.ts';
import { listScenarios } from '../../engine/commands/list/scenarios.ts';
import { setScenarios } from '../../engine/commands/set/scenarios.ts';
import { sortScenarios } from '../../engine/commands/sort/scenarios.ts';
import { sortedSetScenarios } from '../../engine/commands/sorted-set/scenarios.ts';
import { streamScenarios } from '../../engine/commands/stream/scenarios.ts';
import { stringScenarios } from '../../engine/commands/string/scenarios.ts';
import { type LaunchedServer, launch } from '../support/launch.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { missingPrograms } from '../support/programs.ts';
import { type Argument, encodeCommand, RawClient } from '../support/raw-client.ts';
import { parseScenarios } from '../support/redis-comparison.ts';

/** What redis-server does not have, what ends or changes the connection, what is random; and what counts misses in another order or number. */
const leftOut =
  /^(keydb|mexists|expdel|expiremember|pexpiremember|hrename|hello|reset|quit|subscribe|client|debug|spop|srandmember|config|multi|exec|lcs|sort|xread|xpending|xinfo)/i;

/** All events of some commands, in the order in which a subscriber gets them. */
class Listener {
  private readonly client: RawClient;
  private readonly subscriber: RawClient;
  /**
   * Events of keys whose time had come, since the last eventsOf() began. Whoever sees such a key first removes it, a command or the server by
   * itself, so they belong to no command.
   */
  readonly expired: string[] = [];

  private constructor(client: RawClient, subscriber: RawClient) {
    this.client = client;
    this.subscriber = subscriber;
  }

  static async on(server: LaunchedServer): Promise<Listener> {
    const client = await RawClient.connect({ port: server.port }, 60_000);
    const subscriber = await RawClient.connect({ port: server.port }, 60_000);
    await client.call('CONFIG', 'SET', 'notify-keyspace-events', 'AKEnm');
    await subscriber.call('HELLO', 3);
    // The confirmation is a push: what is asked next is answered behind it.
    await subscriber.send(Buffer.concat([encodeCommand(['PSUBSCRIBE', '__key*@*']), encodeCommand(['PING'])]), 1);
    return new Listener(client, subscriber);
  }

  async eventsOf(commands: readonly (readonly Argument[])[]): Promise<string[]> {
    const { client } = this;
    const events: string[] = [];
    this.expired.length = 0;
    await client.call('FLUSHALL');
    await client.call('SELECT', 0);
    for (const command of commands) {
      this.take();
      await client.call(...command);
      const named = await this.new();
      events.push(`${command.join(' ')}: ${named.join(', ')}`);
    }
    return events;
  }

  /** What came since the last take() or new(), without what expired. */
  async new(): Promise<string[]> {
    // Messages that were sent before come before the answer.
    await this.subscriber.call('PING');
    return this.take();
  }

  private take(): string[] {
    const named = this.subscriber.pushes.splice(0).map((push) => {
      const lines = push.latin1Slice().split('\r\n');
      return `${lines[6]} ${lines[8]}`;
    });
    const isExpiry = (name: string): boolean => /:expired |:.* expired$/.test(name);
    this.expired.push(...named.filter(isExpiry));
    return named.filter((name) => !isExpiry(name));
  }

  close(): void {
    this.client.close();
    this.subscriber.close();
  }
}

/** Waits until the same keys have expired on both; what each has when they do not come to that. */
async function expiredAlike(ours: Listener, theirs: Listener): Promise<string | undefined> {
  const sorted = (listener: Listener): string => [...listener.expired].sort().join(', ');
  for (const deadline = Date.now() + PATIENCE_MS; sorted(ours) !== sorted(theirs); await sleep(5)) {
    if (Date.now() > deadline) return `redis expired: ${sorted(theirs)}\nours expired:  ${sorted(ours)}`;
    await Promise.all([ours.new(), theirs.new()]);
  }
  return undefined;
}

describe('keyspace events against redis-server', { skip: missingPrograms({ 'redis-server': 'redis-server' }) }, () => {
  const servers: LaunchedServer[] = [];
  const listeners: Listener[] = [];

  before(async () => {
    servers.push(await launch('stratakv'), await launch('redis'));
    for (const server of servers) listeners.push(await Listener.on(server));
  });
  after(async () => {
    for (const listener of listeners) listener.close();
    await Promise.all(servers.map((server) => server.stop()));
  });

  const types: Readonly<Record<string, string>> = {
    strings: stringScenarios,
    bitmaps: bitmapScenarios,
    generic: genericScenarios,
    geo: geoScenarios,
    hashes: hashScenarios,
    hyperloglogs: hyperLogLogScenarios,
    lists: listScenarios,
    sets: setScenarios,
    sort: sortScenarios,
    'sorted sets': sortedSetScenarios,
    streams: streamScenarios,
  };
  for (const [name, scenarios] of Object.entries(types)) {
    test(`${name}: the same events in the same order`, { timeout: 300_000 }, async () => {
      const differences: string[] = [];
      const [ourEvents, theirEvents] = listeners;
      assert.ok(ourEvents && theirEvents);
      for (const scenario of parseScenarios(scenarios)) {
        if (scenario.some(([word]) => leftOut.test(String(word)))) continue;
        const [ours = [], theirs = []] = await Promise.all([
          ourEvents.eventsOf(scenario),
          theirEvents.eventsOf(scenario),
        ]);
        for (const [n, wanted] of theirs.entries()) {
          if (ours[n] !== wanted) differences.push(`redis: ${wanted}\nours:  ${ours[n]}`);
        }
        const expiries = await expiredAlike(ourEvents, theirEvents);
        if (expiries !== undefined) {
          differences.push(expiries);
          break;
        }
      }
      assert.equal(differences.slice(0, 30).join('\n'), '');
    });
  }
});
