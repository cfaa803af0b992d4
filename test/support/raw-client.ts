import { connect, type Socket } from 'node:net';
import { PATIENCE_MS } from './patience.ts';
import { ReplyFrames } from './reply-frames.ts';
import { type Reply, readReply } from './resp-reply.ts';

const PUSH = '>'.charCodeAt(0);

export type Argument = string | number | Buffer;

interface Waiting {
  readonly resolve: (raw: Buffer) => void;
  readonly reject: (error: Error) => void;
}

/** The bytes of a command as an array of bulk strings; strings become UTF-8. */
export function encodeCommand(args: readonly Argument[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${args.length}\r\n`)];
  for (const arg of args) {
    const bytes = Buffer.isBuffer(arg) ? arg : Buffer.from(String(arg));
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}

/**
 * A client that knows RESP framing and nothing else: replies are the exact bytes that the server sent, so that two servers
 * can be compared byte for byte. Pushes (RESP3 `>`) are kept in `pushes`, not matched to calls.
 */
export class RawClient {
  readonly pushes: Buffer[] = [];
  readonly #socket: Socket;
  readonly #waiting: Waiting[] = [];
  readonly #timeoutMs: number;
  readonly #frames = new ReplyFrames();
  #failure: Error | undefined;

  private constructor(socket: Socket, timeoutMs: number) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the server closed the connection')));
  }

  static connect(
    where: { port: number; host?: string } | { path: string },
    timeoutMs = PATIENCE_MS,
  ): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = 'path' in where ? connect(where.path) : connect(where.port, where.host ?? '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new RawClient(socket, timeoutMs));
      });
    });
  }

  /** Sends one command; the raw reply. Rejects when the connection is lost or no reply comes within the time-out. */
  call(...args: Argument[]): Promise<Buffer> {
    return this.send(encodeCommand(args), 1).then(([raw]) => raw ?? Buffer.alloc(0));
  }

  /** Like `call`, with the reply parsed. Error replies are values (`kind` is `-`). */
  async ask(...args: Argument[]): Promise<Reply> {
    return readReply(await this.call(...args));
  }

  /** Sends commands in one write; their raw replies in order. */
  pipeline(commands: readonly (readonly Argument[])[]): Promise<Buffer[]> {
    return this.send(Buffer.concat(commands.map(encodeCommand)), commands.length);
  }

  /** Writes bytes as they are and waits for `replies` replies. */
  send(bytes: Buffer, replies: number): Promise<Buffer[]> {
    if (this.#failure) return Promise.reject(this.#failure);
    const answers: Promise<Buffer>[] = [];
    for (let n = 0; n < replies; n++) {
      answers.push(new Promise((resolve, reject) => this.#waiting.push({ resolve, reject })));
    }
    this.#socket.write(bytes);
    const timer = setTimeout(() => this.#fail(new Error(`no reply within ${this.#timeoutMs} ms`)), this.#timeoutMs);
    return Promise.all(answers).finally(() => clearTimeout(timer));
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    try {
      for (const raw of this.#frames.add(chunk)) {
        if (raw[0] === PUSH) this.pushes.push(raw);
        else this.#waiting.shift()?.resolve(raw);
      }
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#socket.destroy();
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}
