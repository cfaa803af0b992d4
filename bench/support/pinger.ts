import { Histogram, type LatencySummary } from './histogram.ts';
import { RespClient } from './resp-client.ts';

/** Sends a PING every millisecond, one at a time, and keeps how long the answers took. */
export class Pinger {
  private readonly client: RespClient;
  private latency = new Histogram();
  private pings = 0;
  private running = true;
  private readonly ended: Promise<void>;

  private constructor(client: RespClient) {
    this.client = client;
    this.ended = this.loop();
    // A dropped connection is reported by `stop`, not here.
    this.ended.catch(() => {});
  }

  static async start(port: number): Promise<Pinger> {
    return new Pinger(await RespClient.open(port));
  }

  private async loop(): Promise<void> {
    while (this.running) {
      const sentAt = performance.now();
      await this.client.send('PING');
      const tookMs = performance.now() - sentAt;
      this.latency.record(Math.round(tookMs * 1000));
      this.pings++;
      if (tookMs < 1) await new Promise((resolve) => setTimeout(resolve, 1 - tookMs));
    }
  }

  /** Stops and answers what was seen; `maxUs` is the longest pause. Rejects when the server dropped the connection. */
  async stop(): Promise<LatencySummary & { pings: number }> {
    this.running = false;
    await this.ended;
    this.client.close();
    return { ...this.latency.summary(), pings: this.pings };
  }
}
