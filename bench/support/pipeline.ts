import { connect, type Socket } from 'node:net';
import { rawWriter } from './raw-writer.ts';
import { ReplyCounter } from './reply-counter.ts';
import type { Requests } from './requests.ts';

const READ_BUFFER_BYTES = 256 << 10;

/** Connections to one server that send prepared requests in pipelines, closed loop. */
export class Pipeline {
  private readonly lanes: Lane[];

  private constructor(lanes: Lane[]) {
    this.lanes = lanes;
  }

  static async open(port: number, clients: number): Promise<Pipeline> {
    const readBuffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
    return new Pipeline(await Promise.all(Array.from({ length: clients }, () => Lane.open(port, readBuffer))));
  }

  /** Sends all requests, `depth` at a time on each connection, and waits for all replies. Rejects when one is an error. */
  async run(requests: Requests, depth: number): Promise<void> {
    if (requests.count === 0) return;
    let sent = 0;
    const next = (): { bytes: Buffer; count: number } | undefined => {
      if (sent === requests.count) return undefined;
      const from = sent;
      sent = Math.min(sent + depth, requests.count);
      return { bytes: requests.slice(from, sent), count: sent - from };
    };
    await Promise.all(this.lanes.map((lane) => lane.run(next)));
    const failed = this.lanes.find(({ counter }) => counter.errors > 0);
    if (failed !== undefined) throw new Error(`a request was refused: ${failed.counter.firstError}`);
  }

  close(): void {
    for (const lane of this.lanes) lane.close();
  }
}

class Lane {
  readonly counter = new ReplyCounter();
  private readonly socket: Socket;
  private readonly write: (bytes: Uint8Array) => void;
  private expected = 0;
  private next: () => { bytes: Buffer; count: number } | undefined = () => undefined;
  private finished: () => void = () => {};
  private failed: (error: Error) => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    this.write = rawWriter(socket);
    socket.on('error', (error) => this.failed(error));
    socket.on('close', () => this.failed(new Error('the server closed a connection of the benchmark')));
  }

  static open(port: number, readBuffer: Buffer): Promise<Lane> {
    return new Promise((resolve, reject) => {
      let lane: Lane | undefined;
      const socket = connect({
        port,
        host: '127.0.0.1',
        noDelay: true,
        onread: { buffer: readBuffer, callback: (length, bytes) => lane?.receive(bytes, length) ?? true },
      });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        lane = new Lane(socket);
        resolve(lane);
      });
    });
  }

  run(next: () => { bytes: Buffer; count: number } | undefined): Promise<void> {
    this.next = next;
    return new Promise((resolve, reject) => {
      this.finished = resolve;
      this.failed = reject;
      this.send();
    });
  }

  close(): void {
    this.failed = () => {};
    this.socket.destroy();
  }

  private receive(bytes: Uint8Array, length: number): boolean {
    this.counter.feed(bytes, length);
    if (this.counter.replies === this.expected) this.send();
    return true;
  }

  private send(): void {
    const batch = this.next();
    if (batch === undefined) {
      this.finished();
      return;
    }
    this.expected += batch.count;
    this.write(batch.bytes);
  }
}
