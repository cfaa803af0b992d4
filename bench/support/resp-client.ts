import { connect, type Socket } from 'node:net';
import { ReplyReader, type ReplySink } from './reply-reader.ts';

/** A reply as text; null for nil. Errors reject. */
type Reply = string | null;

/** A client for control commands around a measurement: one line in, one reply out, in order. */
export class RespClient implements ReplySink {
  private readonly socket: Socket;
  private readonly reader = new ReplyReader(this);
  private readonly waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void }[] = [];
  private gone = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes) => this.reader.feed(bytes, bytes.length));
    const fail = (error?: Error) => {
      this.gone = true;
      for (const { reject } of this.waiting.splice(0)) reject(error ?? new Error('the server closed the connection'));
    };
    socket.on('error', fail);
    socket.on('close', () => fail());
  }

  static open(port: number, host = '127.0.0.1'): Promise<RespClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host, noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new RespClient(socket));
      });
    });
  }

  /** Sends one command whose reply is a status, an integer, a bulk or nil. */
  send(...args: string[]): Promise<Reply> {
    if (this.gone) return Promise.reject(new Error('the connection is closed'));
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.socket.write(`*${args.length}\r\n${args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join('')}`);
    });
  }

  /** INFO's `name:value` lines of all or one section. */
  async info(...section: string[]): Promise<Map<string, string>> {
    const text = (await this.send('INFO', ...section)) ?? '';
    const fields = new Map<string, string>();
    for (const line of text.split('\r\n')) {
      const colon = line.indexOf(':');
      if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1));
    }
    return fields;
  }

  close(): void {
    this.socket.destroy();
  }

  onBulk(bytes: Buffer, start: number, length: number): void {
    this.waiting.shift()?.resolve(bytes.toString('utf8', start, start + length));
  }

  onNil(): void {
    this.waiting.shift()?.resolve(null);
  }

  onStatus(text: () => string): void {
    this.waiting.shift()?.resolve(text());
  }

  onError(text: string): void {
    this.waiting.shift()?.reject(new Error(text));
  }
}
