import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Argument, encodeCommand } from '../support/raw-client.ts';
import { parseReply, type Reply } from '../support/resp-reply.ts';

/** A client whose commands may wait: a reply may come at any time, or not at all because the connection ends first. */
export class WaitingClient {
  /** Replies that nobody has asked for yet. */
  readonly replies: Reply[] = [];
  id = 0;
  closed = false;
  private readonly socket: Socket;
  private bytes: Buffer = Buffer.alloc(0);
  private wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      this.closed = true;
      this.wake();
    });
  }

  static async connect(port: number): Promise<WaitingClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    const client = new WaitingClient(socket);
    const id = await client.ask('CLIENT', 'ID');
    client.id = Number(id?.text.toString());
    return client;
  }

  send(...args: Argument[]): void {
    this.socket.write(encodeCommand(args));
  }

  /** The next reply; undefined when the connection ends without one. */
  async next(): Promise<Reply | undefined> {
    while (this.replies.length === 0 && !this.closed) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return this.replies.shift();
  }

  ask(...args: Argument[]): Promise<Reply | undefined> {
    this.send(...args);
    return this.next();
  }

  /** Says that nothing more will come, and goes on reading: what the server sent before it noticed is not lost. */
  leave(): void {
    this.socket.end();
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    this.bytes = this.bytes.length === 0 ? chunk : Buffer.concat([this.bytes, chunk]);
    for (let parsed = parseReply(this.bytes); parsed !== undefined; parsed = parseReply(this.bytes)) {
      this.replies.push(parsed.reply);
      this.bytes = this.bytes.subarray(parsed.end);
    }
    this.wake();
  }
}

/** Resolves when the server lists the client as blocked. */
export async function blocked(observer: WaitingClient, client: WaitingClient): Promise<void> {
  for (;;) {
    const list = await observer.ask('CLIENT', 'LIST', 'ID', client.id);
    const flags = / flags=(\S+)/.exec(list?.text.toString() ?? '')?.[1] ?? '';
    if (flags.includes('b') || client.replies.length > 0 || client.closed) return;
  }
}

/** A reply as one line of text. */
export function plain(reply: Reply | undefined): string {
  if (reply === undefined) return '(end)';
  if (reply.isNull) return `${reply.kind}nil`;
  if (reply.items.length > 0) return `[${reply.items.map(plain).join(' ')}]`;
  return `${reply.kind}${reply.text.toString('latin1')}`;
}
