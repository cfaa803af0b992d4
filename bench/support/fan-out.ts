import { connect, type Socket } from 'node:net';
import { threadCpuUs } from './process-stats.ts';
import type { ServerProcess } from './server-process.ts';

export interface FanOut {
  readonly subscribers: number;
  /** Publishing connections, and how many messages each sends before it waits for the replies. */
  readonly publishers: number;
  readonly pipeline: number;
  /** Of each publisher; a multiple of `pipeline`. */
  readonly messages: number;
  readonly messageBytes: number;
}

export interface FanOutRun {
  readonly deliveriesPerSecond: number;
  readonly serverCpuUsPerDelivery: number;
}

const CHANNEL = 'bench';
const encode = (...args: string[]): string =>
  `*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join('')}`;

/** A socket of which only the number of bytes received matters. */
class Counter {
  received = 0;
  readonly socket: Socket;
  private wanted = Number.POSITIVE_INFINITY;
  private reached: () => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', ({ length }) => {
      this.received += length;
      if (this.received >= this.wanted) this.reached();
    });
    socket.on('error', () => {});
  }

  static open(port: number): Promise<Counter> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => resolve(new Counter(socket)));
    });
  }

  /** Resolves when so many bytes have come in all. */
  until(bytes: number): Promise<void> {
    this.wanted = bytes;
    return new Promise((resolve) => {
      this.reached = resolve;
      if (this.received >= bytes) resolve();
    });
  }
}

/** Publishes to one channel with so many subscribers, and waits until all have got everything. */
export async function fanOut(server: ServerProcess, plan: FanOut): Promise<FanOutRun> {
  const { subscribers, publishers, pipeline, messages, messageBytes } = plan;
  const open = (count: number) => Promise.all(Array.from({ length: count }, () => Counter.open(server.port)));
  const listening = await open(subscribers);
  const sending = await open(publishers);
  try {
    const text = 'x'.repeat(messageBytes);
    const confirmed = `*3\r\n$9\r\nsubscribe\r\n$${CHANNEL.length}\r\n${CHANNEL}\r\n:1\r\n`.length;
    for (const { socket } of listening) socket.write(encode('SUBSCRIBE', CHANNEL));
    await Promise.all(listening.map((one) => one.until(confirmed)));
    const batch = Buffer.from(encode('PUBLISH', CHANNEL, text).repeat(pipeline));
    const delivered = encode('message', CHANNEL, text).length;
    const replied = `:${subscribers}\r\n`.length;
    const cpuBefore = threadCpuUs(server.pid);
    const startedAt = performance.now();
    const publish = async (one: Counter): Promise<void> => {
      for (let sent = 0; sent < messages; sent += pipeline) {
        one.socket.write(batch);
        await one.until((sent + pipeline) * replied);
      }
    };
    const everything = confirmed + delivered * messages * publishers;
    await Promise.all([...sending.map(publish), ...listening.map((one) => one.until(everything))]);
    const deliveries = messages * publishers * subscribers;
    return {
      deliveriesPerSecond: (deliveries / (performance.now() - startedAt)) * 1000,
      serverCpuUsPerDelivery: (threadCpuUs(server.pid) - cpuBefore) / deliveries,
    };
  } finally {
    for (const { socket } of [...listening, ...sending]) socket.destroy();
  }
}
