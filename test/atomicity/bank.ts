import assert from 'node:assert/strict';
import type { Random } from '../support/random.ts';
import type { RawClient } from '../support/raw-client.ts';
import { type Reply, readReply } from '../support/resp-reply.ts';

const ACCOUNTS = 12;
const OPENING = 1000;
const LEDGER = 'ledger';
/** The ledger's fields beside its accounts, so that it is a collection of many blocks. */
const FILLERS = 400;

const names = Array.from({ length: ACCOUNTS }, (_, n) => `account:${n}`);

/** Moves ARGV[1] from KEYS[1] to a field of the ledger, or the other way round. */
const WITH_LEDGER = `
redis.call('INCRBY', KEYS[1], -tonumber(ARGV[1]))
return redis.call('HINCRBY', KEYS[2], ARGV[2], ARGV[1])`;
/** Adds up everything; names nothing beforehand. */
const TOTAL = `
local sum = 0
for i = 0, ${ACCOUNTS - 1} do
  sum = sum + tonumber(redis.call('GET', 'account:' .. i)) + tonumber(redis.call('HGET', '${LEDGER}', 'account:' .. i))
end
return sum`;

/** Money that is moved between strings, and between strings and fields of a hash: its sum never changes. */
export class Bank {
  static readonly total = ACCOUNTS * OPENING;
  /** Sums that were taken. */
  audits = 0;
  transfers = 0;

  async open(client: RawClient): Promise<void> {
    await client.call('MSET', ...names.flatMap((name) => [name, OPENING]));
    const fillers = Array.from({ length: FILLERS }, (_, n) => [`filler:${n}`, 'x'.repeat(60)]).flat();
    await client.call('HSET', LEDGER, ...fillers, ...names.flatMap((name) => [name, 0]));
  }

  randomKey(random: Random): string {
    return random.chance(0.2) ? LEDGER : random.pick(names);
  }

  async act(client: RawClient, random: Random): Promise<void> {
    if (random.chance(0.3)) await this.audit(client, random);
    else await this.transfer(client, random);
  }

  private async transfer(client: RawClient, random: Random): Promise<void> {
    this.transfers++;
    const [from, to, amount] = [random.pick(names), random.pick(names), random.integer(1, 50)];
    switch (random.integer(0, 3)) {
      case 0:
        return succeeded(
          await exec(client, [
            ['DECRBY', from, amount],
            ['INCRBY', to, amount],
          ]),
        );
      case 1:
        return succeeded(await client.ask('EVAL', WITH_LEDGER, 2, from, LEDGER, amount, to));
      case 2:
        return succeeded(
          await exec(client, [
            ['HINCRBY', LEDGER, from, -amount],
            ['INCRBY', to, amount],
          ]),
        );
      default:
        if (from !== to) await this.compareAndSet(client, from, to, amount);
    }
  }

  /** As an application does: reads, thinks, writes if nobody else did. */
  private async compareAndSet(client: RawClient, from: string, to: string, amount: number): Promise<void> {
    for (;;) {
      const replies = await client.pipeline([
        ['WATCH', from, to],
        ['MGET', from, to],
      ]);
      const [a, b] = readReply(replies[1] ?? Buffer.alloc(0)).items.map(({ text }) => Number(text));
      assert(a !== undefined && b !== undefined);
      const reply = await exec(client, [
        ['SET', from, a - amount],
        ['SET', to, b + amount],
      ]);
      if (!reply.isNull) return succeeded(reply);
    }
  }

  private async audit(client: RawClient, random: Random): Promise<void> {
    this.audits++;
    if (random.chance(0.5)) {
      const reply = await client.ask('EVAL', TOTAL, 0);
      assert.equal(Number(reply.text), Bank.total, `a script saw ${reply.text.toString()}`);
      return;
    }
    const reply = await exec(client, [
      ['MGET', ...names],
      ['HMGET', LEDGER, ...names],
    ]);
    const values = reply.items.flatMap(({ items }) => items.map(({ text }) => Number(text)));
    const sum = values.reduce((so, far) => so + far, 0);
    assert.equal(sum, Bank.total, `a transaction saw ${values.join(' ')}`);
  }
}

async function exec(client: RawClient, commands: readonly (readonly (string | number)[])[]): Promise<Reply> {
  const replies = await client.pipeline([['MULTI'], ...commands, ['EXEC']]);
  return readReply(replies.at(-1) ?? Buffer.alloc(0));
}

function succeeded(reply: Reply): void {
  for (const one of [reply, ...reply.items]) assert.notEqual(one.kind, '-', one.text.toString());
}
