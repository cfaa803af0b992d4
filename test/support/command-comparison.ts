import { CommandServer } from './command-server.ts';
import { type LaunchedServer, launch } from './launch.ts';
import { RawClient } from './raw-client.ts';
import { parseScenarios } from './redis-comparison.ts';

/** What differs by nature or on purpose: texts are compared after this. */
export type Normalize = (reply: string, line: string) => string;

/**
 * Runs scenarios (paragraphs of command lines) on a redis-server and on all our commands over the model keyspace; each
 * scenario starts with empty keyspaces and connections of its own. Answers the differences.
 */
export class CommandComparison {
  readonly server: LaunchedServer;
  readonly ours = new CommandServer();

  private constructor(server: LaunchedServer) {
    this.server = server;
    this.ours.config.apply([['enable-debug-command', 'yes']]);
  }

  static async start(): Promise<CommandComparison> {
    return new CommandComparison(await launch('redis', { 'enable-debug-command': 'yes' }));
  }

  async stop(): Promise<void> {
    await this.server.stop();
  }

  async differences(scenarios: string, normalize: Normalize = (reply) => reply, resp: 2 | 3 = 2): Promise<string[]> {
    const found: string[] = [];
    for (const scenario of parseScenarios(scenarios)) {
      const client = await RawClient.connect({ port: this.server.port });
      await client.call('FLUSHALL');
      this.ours.keyspace.flush(-1);
      this.ours.session().reset();
      await client.call('HELLO', resp);
      this.ours.session().resp = resp;
      const before: string[] = [];
      for (const command of scenario) {
        const line = command.map((arg) => arg.toString('latin1')).join(' ');
        before.push(line);
        const wanted = await client.call(...command).then(
          (raw) => raw.toString('latin1'),
          (error: Error) => Promise.reject(new Error(`${line}: ${error.message}`)),
        );
        const actual = (await this.ours.call(command)).toString('latin1');
        if (normalize(wanted, line) === normalize(actual, line)) continue;
        found.push(`${before.join('\n')}\n  redis: ${JSON.stringify(wanted)}\n  ours:  ${JSON.stringify(actual)}`);
      }
      client.close();
    }
    return found;
  }
}
