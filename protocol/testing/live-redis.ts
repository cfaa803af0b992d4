import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Why tests against a real server cannot run here, for `node:test`'s `skip`; false when they can. */
export const redisMissing: string | false =
  spawnSync('redis-server', ['--version']).status === 0 ? false : 'redis-server is not on PATH';

/** A redis-server of the test's own, on a Unix socket in a directory of its own. */
export class LiveRedis {
  private readonly child: ChildProcess;
  private readonly directory: string;
  private readonly socket: Socket;
  private received = Buffer.alloc(0);

  private constructor(child: ChildProcess, directory: string, socket: Socket) {
    this.child = child;
    this.directory = directory;
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.received = Buffer.concat([this.received, chunk]);
    });
  }

  static async start(...directives: string[]): Promise<LiveRedis> {
    const directory = mkdtempSync(join(tmpdir(), 'strata-redis-'));
    const path = join(directory, 'redis.sock');
    const options = ['--port', '0', '--unixsocket', path, '--dir', directory, '--save', '', ...directives];
    const child = spawn('redis-server', options, { stdio: 'ignore' });
    for (let tries = 0; ; tries++) {
      const socket = createConnection(path);
      try {
        await once(socket, 'connect');
        return new LiveRedis(child, directory, socket);
      } catch (error) {
        socket.destroy();
        if (tries === 2400) throw error;
        await sleep(25);
      }
    }
  }

  /** Sends requests and returns the raw bytes of everything that came back for them, up to the reply of a closing ECHO. */
  async exchange(requests: readonly (readonly (string | Uint8Array)[])[]): Promise<Buffer> {
    const end = `end-${Math.random()}`;
    this.received = Buffer.alloc(0);
    this.socket.write(Buffer.concat([...requests, ['ECHO', end]].map(encodeRequest)));
    const tail = Buffer.from(`$${end.length}\r\n${end}\r\n`);
    while (!this.received.subarray(-tail.length).equals(tail)) await once(this.socket, 'data');
    return this.received.subarray(0, -tail.length);
  }

  /** Sends requests whose replies are bulk strings or lines, and returns each reply's content (nil as `undefined`). */
  async call(requests: readonly (readonly (string | Uint8Array)[])[]): Promise<(Buffer | undefined)[]> {
    const bytes = await this.exchange(requests);
    const replies: (Buffer | undefined)[] = [];
    for (let at = 0; at < bytes.length; ) {
      const line = bytes.indexOf('\r\n', at);
      const isBulk = bytes[at] === 0x24;
      const length = isBulk ? Number(bytes.toString('latin1', at + 1, line)) : -1;
      replies.push(
        isBulk ? (length < 0 ? undefined : bytes.subarray(line + 2, line + 2 + length)) : bytes.subarray(at, line),
      );
      at = length < 0 ? line + 2 : line + length + 4;
    }
    return replies;
  }

  async stop(): Promise<void> {
    this.socket.destroy();
    this.child.kill();
    await once(this.child, 'exit');
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A RESP request. */
export function encodeRequest(args: readonly (string | Uint8Array)[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${args.length}\r\n`)];
  for (const arg of args) {
    const bytes = Buffer.from(arg as Uint8Array);
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}
