import { parseLine } from '../support/redis-comparison.ts';
import { blocked, plain, WaitingClient } from './waiting-client.ts';

const mayWait = /^(B[LRZ]|XREAD|WAIT)/i;

/** Runs a scenario (see scenarios.ts) on one server; what each client was answered, a line each. */
export async function runScenario(port: number, scenario: string): Promise<string[]> {
  const observer = await WaitingClient.connect(port);
  await observer.ask('FLUSHALL');
  const clients = new Map<string, WaitingClient>();
  const transcript = new Map<string, string[]>();
  const expected = new Map<string, number>();
  const lastString = new Map<string, Buffer>();
  const clientOf = async (letter: string): Promise<WaitingClient> => {
    const known = clients.get(letter);
    if (known !== undefined) return known;
    const client = await WaitingClient.connect(port);
    clients.set(letter, client);
    transcript.set(letter, []);
    expected.set(letter, 0);
    return client;
  };
  const collect = async (letter: string, client: WaitingClient, count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      const reply = await client.next();
      if (reply?.kind === '$') lastString.set(letter, reply.text);
      transcript.get(letter)?.push(plain(reply));
    }
    expected.set(letter, (expected.get(letter) ?? 0) - count);
  };
  for (const line of scenario.split('\n').map((text) => text.trim())) {
    if (line === '') continue;
    if (line.startsWith('!')) {
      const letter = line.slice(1);
      const gone = await clientOf(letter);
      gone.leave();
      while (!gone.closed && (await gone.next()) !== undefined);
      expected.set(letter, 0);
      continue;
    }
    if (line.endsWith('?')) {
      const letter = line.slice(0, -1);
      await collect(letter, await clientOf(letter), 1);
      continue;
    }
    const [, letter = '', sign = '', text = ''] = /^(\w)([+-]?) (.*)$/.exec(line) ?? [];
    const client = await clientOf(letter);
    const last = lastString.get(letter);
    const args = parseLine(text.replace(/@(\w)/g, (_, other: string) => String(clients.get(other)?.id))).map((one) =>
      last !== undefined && one.toString() === '$last' ? last : one,
    );
    // A client that waited has been answered by now, or still waits: then this command waits behind.
    client.send(...args);
    if (/^CLIENT REPLY SKIP/.test(text) || sign === '-') {
      if (sign === '-') await blocked(observer, client);
      continue;
    }
    expected.set(letter, (expected.get(letter) ?? 0) + 1);
    if (sign === '+') continue;
    if (mayWait.test(text)) {
      const before = (expected.get(letter) ?? 0) - 1;
      await collect(letter, client, before);
      await blocked(observer, client);
    } else await collect(letter, client, expected.get(letter) ?? 0);
  }
  for (const [letter, client] of clients) {
    while ((expected.get(letter) ?? 0) > 0) {
      await blocked(observer, client);
      if (client.replies.length === 0) await observer.ask('CLIENT', 'UNBLOCK', client.id);
      await collect(letter, client, 1);
    }
    client.close();
  }
  observer.close();
  // Payloads of DUMP differ, and so do ids of clients.
  const comparable = (one: string) => one.replace(/\$id :\d+/, '$id').replace(/^\$.*[^\x20-\x7e].*$/s, '$binary');
  return [...transcript].sort().flatMap(([letter, lines]) => lines.map((one) => `${letter} ${comparable(one)}`));
}
