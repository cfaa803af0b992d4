import { Histogram, type LatencySummary } from './histogram.ts';
import { RespClient } from './resp-client.ts';

const HOT_KEYS = 100;
const VALUE_BYTES = 512;

/** Reads a few keys that it keeps hot, one every millisecond, and keeps how long the answers took. */
export class HotReader {
  private readonly client: RespClient;
  private readonly latency = new Histogram();
  private running = true;
  private readonly ended: Promise<void>;

  private constructor(client: RespClient) {
    this.client = client;
    this.ended = this.loop();
    // A dropped connection is reported by `stop`, not here.
    this.ended.catch(() => {});
  }

  static async start(port: number): Promise<HotReader> {
    const client = await RespClient.open(port);
    for (let n = 0; n < HOT_KEYS; n++) await client.send('SET', `hot:${n}`, 'h'.repeat(VALUE_BYTES));
    return new HotReader(client);
  }

  private async loop(): Promise<void> {
    for (let n = 0; this.running; n++) {
      const sentAt = performance.now();
      const value = await this.client.send('GET', `hot:${n % HOT_KEYS}`);
      if (value?.length !== VALUE_BYTES) throw new Error(`hot:${n % HOT_KEYS} has lost its value`);
      const tookMs = performance.now() - sentAt;
      this.latency.record(Math.round(tookMs * 1000));
      if (tookMs < 1) await new Promise((resolve) => setTimeout(resolve, 1 - tookMs));
    }
  }

  /** Rejects when the server dropped the connection. */
  async stop(): Promise<LatencySummary> {
    this.running = false;
    await this.ended;
    this.client.close();
    return this.latency.summary();
  }
}
