import { setTimeout as sleep } from 'node:timers/promises';
import type { RawClient } from '../support/raw-client.ts';
import { textOf } from './tiered-server.ts';

/**
 * Watches the checkpoints: what was acknowledged before a look at their count is on disk once the count has grown by two since,
 * as the second of them began after the first had ended, and that after the look. Ends with the connection.
 */
export async function watchCheckpoints(client: RawClient, durable: (at: number) => void): Promise<void> {
  const looks: [number, number][] = [];
  try {
    for (;;) {
      const askedAt = performance.now();
      const fields = (await client.ask('TIER', 'STATUS')).items.map(textOf);
      const count = Number(fields[fields.indexOf('checkpoints') + 1]);
      for (let look = looks[0]; look !== undefined && look[1] + 2 <= count; look = looks[0]) {
        durable(look[0]);
        looks.shift();
      }
      looks.push([askedAt, count]);
      await sleep(5);
    }
  } catch {
    // The server was killed.
  }
}
