import { setTimeout as sleep } from 'node:timers/promises';
import { PATIENCE_MS } from '../support/patience.ts';
import { type Argument, encodeCommand, RawClient } from '../support/raw-client.ts';
import { type Reply, readReply } from '../support/resp-reply.ts';
import { startServer, type TestServer, type TestServerOptions } from '../support/server.ts';

/** A server with both tiers and a client on it. */
export class TieredServer {
  readonly server: TestServer;
  readonly client: RawClient;

  /** `args` as on the command line; the cold tier lies in `flash` below the directory. */
  static async start(args: readonly string[], options: TestServerOptions = {}): Promise<TieredServer> {
    const server = await startServer(args, { storage: 'flash ./flash', ...options });
    const tiered = new TieredServer(server, await RawClient.connect({ port: server.port }));
    // What a start leaves to the background is not what most tests are about.
    if (options.env?.STRATAKV_HOLD_INDEX === undefined) await until('the start is over', () => tiered.isSettled());
    return tiered;
  }

  private constructor(server: TestServer, client: RawClient) {
    this.server = server;
    this.client = client;
  }

  /** Whether the index is filled and what was hot is back. */
  private async isSettled(): Promise<boolean> {
    const [loading, warming] = [await this.info('tier_index_loading'), await this.info('tier_warming')];
    return loading !== '1' && warming !== '1';
  }

  connect(): Promise<RawClient> {
    return RawClient.connect({ port: this.server.port });
  }

  /** Text of the reply; null for nil, the text with its `-` for an error. */
  async call(...args: Argument[]): Promise<string | null> {
    return textOf(await this.client.ask(...args));
  }

  /** Texts of the replies of a pipeline. */
  async pipeline(commands: readonly (readonly Argument[])[], client = this.client): Promise<(string | null)[]> {
    const replies: (string | null)[] = [];
    for (let at = 0; at < commands.length; at += 500) {
      const some = commands.slice(at, at + 500);
      const raw = await client.send(Buffer.concat(some.map(encodeCommand)), some.length);
      for (const reply of raw) replies.push(textOf(readReply(reply)));
    }
    return replies;
  }

  /** Texts of the members of an array reply. */
  async list(...args: Argument[]): Promise<(string | null)[]> {
    return (await this.client.ask(...args)).items.map(textOf);
  }

  /** TIER STATUS by field; numbers are text. */
  async status(): Promise<Map<string, string>> {
    return pairs(await this.list('TIER', 'STATUS'));
  }

  async figure(name: string): Promise<number> {
    return Number((await this.status()).get(name));
  }

  /** One field of INFO. */
  async info(name: string, section = 'everything'): Promise<string | undefined> {
    const text = (await this.call('INFO', section)) ?? '';
    return new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(text)?.[1];
  }

  async usedMemory(): Promise<number> {
    return Number(await this.info('used_memory', 'memory'));
  }

  /** All keys of the client's database by SCAN, in the order they come. */
  async scanAll(count = 100): Promise<string[]> {
    const keys: string[] = [];
    let cursor = '0';
    do {
      const [next, page] = (await this.client.ask('SCAN', cursor, 'COUNT', count)).items;
      cursor = next?.text.toString() ?? '0';
      for (const key of page?.items ?? []) keys.push(key.text.toString());
    } while (cursor !== '0');
    return keys;
  }

  async stop(): Promise<number> {
    this.client.close();
    return this.server.stop();
  }

  async kill(): Promise<void> {
    this.client.close();
    await this.server.kill();
  }
}

export function textOf(reply: Reply): string | null {
  if (reply.isNull) return null;
  return reply.kind === '-' ? `-${reply.text.toString()}` : reply.text.toString();
}

function pairs(list: readonly (string | null)[]): Map<string, string> {
  const map = new Map<string, string>();
  for (let at = 0; at + 1 < list.length; at += 2) map.set(list[at] ?? '', list[at + 1] ?? '');
  return map;
}

/** Waits until `condition` holds; fails with its name when it does not within the time. */
export async function until(name: string, condition: () => Promise<boolean>, timeoutMs = PATIENCE_MS): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${name}`);
    await sleep(20);
  }
}

/** The value of a key in a given round: told by both, of random-looking length up to `maxLength`, so that a wrong one shows. */
export function derivedValue(key: string, round: number, maxLength: number): string {
  let hash = round + 1;
  for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, 31) + key.charCodeAt(i)) | 0;
  const length = Math.abs(Math.imul(hash, 0x9e3779b1) >> 3) % maxLength;
  return `${key}@${round}:`.padEnd(length, `${hash},`);
}
