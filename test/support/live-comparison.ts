import { agree, allowanceFor } from '../differential/compare.ts';
import { type Directives, type LaunchedServer, launch } from './launch.ts';
import { type Argument, RawClient } from './raw-client.ts';

/** A whole server of ours and a redis-server, given the same commands. Replies must agree: byte for byte, or as the command allows. */
export class LiveComparison {
  /** Commands compared so far. */
  compared = 0;
  private readonly servers: readonly LaunchedServer[];
  private readonly clients: readonly [RawClient, RawClient];

  private constructor(servers: readonly LaunchedServer[], clients: readonly [RawClient, RawClient]) {
    this.servers = servers;
    this.clients = clients;
  }

  /** `ours` are directives for our server only, such as the storage provider. */
  static async start(both: Directives = {}, ours: Directives = {}): Promise<LiveComparison> {
    const left = await launch('stratakv', { 'enable-debug-command': 'yes', ...both, ...ours });
    const right = await launch('redis', { 'enable-debug-command': 'yes', ...both });
    const clients = [
      await RawClient.connect({ port: left.port }, 60_000),
      await RawClient.connect({ port: right.port }, 60_000),
    ] as const;
    return new LiveComparison([left, right], clients);
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.close();
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  /** Speaks RESP2 or RESP3 from now on. */
  async speak(resp: 2 | 3): Promise<void> {
    await Promise.all(this.clients.map((client) => client.call('HELLO', resp)));
  }

  /** Sets a directive in both. */
  async configure(directive: string, value: string): Promise<void> {
    await Promise.all(this.clients.map((client) => client.ask('CONFIG', 'SET', directive, value)));
  }

  /** Runs commands in both, from empty keyspaces (or, with `keep`, from what is there); every difference is a text of the answer. */
  async differences(scenario: readonly (readonly Argument[])[], keep = false): Promise<string[]> {
    const [ours, theirs] = await Promise.all(
      this.clients.map(async (client) => {
        if (!keep) await client.call('FLUSHALL');
        return client.pipeline(scenario);
      }),
    );
    const found: string[] = [];
    for (const [n, command] of scenario.entries()) {
      const [actual, wanted] = [ours?.[n] ?? Buffer.alloc(0), theirs?.[n] ?? Buffer.alloc(0)];
      this.compared++;
      if (agree(actual, wanted, allowanceFor(command))) continue;
      found.push(`${lines(scenario.slice(0, n + 1))}\n  redis: ${quote(wanted)}\n  ours:  ${quote(actual)}`);
    }
    return found;
  }
}

function quote(bytes: Buffer): string {
  const text = JSON.stringify(bytes.toString('latin1'));
  return text.length > 400 ? `${text.slice(0, 400)}... (${bytes.length} bytes)` : text;
}

function lines(commands: readonly (readonly Argument[])[]): string {
  return commands
    .slice(-20)
    .map((command) =>
      command.map((arg) => quote(Buffer.isBuffer(arg) ? arg : Buffer.from(String(arg))).slice(1, -1)).join(' '),
    )
    .join('\n');
}
