import assert from 'node:assert/strict';
import type { Random } from '../support/random.ts';
import type { Argument } from '../support/raw-client.ts';
import type { Reply } from '../support/resp-reply.ts';

/** One command of a client, and what its reply is held against. */
export interface Action {
  readonly args: readonly Argument[];
  readonly settle?: (reply: Reply) => void;
}

const KEYS = 3;

/** Every element that anybody puts in is unique, and must come out exactly once: what a server with races would lose or double. */
export class Conservation {
  readonly #given = new Set<string>();
  readonly #taken = new Set<string>();
  readonly #mine: string[][] = [];
  #next = 0;

  /** Both: how many went in, how many came out so far. */
  get counts(): readonly [number, number] {
    return [this.#given.size, this.#taken.size];
  }

  /** A random change by client number `client`. */
  action(client: number, random: Random): Action {
    const n = (): string => String(random.integer(0, KEYS - 1));
    const count = String(random.integer(1, 4));
    const several = (reply: Reply): void => this.#takeAll(reply.items);
    const nested = (reply: Reply): void => this.#takeAll(reply.items[1]?.items ?? []);
    const [id, other] = [this.#give(client), this.#give(client)];
    const keep = (...ids: string[]): void => ids.forEach((one) => void this.#given.add(one));
    const put = (...args: Argument[]): Action => {
      keep(...[id, other].filter((one) => args.includes(one)));
      return { args };
    };
    const found = random.pick(this.#mine[client] ?? ['']);
    return random.weighted<() => Action>([
      [() => put(random.pick(['LPUSH', 'RPUSH']), `list${n()}`, id, other), 12],
      [() => ({ args: [random.pick(['LPOP', 'RPOP']), `list${n()}`, count], settle: several }), 5],
      [() => ({ args: ['LMPOP', '2', `list${n()}`, `list${n()}`, 'LEFT', 'COUNT', count], settle: nested }), 2],
      [() => ({ args: ['LMOVE', `list${n()}`, `list${n()}`, 'LEFT', 'RIGHT'] }), 8],
      [() => put('SADD', `set${n()}`, id, other), 12],
      [() => ({ args: ['SPOP', `set${n()}`, count], settle: several }), 5],
      [() => ({ args: ['SMOVE', `set${n()}`, `set${n()}`, found] }), 8],
      [() => put('ZADD', `zset${n()}`, String(random.integer(0, 50)), id, '7', other), 12],
      [
        () => ({
          args: [random.pick(['ZPOPMIN', 'ZPOPMAX']), `zset${n()}`, count],
          settle: (reply) => this.#takeAll(reply.items.filter((_, i) => i % 2 === 0)),
        }),
        6,
      ],
      [() => put('HSET', `hash${n()}`, id, 'v', other, 'w'.repeat(random.integer(0, 90))), 12],
      [
        () => ({
          args: ['HDEL', `hash${n()}`, found],
          settle: (reply) => {
            if (reply.text.toString() === '1') this.#take(found);
          },
        }),
        16,
      ],
      [() => put('XADD', 'stream', '*', 'id', id), 8],
      [
        () => ({
          args: ['XREADGROUP', 'GROUP', 'group', `client${client}`, 'COUNT', count, 'STREAMS', 'stream', '>'],
          settle: (reply) => this.#takeEntries(reply),
        }),
        4,
      ],
      [() => ({ args: ['RENAMENX', ...this.#twoKeys(random)] }), 3],
    ])();
  }

  /** What is still in the server, by the reply to the command for each key. */
  readonly leftovers: readonly Action[] = [
    ...['list', 'set', 'zset', 'hash'].flatMap((type) =>
      Array.from({ length: KEYS }, (_, n): Action => {
        const key = `${type}${n}`;
        const settle = (reply: Reply): void => this.#takeAll(reply.items);
        if (type === 'list') return { args: ['LRANGE', key, '0', '-1'], settle };
        if (type === 'set') return { args: ['SMEMBERS', key], settle };
        if (type === 'zset') return { args: ['ZRANGE', key, '0', '-1'], settle };
        return { args: ['HKEYS', key], settle };
      }),
    ),
    {
      args: ['XREADGROUP', 'GROUP', 'group', 'last', 'COUNT', '1000000', 'STREAMS', 'stream', '>'],
      settle: (reply) => this.#takeEntries(reply),
    },
  ];

  /** All that went in has come out. */
  finish(): void {
    const lost = [...this.#given].filter((id) => !this.#taken.has(id));
    assert.deepEqual(lost.slice(0, 10), [], `${lost.length} of ${this.#given.size} elements are lost`);
  }

  #give(client: number): string {
    const id = `id:${client}:${this.#next++}`;
    const mine = this.#mine[client] ?? [];
    this.#mine[client] = mine;
    mine.push(id);
    if (mine.length > 200) mine.shift();
    return id;
  }

  #twoKeys(random: Random): string[] {
    const type = random.pick(['list', 'set', 'zset', 'hash']);
    const first = random.integer(0, KEYS - 1);
    return [`${type}${first}`, `${type}${(first + 1) % KEYS}`];
  }

  #takeAll(items: readonly Reply[]): void {
    for (const { text } of items) this.#take(text.toString());
  }

  #takeEntries(reply: Reply): void {
    for (const entry of reply.items[0]?.items[1]?.items ?? []) this.#takeAll(entry.items[1]?.items.slice(1) ?? []);
  }

  #take(id: string): void {
    assert.ok(this.#given.has(id), `${id} was never put in`);
    assert.ok(!this.#taken.has(id), `${id} came out twice`);
    this.#taken.add(id);
  }
}

const GROUPS = 120;

/**
 * Elements come and go in threes, by one command each; whole keys are copied, renamed, united and deleted meanwhile. Whoever looks sees no
 * three that is not whole.
 */
export function threesome(random: Random): Action {
  const n = (): string => String(random.integer(0, KEYS - 1));
  const type = random.pick(['lists', 'sets', 'zsets', 'hashes']);
  const [key, other, third] = [`${type}${n()}`, `${type}${n()}`, `${type}${n()}`];
  const group = random.integer(0, GROUPS - 1);
  const three = [0, 1, 2].map((part) => `${group}:${part}`);
  const whole: readonly (readonly [() => Action, number])[] = [
    [() => ({ args: ['COPY', key, other, 'REPLACE'] }), 2],
    [() => ({ args: ['RENAME', key, other] }), 2],
    [() => ({ args: [random.pick(['DEL', 'UNLINK']), key] }), 1],
  ];
  const own: Record<string, readonly (readonly [() => Action, number])[]> = {
    lists: [
      [() => ({ args: ['RPUSH', key, ...three] }), 20],
      [() => ({ args: ['LPOP', key, '3'] }), 6],
      [() => ({ args: ['LRANGE', key, '0', '-1'], settle: (reply) => wholeThrees(texts(reply)) }), 8],
    ],
    sets: [
      [() => ({ args: ['SADD', key, ...three] }), 20],
      [() => ({ args: ['SREM', key, ...three] }), 8],
      [() => ({ args: [random.pick(['SUNIONSTORE', 'SINTERSTORE', 'SDIFFSTORE']), key, other, third] }), 4],
      [() => ({ args: [random.pick(['SUNION', 'SDIFF']), key, other], settle: wholeGroups }), 3],
      [() => ({ args: ['SMEMBERS', key], settle: wholeGroups }), 6],
    ],
    zsets: [
      [() => ({ args: ['ZADD', key, ...three.flatMap((member) => [String(group), member])] }), 20],
      [() => ({ args: ['ZREM', key, ...three] }), 8],
      [() => ({ args: ['ZREMRANGEBYSCORE', key, String(group), String(group + 2)] }), 3],
      [() => ({ args: ['ZUNIONSTORE', key, '2', other, third, 'AGGREGATE', 'MAX'] }), 3],
      [() => ({ args: ['ZRANGE', key, '0', '-1'], settle: (reply) => wholeThrees(texts(reply)) }), 6],
    ],
    hashes: [
      [() => ({ args: ['HSET', key, ...three.flatMap((field) => [field, String(random.integer(0, 9))])] }), 20],
      [() => ({ args: ['HDEL', key, ...three] }), 8],
      [() => ({ args: ['HKEYS', key], settle: wholeGroups }), 6],
    ],
  };
  return random.weighted([...whole, ...(own[type] ?? [])])();
}

const texts = (reply: Reply): string[] => reply.items.map(({ text }) => text.toString());

function wholeGroups(reply: Reply): void {
  wholeThrees(texts(reply).sort());
}

function wholeThrees(members: readonly string[]): void {
  for (let at = 0; at < members.length; at += 3) {
    const [group] = (members[at] ?? '').split(':');
    assert.deepEqual(members.slice(at, at + 3), [`${group}:0`, `${group}:1`, `${group}:2`], 'a three is whole');
  }
}
