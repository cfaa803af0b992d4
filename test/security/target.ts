import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before } from 'node:test';
import { type Directives, type LaunchedServer, launch } from '../support/launch.ts';
import { type Argument, RawClient } from '../support/raw-client.ts';

/** No attack may keep the server busy for longer, on a machine that has other work to do. */
const PATIENCE_MS = 60_000;

/** A server as a process of its own that is attacked: it must answer ever after. */
export class Target {
  #server: LaunchedServer | undefined;
  #exited = false;
  readonly #password: string | undefined;

  /** Starts the server before the tests of a file, and stops it behind them: it must end as asked. */
  constructor(directives: Directives = {}, password?: string) {
    this.#password = password;
    before(async () => {
      this.#server = await launch('stratakv', directives);
      void this.#server.exited.then(() => {
        this.#exited = true;
      });
    });
    after(async () => {
      assert.equal(this.#exited, false, `the server ended by itself:\n${this.server.log()}`);
      await this.server.stop();
    });
  }

  get server(): LaunchedServer {
    assert(this.#server !== undefined, 'the server is not there yet');
    return this.#server;
  }

  get port(): number {
    return this.server.port;
  }

  /** A client of the default user. */
  async client(): Promise<RawClient> {
    const client = await RawClient.connect({ port: this.port }, PATIENCE_MS);
    if (this.#password !== undefined) await client.call('AUTH', this.#password);
    return client;
  }

  /** Commands one after the other on a new connection; their replies as Latin-1. Then the server must be well. */
  async run(...commands: readonly (readonly Argument[])[]): Promise<string[]> {
    const client = await this.client();
    const replies: string[] = [];
    for (const command of commands) replies.push((await client.call(...command)).toString('latin1'));
    client.close();
    await this.isWell();
    return replies;
  }

  /** The last command's reply. */
  async last(...commands: readonly (readonly Argument[])[]): Promise<string> {
    return (await this.run(...commands)).at(-1) ?? '';
  }

  /** Bytes as they are, on a connection of its own; what came back until the server closed it, or `until` is in it. */
  async raw(bytes: Buffer | string, until?: string): Promise<string> {
    const socket = connect(this.port, '127.0.0.1');
    const answer = await converse(socket, bytes, until);
    await this.isWell();
    return answer;
  }

  /** It answers, and is still the same process. */
  async isWell(): Promise<void> {
    assert.equal(this.#exited, false, `the server is gone:\n${this.server.log()}`);
    const client = await this.client();
    assert.equal((await client.call('PING')).toString(), '+PONG\r\n');
    client.close();
  }
}

function converse(socket: Socket, bytes: Buffer | string, until: string | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const timer = setTimeout(
      () => reject(new Error(`no end of the conversation: ${answer.slice(0, 200)}`)),
      PATIENCE_MS,
    );
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
      if (until !== undefined && answer.includes(until)) end();
    });
    socket.on('close', end);
    // A server that hangs up while we still write is one way to end it.
    socket.on('error', end);
    socket.write(bytes);
  });
}
