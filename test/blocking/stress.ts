import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../support/random.ts';
import type { Argument } from '../support/raw-client.ts';
import type { Reply } from '../support/resp-reply.ts';
import { WaitingClient } from './waiting-client.ts';

export interface StressOptions {
  readonly port: number;
  readonly seed: number;
  readonly producers: number;
  readonly consumers: number;
  /** How long producers go on. */
  readonly milliseconds: number;
  /** Keys are sent to disk now and then. */
  readonly tiered: boolean;
}

export interface StressResult {
  readonly given: number;
  /** Elements that consumers got, and elements that were in their keys in the end. */
  readonly taken: number;
  readonly left: number;
  /** Consumers that were killed or left while they waited. */
  readonly departures: number;
}

const LISTS = ['list0', 'list1', 'list2'];
const SETS = ['zset0', 'zset1'];
/** Producers pause while more than so much has not been taken: there are to be more waits than elements. */
const BACKLOG = 200;
const SETTLE_MS = 60_000;

/** Every element is unique, and is to come out exactly once, or be in its key in the end. */
export class BlockingStress {
  private readonly options: StressOptions;
  private readonly random: Random;
  private readonly given = new Set<string>();
  private readonly taken = new Set<string>();
  private readonly waiting = new Map<WaitingClient, boolean>();
  private departures = 0;
  private serial = 0;
  private producing = true;

  constructor(options: StressOptions) {
    this.options = options;
    this.random = new Random(options.seed);
  }

  async run(): Promise<StressResult> {
    const { port, producers, consumers, milliseconds } = this.options;
    const first = await WaitingClient.connect(port);
    await first.ask('FLUSHALL');
    first.close();
    const consuming = Array.from({ length: consumers }, () => this.consume());
    const killing = this.kill();
    const deadline = Date.now() + milliseconds;
    await Promise.all(Array.from({ length: producers }, (_, n) => this.produce(n, deadline)));
    this.producing = false;
    await Promise.all([...consuming, killing]);
    const left = await this.settled();
    return { given: this.given.size, taken: this.taken.size, left, departures: this.departures };
  }

  private element(producer: number): string {
    const element = `${producer}:${this.serial++}:${'x'.repeat(this.random.chance(0.05) ? 3000 : 3)}`;
    this.given.add(element);
    return element;
  }

  private async produce(number: number, deadline: number): Promise<void> {
    const { random } = this;
    const client = await WaitingClient.connect(this.options.port);
    while (Date.now() < deadline) {
      if (this.given.size - this.taken.size > BACKLOG) await sleep(1);
      const some = (count: number): string[] => Array.from({ length: count }, () => this.element(number));
      const list = random.pick(LISTS);
      const commands = random.weighted<() => Argument[][]>([
        [() => [[random.pick(['LPUSH', 'RPUSH']), list, ...some(random.integer(1, 3))]], 8],
        [() => [['ZADD', random.pick(SETS), random.integer(0, 9), this.element(number)]], 6],
        [
          () => [
            ['MULTI'],
            ['RPUSH', list, ...some(2)],
            ['ZADD', random.pick(SETS), 1, this.element(number)],
            ['LPUSH', random.pick(LISTS), this.element(number)],
            ['EXEC'],
          ],
          3,
        ],
        [() => [['LMOVE', list, random.pick(LISTS), 'LEFT', 'RIGHT']], 2],
        [() => [['RENAMENX', list, random.pick(LISTS)]], 1],
        [() => [[this.options.tiered ? 'TIER' : 'PING', ...(this.options.tiered ? ['DEMOTE', list] : [])]], 1],
      ])();
      for (const args of commands) client.send(...args);
      for (const args of commands) {
        const reply = await client.next();
        assert.ok(reply !== undefined && (reply.kind !== '-' || args[0] === 'RENAMENX'), `${args[0]}: ${reply?.text}`);
      }
    }
    client.close();
  }

  private request(): Argument[] {
    const { random } = this;
    const [a, b] = [random.pick(LISTS), random.pick(LISTS)];
    const timeout = random.pick(['0.001', '0.01', '0.05', '0.3']);
    return random.weighted<Argument[]>([
      [[random.pick(['BLPOP', 'BRPOP']), a, timeout], 6],
      [['BLPOP', a, b, random.pick(LISTS), timeout], 3],
      [['BLMPOP', timeout, 2, a, b, random.pick(['LEFT', 'RIGHT']), 'COUNT', random.integer(1, 4)], 3],
      [['BLMOVE', a, b, 'LEFT', 'RIGHT', timeout], 1],
      [[random.pick(['BZPOPMIN', 'BZPOPMAX']), ...SETS, timeout], 5],
      [['BZMPOP', timeout, 2, ...SETS, 'MIN', 'COUNT', random.integer(1, 3)], 3],
    ]);
  }

  private async consume(): Promise<void> {
    const { random } = this;
    while (this.producing) {
      const client = await WaitingClient.connect(this.options.port);
      if (random.chance(0.3)) await client.ask('HELLO', 3);
      let leaves = false;
      while (!client.closed && this.producing) {
        const args = this.request();
        client.send(...args);
        this.waiting.set(client, true);
        leaves = random.chance(0.02);
        if (leaves) client.leave();
        this.take(String(args[0]), await client.next());
        this.waiting.set(client, false);
        if (leaves) break;
      }
      // What was on its way when the connection ended.
      while (leaves && !client.closed) this.take('', await client.next());
      if (client.closed) this.departures++;
      this.waiting.delete(client);
      client.close();
    }
  }

  private take(command: string, reply: Reply | undefined): void {
    if (reply === undefined || reply.isNull || command === 'BLMOVE') return;
    assert.notEqual(reply.kind, '-', `${command}: ${reply.text}`);
    const [, second] = reply.items;
    const elements = second === undefined ? [] : second.items.length === 0 ? [second] : second.items;
    for (const element of elements) {
      const text = (element.items[0] ?? element).text.toString();
      assert.ok(this.given.has(text), `${text} was given`);
      assert.ok(!this.taken.has(text), `${text} was given once`);
      this.taken.add(text);
    }
  }

  private async kill(): Promise<void> {
    const client = await WaitingClient.connect(this.options.port);
    while (this.producing) {
      await sleep(this.random.integer(1, 10));
      const victims = [...this.waiting].filter(([, waits]) => waits).map(([victim]) => victim);
      if (victims.length === 0) continue;
      const { id } = this.random.pick(victims);
      const command = this.random.pick([
        ['CLIENT', 'KILL', 'ID', id],
        ['CLIENT', 'UNBLOCK', id],
      ]);
      await client.ask(...command);
    }
    client.close();
  }

  /** Waits until what clients did not live to see is back in its keys; the number of elements there. */
  private async settled(): Promise<number> {
    const client = await WaitingClient.connect(this.options.port);
    const deadline = Date.now() + SETTLE_MS;
    for (;;) {
      const there = new Set<string>();
      for (const key of [...LISTS, ...SETS]) {
        const range = await client.ask(LISTS.includes(key) ? 'LRANGE' : 'ZRANGE', key, 0, -1);
        for (const { text } of range?.items ?? []) {
          assert.ok(!there.has(text.toString()), `${text} is there once`);
          there.add(text.toString());
        }
      }
      for (const element of there) assert.ok(!this.taken.has(element), `${element} was taken and is still there`);
      const missing = [...this.given].filter((element) => !there.has(element) && !this.taken.has(element));
      if (missing.length === 0) {
        client.close();
        return there.size;
      }
      assert.ok(Date.now() < deadline, `lost: ${missing.slice(0, 5).join(' ')} (${missing.length})`);
      await sleep(20);
    }
  }
}
