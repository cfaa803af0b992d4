import { connect, type Socket } from 'node:net';
import { PATIENCE_MS } from './patience.ts';

/** A bare connection for tests that care about bytes: sends text, waits for text. */
export class RawClient {
  private readonly socket: Socket;
  private received = '';
  private waiting: (() => void)[] = [];
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.received += text;
      this.notify();
    });
    socket.on('error', () => socket.destroy());
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        resolve();
        this.notify();
      });
    });
  }

  /** @param to a port of 127.0.0.1, or the path of a Unix socket */
  static open(to: number | string): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = typeof to === 'number' ? connect(to, '127.0.0.1') : connect(to);
      const client = new RawClient(socket);
      socket.once('connect', () => resolve(client));
      socket.once('error', reject);
    });
  }

  /** A client on a socket that is connected already, a TLS socket for instance. */
  static over(socket: Socket): RawClient {
    return new RawClient(socket);
  }

  /** Says that nothing more will be sent. */
  end(): void {
    this.socket.end();
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** What came, up to and with the first match; it is then taken. Rejects when the connection closes first, or nothing comes for too long. */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.received);
      if (match !== null) {
        const end = match.index + match[0].length;
        const text = this.received.slice(0, end);
        this.received = this.received.slice(end);
        return text;
      }
      if (this.socket.closed) throw new Error(`closed before ${pattern}: ${JSON.stringify(this.received.slice(-200))}`);
      await this.more(pattern);
    }
  }

  /** Sends an inline command and answers its one-line reply. */
  async line(command: string): Promise<string> {
    this.send(`${command}\r\n`);
    return (await this.until(/\r\n/)).slice(0, -2);
  }

  /** Sends an inline command and answers its bulk reply's content. */
  async bulk(command: string): Promise<string> {
    const header = await this.line(command);
    const length = Number(header.slice(1));
    const text = await this.until(new RegExp(`^[^]{${length}}\\r\\n`));
    return text.slice(0, -2);
  }

  /** Everything received and not taken. */
  get rest(): string {
    return this.received;
  }

  pause(): void {
    this.socket.pause();
  }

  close(): void {
    this.socket.destroy();
  }

  /** Resolves when something has come or the connection is gone. */
  private more(pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const tail = JSON.stringify(this.received.slice(-200));
      const impatient = () => reject(new Error(`nothing for ${PATIENCE_MS} ms before ${pattern}: ${tail}`));
      const timer = setTimeout(impatient, PATIENCE_MS);
      this.waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  private notify(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const wake of waiting) wake();
  }
}
