import assert from 'node:assert/strict';
import type { Random } from '../support/random.ts';
import type { Argument, RawClient } from '../support/raw-client.ts';
import { type Reply, readReply } from '../support/resp-reply.ts';
import type { Committed, FinalLists, ListStep } from './history.ts';

const LISTS = ['list{0}', 'list1', 'list2', 'list3', 'list4'];
/** Does what ARGV says, `append key value` or `read key -`, and answers what it read. */
const BODY = `
local answers = {}
for i = 1, #ARGV, 3 do
  if ARGV[i] == 'append' then answers[#answers + 1] = redis.call('RPUSH', ARGV[i + 1], ARGV[i + 2])
  else answers[#answers + 1] = redis.call('LRANGE', ARGV[i + 1], 0, -1) end
end
return answers`;
const LIBRARY = `#!lua name=lists
redis.register_function('lists', function(KEYS, ARGV) ${BODY} end)`;

/** How a transaction is carried out. */
const ways = ['multi', 'watch', 'script', 'undeclared', 'function'] as const;
type Way = (typeof ways)[number];

/** Random transactions on a few lists, and their history. */
export class ListHistory {
  readonly committed: Committed[] = [];
  /** Transactions that WATCH made fail. */
  retries = 0;
  private lastValue = 0;

  async open(client: RawClient): Promise<void> {
    const reply = await client.ask('FUNCTION', 'LOAD', LIBRARY);
    assert.notEqual(reply.kind, '-', reply.text.toString());
  }

  /** Runs one transaction, in whatever way. */
  async act(client: RawClient, random: Random): Promise<void> {
    const plan = Array.from({ length: random.integer(1, 4) }, (): ListStep => {
      const key = random.pick(LISTS);
      return random.chance(0.5) ? { kind: 'append', key, value: ++this.lastValue } : { kind: 'read', key, seen: [] };
    });
    const startedAt = performance.now();
    const steps = await this.carryOut(client, random.pick(ways), plan);
    this.committed.push({ startedAt, endedAt: performance.now(), steps });
  }

  /** What the lists hold now. */
  async final(client: RawClient): Promise<FinalLists> {
    const lists = new Map<string, readonly number[]>();
    for (const key of LISTS) lists.set(key, numbers(await client.ask('LRANGE', key, 0, -1)));
    return lists;
  }

  randomKey(random: Random): string {
    return random.pick(LISTS);
  }

  private async carryOut(client: RawClient, way: Way, plan: readonly ListStep[]): Promise<readonly ListStep[]> {
    const keys = [...new Set(plan.map(({ key }) => key))];
    const flat = plan.flatMap((step) => [step.kind, step.key, step.kind === 'append' ? step.value : '-']);
    switch (way) {
      case 'multi':
        return settle(plan, await exec(client, plan.map(commandOf)));
      case 'script':
        return settle(plan, await client.ask('EVAL', BODY, keys.length, ...keys, ...flat));
      case 'function':
        return settle(plan, await client.ask('FCALL', 'lists', keys.length, ...keys, ...flat));
      case 'undeclared':
        return settle(plan, await client.ask('EVAL', BODY, 0, ...flat));
      case 'watch':
        return this.watch(client, plan, keys);
    }
  }

  /** Reads first, then writes if nothing has changed; over again when something has. */
  private async watch(client: RawClient, plan: readonly ListStep[], keys: readonly string[]): Promise<ListStep[]> {
    const appends = plan.filter((step) => step.kind === 'append');
    for (;;) {
      const replies = await client.pipeline([['WATCH', ...keys], ...keys.map((key) => ['LRANGE', key, 0, -1])]);
      const reads = keys.map(
        (key, n): ListStep => ({ kind: 'read', key, seen: numbers(readReply(replies[n + 1] ?? Buffer.alloc(0))) }),
      );
      const reply = await exec(client, appends.map(commandOf));
      if (!reply.isNull) return [...reads, ...settle(appends, reply)];
      this.retries++;
    }
  }
}

async function exec(client: RawClient, commands: readonly (readonly Argument[])[]): Promise<Reply> {
  const replies = await client.pipeline([['MULTI'], ...commands, ['EXEC']]);
  return readReply(replies.at(-1) ?? Buffer.alloc(0));
}

function commandOf(step: ListStep): readonly Argument[] {
  return step.kind === 'append' ? ['RPUSH', step.key, step.value] : ['LRANGE', step.key, 0, -1];
}

/** The plan with what its reads saw. */
function settle(plan: readonly ListStep[], reply: Reply): readonly ListStep[] {
  assert.notEqual(reply.kind, '-', reply.text.toString());
  assert.equal(reply.items.length, plan.length);
  return plan.map((step, n) => {
    const item = reply.items[n];
    assert(item !== undefined && item.kind !== '-', item?.text.toString());
    return step.kind === 'append' ? step : { ...step, seen: numbers(item) };
  });
}

function numbers(list: Reply): number[] {
  assert.notEqual(list.kind, '-', list.text.toString());
  return list.items.map(({ text }) => Number(text));
}
