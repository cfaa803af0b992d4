import { type LaunchedServer, launch } from '../support/launch.ts';
import { Random } from '../support/random.ts';
import { RawClient } from '../support/raw-client.ts';
import { readReply } from '../support/resp-reply.ts';
import { generateCase } from './generate.ts';
import { resultsIn, scriptOf } from './prelude.ts';

/** What runs a script of cases and answers their results. */
export interface Side {
  run(script: string): Promise<Buffer>;
  stop(): Promise<void>;
}

/** A server of its own, given the scripts by EVAL. */
export class ServerSide implements Side {
  readonly #server: LaunchedServer;
  readonly #client: RawClient;

  private constructor(server: LaunchedServer, client: RawClient) {
    this.#server = server;
    this.#client = client;
  }

  static async start(kind: 'redis' | 'stratakv'): Promise<ServerSide> {
    const server = await launch(kind);
    return new ServerSide(server, await RawClient.connect({ port: server.port }, 60_000));
  }

  async run(script: string): Promise<Buffer> {
    const raw = await this.#client.call('EVAL', script, 0);
    const reply = readReply(raw);
    if (reply.kind !== '$') throw new Error(`EVAL: ${raw.toString('latin1', 0, 300)}`);
    return reply.text;
  }

  async stop(): Promise<void> {
    this.#client.close();
    await this.#server.stop();
  }
}

/** One case that the two sides answered differently. */
export interface Difference {
  readonly body: string;
  readonly expected: string;
  readonly actual: string;
  /** Whether it shows without the cases before it. */
  readonly alone: boolean;
}

/** Runs `count` cases of a seed on both sides, in one script. */
export async function compareCases(expected: Side, actual: Side, seed: number, count: number): Promise<Difference[]> {
  const random = new Random(seed);
  const cases = Array.from({ length: count }, () => generateCase(random));
  const found: Difference[] = [];
  const [wanted, given] = await resultsOfBoth(expected, actual, cases);
  for (const [at, body] of cases.entries()) {
    const one = wanted[at] ?? Buffer.alloc(0);
    const other = given[at] ?? Buffer.alloc(0);
    if (one.equals(other)) continue;
    const [[single], [ours]] = await resultsOfBoth(expected, actual, [body]);
    const alone = single !== undefined && ours !== undefined && !single.equals(ours);
    found.push({ body, expected: show(one), actual: show(other), alone });
  }
  return found;
}

async function resultsOfBoth(expected: Side, actual: Side, cases: readonly string[]): Promise<[Buffer[], Buffer[]]> {
  const script = scriptOf(cases);
  return [resultsIn(await expected.run(script)), resultsIn(await actual.run(script))];
}

function show(bytes: Buffer): string {
  const text = JSON.stringify(bytes.toString('latin1'));
  return text.length > 600 ? `${text.slice(0, 600)}... (${bytes.length} bytes)` : text;
}
