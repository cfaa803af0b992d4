import assert from 'node:assert/strict';
import { type Directives, launch } from '../support/launch.ts';
import { Random } from '../support/random.ts';
import { RawClient } from '../support/raw-client.ts';
import { Bank } from './bank.ts';
import { findAnomaly } from './history.ts';
import { ListHistory } from './lists.ts';

const CLIENTS = 16;
const CLIENT_TIMEOUT_MS = 120_000;

export interface Outcome {
  readonly transactions: number;
  readonly retries: number;
  readonly transfers: number;
  readonly audits: number;
}

/**
 * Clients of all threads run transactions, WATCH loops and scripts over the same few keys, which go to disk and back all the time if there is a cold
 * tier. Throws when a sum is wrong or the history of the lists cannot be put into one order.
 *
 * @param rounds transactions of each client
 */
export async function runCampaign(directives: Directives, seed: number, rounds: number): Promise<Outcome> {
  const server = await launch('stratakv', { 'server-threads': '4', ...directives });
  const open = () => RawClient.connect({ port: server.port }, CLIENT_TIMEOUT_MS);
  const clients = await Promise.all(Array.from({ length: CLIENTS }, open));
  const demoter = await open();
  try {
    const bank = new Bank();
    const lists = new ListHistory();
    await bank.open(demoter);
    await lists.open(demoter);
    let running = true;
    const demotions = async (): Promise<void> => {
      const random = new Random(seed - 1);
      while (running) await demoter.call('TIER', 'DEMOTE', lists.randomKey(random), bank.randomKey(random));
    };
    const tiered = 'storage-provider' in directives;
    const transactions = Promise.all(
      clients.map(async (client, n) => {
        const random = new Random(seed + n);
        for (let round = 0; round < rounds; round++) {
          if (random.chance(0.5)) await bank.act(client, random);
          else await lists.act(client, random);
        }
      }),
    );
    const ended = transactions.finally(() => {
      running = false;
    });
    await Promise.all(tiered ? [ended, demotions()] : [ended]);
    const anomaly = findAnomaly(lists.committed, await lists.final(demoter));
    assert.equal(anomaly, undefined, anomaly);
    const { transfers, audits } = bank;
    return { transactions: lists.committed.length, retries: lists.retries, transfers, audits };
  } catch (error) {
    throw new Error(
      `seed ${seed}: ${error instanceof Error ? error.stack : String(error)}\n${server.log().slice(-4000)}`,
    );
  } finally {
    for (const client of [...clients, demoter]) client.close();
    assert.equal(await server.stop(), 0, server.log().slice(-3000));
  }
}
